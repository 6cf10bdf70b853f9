extension OperatorList {
    /// Every list.
    public static let all: [OperatorList] = people + billing + provider + graphs + work + messages

    /// The list of a path.
    public static func named(_ path: String) -> OperatorList? { all.first { $0.path == path } }

    private static let people: [OperatorList] = [
        OperatorList("users", "people").with("id", .id("user")).mayHave("email", .personal).mayHave("name", .personal)
            .with("status", .words(["active", "deactivated", "deleting", "purged"])).with("email_verified", .bool)
            .with("created_at", .instant).mayHave("deletion_requested_at", .instant).mayHave("purge_at", .instant)
            .filtered(by: "status", "email", "email_verified").showing("orgs", from: "memberships", where: "user_id")
            .showing("sessions", from: "user-sessions", where: "user_id").showing("api_keys", from: "api-keys", where: "user_id")
            .showing("passkeys", from: "passkeys", where: "user_id").showing("grants", from: "graph-grants", where: "user_id"),
        OperatorList("memberships", "memberships").with("id", .id("orgusr")).with("org_id", .id("org")).with("user_id", .id("user"))
            .with("role", .text).with("joined_at", .instant).mayHave("ended_at", .instant).filtered(by: "org_id", "user_id", "role")
            .withoutDetail,
        OperatorList("user-sessions", "sessions of people").with("id", .id("ses")).with("user_id", .id("user")).with("network", .text)
            .with("client", .text).with("methods", .json).with("created_at", .instant).with("last_active_at", .instant)
            .mayHave("revoked_at", .instant).mayHave("revoke_reason", .text).filtered(by: "user_id").withoutDetail,
        OperatorList("api-keys", "API keys").with("id", .id("uak")).with("user_id", .id("user")).with("name", .text).with("prefix", .text)
            .mayHave("scopes", .json).mayHave("org_id", .id("org")).with("created_at", .instant).mayHave("last_active_at", .instant)
            .mayHave("expires_at", .instant).mayHave("revoked_at", .instant).filtered(by: "user_id", "org_id", "prefix").withoutDetail,
        OperatorList("passkeys", "passkeys").with("id", .id("upk")).with("user_id", .id("user")).with("name", .text)
            .with("created_at", .instant).mayHave("last_used_at", .instant).mayHave("removed_at", .instant).filtered(by: "user_id")
            .withoutDetail,
        OperatorList("graph-grants", "roles of people on graphs").with("id", .text).with("graph_id", .text).with("user_id", .id("user"))
            .with("org_id", .id("org")).with("role", .text).with("granted_at", .instant).filtered(by: "graph_id", "user_id", "org_id")
            .withoutDetail,
    ]

    private static let billing: [OperatorList] = [
        OperatorList("billing/customers", "billing customers", for: .readMoney).with("id", .id("org")).mayHave("provider_id", .text)
            .mayHave("billing_email", .personal).with("invoice_billing", .bool).with("payment_terms", .text).with("currency", .text)
            .with("disputed", .bool).mayHave("delinquent_since", .instant).with("overdue", .integer).with("is_overdue", .bool)
            .with("created_at", .instant).filtered(by: "provider_id", "billing_email", "invoice_billing", "disputed", "is_overdue")
            .showing("methods", from: "billing/methods", where: "org_id").showing("credits", from: "billing/credits", where: "org_id"),
        OperatorList("billing/reports", "reports of months: usage and credits by org", for: .readMoney).with("id", .text)
            .with("stored_at", .instant).with("orgs", .integer).with("graphs", .integer).with("average_bytes", .integer)
            .with("credits_granted", .integer).with("credits_used", .integer).with("lines", .json),
        OperatorList("billing/methods", "payment methods", for: .readMoney).with("id", .text).with("org_id", .id("org")).with("type", .text)
            .mayHave("brand", .text).mayHave("last4", .text).mayHave("expires", .text).with("is_default", .bool).with("state", .text)
            .with("synced_at", .instant).filtered(by: "org_id", "state").withoutDetail,
        OperatorList("billing/subscriptions", "subscriptions, ended ones included").with("id", .id("bsub")).with("org_id", .id("org"))
            .with("plan", .text).with("resource_type", .words(["graph", "repository", "addon"])).mayHave("resource_id", .text)
            .mayHave("subscriber_id", .id("user")).with("status", .text).with("provider_sync", .text).mayHave("provider_id", .text)
            .mayHave("backing", .text).mayHave("period_start", .instant).mayHave("period_end", .instant).mayHave("canceled_at", .instant)
            .mayHave("ends_at", .instant).mayHave("closed_at", .instant).mayHave("cancellation_type", .text)
            .mayHave("cancellation_origin", .text).mayHave("cancellation_reason", .text).mayHave("failure", .json)
            .with("created_at", .instant).with("updated_at", .instant).with("version", .integer)
            .filtered(by: "org_id", "status", "plan", "resource_type", "resource_id", "cancellation_origin", "provider_sync", "provider_id")
            .showing("intents", from: "billing/intents", where: "object", behind: "subscription:")
            .showing("decisions", from: "billing/decisions", where: "subscription_id")
            .showing("pools", from: "billing/pools", where: "subscription_id"),
        OperatorList("billing/invoices", "invoices", for: .readMoney).with("id", .id("binv")).with("org_id", .id("org"))
            .with("kind", .words(["own", "provider"])).mayHave("number", .text).mayHave("provider_id", .text)
            .mayHave("subscription_id", .id("bsub")).with("status", .words(["draft", "open", "paid", "void", "uncollectible"]))
            .with("currency", .text).with("total", .integer).with("amount_due", .integer).with("amount_paid", .integer)
            .with("applied_credit", .integer).mayHave("due_date", .instant).mayHave("overdue_at", .instant).with("is_overdue", .bool)
            .mayHave("paid_at", .instant).mayHave("void_reason", .text).with("created_at", .instant)
            .filtered(by: "org_id", "kind", "number", "status", "is_overdue", "provider_id", "subscription_id")
            .showing("lines", from: "billing/invoice-lines", where: "invoice_id")
            .showing("payments", from: "billing/payments", where: "invoice_id")
            .showing("recorded_payments", from: "billing/recorded-payments", where: "invoice_id")
            .showing("refunds", from: "billing/refunds", where: "invoice_id")
            .showing("disputes", from: "billing/disputes", where: "invoice_id"),
        OperatorList("billing/invoice-lines", "lines of invoices", for: .readMoney).with("id", .text).with("invoice_id", .id("binv"))
            .with("position", .integer).with("kind", .text).with("description", .text).with("quantity", .integer).with("amount", .integer)
            .filtered(by: "invoice_id").withoutDetail,
        OperatorList("billing/payments", "payments that the provider collected", for: .readMoney).with("id", .text)
            .with("org_id", .id("org")).with("invoice_id", .id("binv")).with("amount", .integer).with("currency", .text)
            .with("refunded", .integer).with("seen_at", .instant).filtered(by: "org_id", "invoice_id")
            .showing("refunds", from: "billing/refunds", where: "payment_id").showing(
                "disputes", from: "billing/disputes", where: "payment_id"),
        OperatorList("billing/recorded-payments", "payments that operators wrote down", for: .readMoney).with("id", .id("bpay"))
            .with("org_id", .id("org")).with("invoice_id", .id("binv")).with("amount", .integer).with("currency", .text).with(
                "method", .text
            )
            .with("reference", .text).with("received_at", .instant).filtered(by: "org_id", "invoice_id", "reference").withoutDetail,
        OperatorList("billing/refunds", "refunds", for: .readMoney).with("id", .id("brfd")).with("org_id", .id("org"))
            .mayHave("subscription_id", .id("bsub")).with("invoice_id", .id("binv")).with("payment_id", .text).mayHave("provider_id", .text)
            .mayHave("intent_id", .id("bint")).with("amount", .integer).with("currency", .text)
            .with("status", .words(["pending", "succeeded", "failed", "canceled"])).with("reason", .text).with("created_at", .instant)
            .filtered(by: "org_id", "status", "payment_id", "invoice_id", "subscription_id", "provider_id"),
        OperatorList("billing/credits", "account credits", for: .readMoney).with("id", .id("bacr")).with("org_id", .id("org"))
            .with("amount", .integer).with("remaining", .integer).with("currency", .text).with("source", .text).with("reason", .text)
            .with("issued_by", .text).mayHave("expires_at", .instant).with("created_at", .instant).filtered(by: "org_id", "source")
            .showing("history", from: "billing/credit-entries", where: "credit_id"),
        OperatorList("billing/credit-entries", "entries of the ledger of credits", for: .readMoney).with("id", .id("bace"))
            .with("org_id", .id("org")).with("credit_id", .id("bacr")).with("kind", .text).with("home", .text).with("amount", .integer)
            .with("balance_after", .integer).mayHave("invoice_id", .id("binv")).mayHave("reason", .text).with("actor", .text)
            .with("created_at", .instant).filtered(by: "org_id", "credit_id", "kind", "invoice_id").withoutDetail,
        OperatorList("billing/disputes", "disputes", for: .readMoney).with("id", .id("bdsp")).with("org_id", .id("org"))
            .with("invoice_id", .id("binv")).with("payment_id", .text).with("provider_id", .text).with("amount", .integer)
            .with("currency", .text).with("reason", .text).with("status", .text).with("opened_at", .instant).mayHave("closed_at", .instant)
            .filtered(by: "org_id", "status", "invoice_id", "payment_id"),
        OperatorList("billing/pools", "pools of AI credits; amounts in hundredths").with("id", .id("crd")).with("org_id", .id("org"))
            .with("subscription_id", .id("bsub")).with("scope", .words(["graph", "seat"])).with("resource_id", .text)
            .mayHave("subscriber_id", .id("user")).with("balance", .integer).with("allocation", .integer).with("window_start", .instant)
            .with("window_end", .instant).mayHave("allocated_at", .instant).mayHave("closed_at", .instant).with("sums_up", .bool)
            .with("is_allocated", .bool).with("created_at", .instant)
            .filtered(by: "org_id", "subscription_id", "scope", "resource_id", "sums_up", "is_allocated")
            .showing("ledger", from: "billing/pool-entries", where: "pool_id"),
        OperatorList("billing/pool-entries", "entries of the ledgers of pools").with("id", .id("txn")).with("pool_id", .id("crd"))
            .with("org_id", .id("org")).with("seq", .integer).with("type", .text).with("amount", .integer).with("balance_after", .integer)
            .with("description", .text).with("created_at", .instant).filtered(by: "pool_id", "org_id", "type").withoutDetail,
    ]

    private static let provider: [OperatorList] = [
        OperatorList("billing/intents", "orders to the payment provider").with("id", .id("bint")).mayHave("org_id", .id("org"))
            .with("object", .text).with("kind", .text).with("state", .text).with("generation", .integer).with("attempts", .integer)
            .mayHave("refusal", .text).mayHave("first_sent_at", .instant).with("command", .json).mayHave("result", .json)
            .with("exchanges", .json).with("created_at", .instant).filtered(by: "org_id", "state", "kind", "object"),
        OperatorList("billing/events", "events of the payment provider").with("id", .id("iev")).with("provider_id", .text)
            .with("type", .text).mayHave("object_id", .text).with("livemode", .bool).with("pulled", .bool)
            .with("state", .words(["received", "done", "parked"])).mayHave("outcome", .text).mayHave("park_reason", .text)
            .mayHave("assigned_org_id", .id("org")).mayHave("assigned_subscription_id", .id("bsub")).mayHave("suggested_action", .text)
            .with("references", .json).with("occurred_at", .instant).with("received_at", .instant)
            .mayHave("settled_at", .instant).filtered(by: "type", "state", "object_id", "park_reason", "provider_id"),
        OperatorList("billing/drift", "differences from the payment provider").with("id", .id("bdrf")).mayHave("org_id", .id("org"))
            .mayHave("subscription_id", .id("bsub")).with("object_id", .text).with("category", .text).with("severity", .text)
            .with("ours", .text).with("theirs", .text).with("state", .words(["open", "repaired", "dismissed"])).with("found_at", .instant)
            .mayHave("closed_at", .instant).filtered(by: "org_id", "subscription_id", "category", "severity", "state"),
        OperatorList("billing/decisions", "judgements of idle cancellation").with("id", .id("bdec")).with("org_id", .id("org"))
            .with("subscription_id", .id("bsub")).with("source", .text).with("outcome", .text).with("is_verdict", .bool)
            .mayHave("threshold", .instant).with("rule_version", .integer).with("facts", .json).with("at", .instant)
            .filtered(by: "org_id", "subscription_id", "outcome", "is_verdict", "source")
            .showing("cases", from: "billing/idle-cases", where: "evaluation_id")
            .showing("mails", from: "mails", where: "evaluation_id"),
        OperatorList("billing/idle-cases", "cases of idle cancellation").with("id", .id("icase")).with("org_id", .id("org"))
            .with("subscription_id", .id("bsub")).with("evaluation_id", .id("bdec")).with("state", .text).with("ends_at", .instant)
            .mayHave("via", .text).mayHave("note", .text).mayHave("last_activity_at", .instant).with("created_at", .instant)
            .filtered(by: "org_id", "subscription_id", "state", "evaluation_id", "via"),
    ]

    private static let graphs: [OperatorList] = [
        OperatorList("graphs", "graphs").with("id", .text).with("org_id", .id("org")).with("name", .text).with("tier", .text)
            .with("status", .text).with("status_since", .instant).mayHave("status_reason", .text).with("mode", .text)
            .mayHave("host_id", .id("host")).mayHave("subscription_id", .id("bsub")).mayHave("bytes", .integer)
            .mayHave("last_backup_at", .instant).mayHave("purge_at", .instant).mayHave("purge_hold", .text)
            .with("delete_protected", .bool).mayHave("step", .text).with("stranded", .bool).with("created_at", .instant)
            .filtered(by: "org_id", "status", "tier", "host_id", "subscription_id", "name", "step", "stranded")
            .showing("operations", from: "operations", where: "graph_id").showing("backups", from: "backups", where: "graph_id")
            .showing("grants", from: "graph-grants", where: "graph_id"),
        OperatorList("graph-hosts", "hosts of graphs").with("id", .id("host")).with("name", .text).with("tiers", .json)
            .with("slots", .integer).with("free_slots", .integer).with("occupied_slots", .integer)
            .with("state", .words(["ready", "draining", "offline", "retired"])).mayHave("last_healthy_at", .instant)
            .with("failures_in_a_row", .integer).mayHave("server_version", .text).with("bytes", .integer)
            .mayHave("storage_budget", .integer).with("created_at", .instant).filtered(by: "state", "name")
            .showing("graphs", from: "graphs", where: "host_id"),
        OperatorList("orphans", "what has no counterpart: databases without a row and rows without a database").with("id", .id("orf"))
            .with("kind", .text).with("place", .text).with("object", .text).mayHave("bytes", .integer).mayHave("graph_id", .text)
            .with("is_critical", .bool).mayHave("monthly_cost", .integer).mayHave("currency", .text).with("evidence", .json)
            .with("proposal", .text).mayHave("ordered_by", .id("opr")).mayHave("order_reason", .text).mayHave("ordered_at", .instant)
            .mayHave("backed_up_at", .instant).mayHave("backup_object", .text).mayHave("failure", .text)
            .with("state", .words(["open", "repaired", "dismissed", "gone"])).with("sightings", .integer).with("first_seen_at", .instant)
            .with("last_seen_at", .instant).mayHave("ended_at", .instant).filtered(by: "kind", "place", "graph_id", "state"),
        OperatorList("backups", "backups of graphs").with("id", .id("backup")).with("graph_id", .text).with("org_id", .id("org"))
            .with("initiator", .text).with("status", .text).with("created_at", .instant).mayHave("completed_at", .instant)
            .mayHave("verified_at", .instant).mayHave("expires_at", .instant).filtered(by: "graph_id", "org_id", "status", "initiator"),
        OperatorList("repositories", "shared repositories").with("id", .text).with("name", .text).with("description", .text)
            .with("seats", .integer).with("created_at", .instant).filtered(by: "name"),
    ]

    private static let work: [OperatorList] = [
        OperatorList("operations", "operations").with("id", .id("op")).with("kind", .text).with("org_id", .id("org"))
            .mayHave("graph_id", .text).mayHave("started_by", .id("user")).with("status", .text).with("phase", .text)
            .with("percent", .integer).with("message", .text).with("steps", .json).mayHave("failure", .json).with("created_at", .instant)
            .mayHave("ended_at", .instant).filtered(by: "org_id", "graph_id", "status", "phase", "kind"),
        OperatorList("jobs", "jobs: waiting, at work and given up, and with `state` the finished ones").with("id", .text)
            .with("kind", .text).with("lane", .text)
            .with("state", .words(["waiting", "running", "dead", "requeued", "discarded", "done", "canceled"]))
            .mayHave("org_id", .id("org")).mayHave("saga_id", .id("saga")).with("attempt", .integer).with("created_at", .instant)
            .with("run_at", .instant).mayHave("ended_at", .instant).mayHave("reason", .text).mayHave("trace", .text)
            .mayHave("requeued_as", .text).mayHave("max_attempts", .integer).mayHave("crashes", .integer).mayHave("key", .jobKey)
            .mayHave("error", .text).mayHave("cause", .text).with("payload", .json)
            .filtered(by: "kind", "lane", "state", "org_id", "saga_id", "key", "error").filtered(byAgeOf: "created_at").showing(
                "errors", from: "job-errors", where: "job_id"),
        OperatorList("job-errors", "failures of jobs").with("id", .text).with("job_id", .text).with("attempt", .integer)
            .with("at", .instant).with("error", .text).filtered(by: "job_id").withoutDetail,
        OperatorList("sagas", "processes of several steps").with("id", .id("saga")).with("kind", .text).with("key", .text)
            .with("state", .words(["running", "completed", "compensating", "compensated", "stuck"])).with("is_undoing", .bool)
            .with("step", .integer).mayHave("first_error", .text).mayHave("stuck_because", .text).with("created_at", .instant)
            .with("updated_at", .instant).mayHave("ended_at", .instant).filtered(by: "kind", "state", "key")
            .showing("steps", from: "saga-steps", where: "saga_id").showing("jobs", from: "jobs", where: "saga_id"),
        OperatorList("saga-steps", "steps of processes").with("id", .text).with("saga_id", .id("saga")).with("sequence", .integer)
            .with("name", .text).with("state", .text).with("is_compensable", .bool).with("is_pivot", .bool).mayHave("error", .text)
            .mayHave("ended_at", .instant).filtered(by: "saga_id", "state").withoutDetail,
        OperatorList("nodes", "processes of the worker with their leases, and who leads").with("id", .text).with("process", .text)
            .with("started_at", .instant).with("lease_until", .instant).with("is_draining", .bool).with("leads", .json)
            .filtered(by: "process").withoutDetail,
        OperatorList("approvals", "commands that take a second operator").with("id", .id(OperatorApproval.idPrefix))
            .with("operation", .text).with("status", .words(OperatorApproval.Status.allCases.map(\.rawValue))).with("cause", .text)
            .with("asked_by", .id("opr")).with("reason", .text).with("target", .text).with("body", .json).with("effects", .json)
            .with("asked_at", .instant).with("expires_at", .instant).mayHave("decided_by", .id("opr")).mayHave("decided_at", .instant)
            .mayHave("decided_because", .text).mayHave("ended_at", .instant).filtered(by: "status", "operation", "asked_by"),
        OperatorList("migrations", "steps of the schema that were done").with("id", .text).with("applied_at", .instant).withoutDetail,
    ]

    private static let messages: [OperatorList] = [
        OperatorList("mails", "mails; the body stays hidden, its hash is shown").with("id", .id("mail")).with("template", .text)
            .with("class", .text).with("address", .personal).mayHave("user_id", .id("user")).mayHave("org_id", .id("org"))
            .mayHave("evaluation_id", .id("bdec")).with("status", .text).with("attempts", .integer).mayHave("content_hash", .text)
            .mayHave("relay", .text).mayHave("queue_id", .text).with("bounces", .integer).mayHave("note", .text).with("reason", .text)
            .with("queued_at", .instant).mayHave("sent_at", .instant)
            .filtered(by: "template", "class", "status", "org_id", "user_id", "address", "evaluation_id"),
        OperatorList("webhook-endpoints", "webhook endpoints of customers").with("id", .id("wep")).with("org_id", .id("org"))
            .with("url", .text).with("description", .text).with("types", .json).with("is_ordered", .bool)
            .with("status", .words(["enabled", "disabled"])).mayHave("disabled_because", .text).mayHave("failing_since", .instant)
            .with("created_at", .instant).filtered(by: "org_id", "status")
            .showing("deliveries", from: "webhook-deliveries", where: "endpoint_id"),
        OperatorList("webhook-deliveries", "deliveries to webhook endpoints").with("id", .id("wmsg")).with("endpoint_id", .id("wep"))
            .with("org_id", .id("org")).with("type", .text).with("object", .text).with("status", .text).with("attempts", .integer)
            .with("replays", .integer).mayHave("next_at", .instant).mayHave("delivered_at", .instant).with("created_at", .instant)
            .filtered(by: "endpoint_id", "org_id", "status", "type").withoutDetail,
    ]
}
