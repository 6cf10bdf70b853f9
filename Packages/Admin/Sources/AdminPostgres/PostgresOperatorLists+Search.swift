public import Admin
public import Core
internal import FoundationEssentials
internal import Identity
internal import Postgres

extension PostgresOperatorLists {
    /// Which column of which table an id names; ids of ours are looked up by their primary key.
    private static let owned: [(list: String, prefix: String, lookup: @Sendable (UUID) -> Statement)] = [
        ("orgs", "org", { "SELECT 1 FROM orgs.org WHERE id = \($0)" }),
        ("users", "user", { "SELECT 1 FROM identity.account WHERE id = \($0)" }),
        ("billing/subscriptions", "bsub", { "SELECT 1 FROM billing.subscription WHERE id = \($0)" }),
        ("billing/invoices", "binv", { "SELECT 1 FROM billing.invoice WHERE id = \($0)" }),
        ("billing/refunds", "brfd", { "SELECT 1 FROM billing.refund WHERE id = \($0)" }),
        ("billing/credits", "bacr", { "SELECT 1 FROM billing.account_credit WHERE id = \($0)" }),
        ("billing/disputes", "bdsp", { "SELECT 1 FROM billing.dispute WHERE id = \($0)" }),
        ("billing/intents", "bint", { "SELECT 1 FROM billing.intent WHERE id = \($0)" }),
        ("billing/events", "iev", { "SELECT 1 FROM billing.inbound_event WHERE id = \($0)" }),
        ("billing/pools", "crd", { "SELECT 1 FROM billing.credit_pool WHERE id = \($0)" }),
        ("billing/decisions", "bdec", { "SELECT 1 FROM billing.idle_evaluation WHERE id = \($0)" }),
        ("billing/drift", "bdrf", { "SELECT 1 FROM billing.drift_item WHERE id = \($0)" }),
        ("graph-hosts", "host", { "SELECT 1 FROM graphs.graph_host WHERE id = \($0)" }),
        ("operations", "op", { "SELECT 1 FROM operations.operation WHERE id = \($0)" }),
        ("sagas", "saga", { "SELECT 1 FROM jobs.saga WHERE id = \($0)" }),
        ("mails", "mail", { "SELECT 1 FROM notifications.mail WHERE id = \($0)" }),
        ("webhook-endpoints", "wep", { "SELECT 1 FROM notifications.webhook_endpoint WHERE id = \($0)" }),
    ]

    /// An id of ours is one look-up by its key; everything else is one statement of look-ups by indexed columns, and names by their beginning.
    public func search(_ text: String, limit: Int) async throws -> [FoundThing] {
        for kind in Self.owned {
            guard let id = NamedID(kind.prefix, text) else { continue }
            let rows = try await client.query(kind.lookup(id.uuid), scope: .system)
            return rows.isEmpty ? [] : [FoundThing(list: kind.list, id: text, matched: "id", label: nil, isPersonal: false)]
        }
        let escaped = text.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined()
        let (lower, most) = (text.lowercased(), Int64(limit))
        let rows = try await client.query(
            """
            (SELECT 'users' AS list, 'user' AS prefix, id, NULL AS key, 'email' AS matched, email AS label, true AS personal
                FROM identity.account WHERE email = \(lower) LIMIT \(most))
            UNION ALL (SELECT 'users', 'user', user_id, NULL, 'key_prefix', name, false FROM identity.api_key WHERE prefix = \(text) LIMIT \(most))
            UNION ALL (SELECT 'orgs', 'org', id, NULL, 'name', name, false FROM orgs.org
                WHERE lower(name) LIKE \(escaped.lowercased() + "%") ORDER BY name, id LIMIT \(most))
            UNION ALL (SELECT 'graphs', NULL, NULL, id, 'id', name, false FROM graphs.graph WHERE id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'graphs', NULL, NULL, id, 'name', name, false FROM graphs.graph WHERE name = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/invoices', 'binv', id, NULL, 'number', number, false FROM billing.invoice
                WHERE kind = 'own' AND number = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/invoices', 'binv', id, NULL, 'provider_id', provider_invoice_id, false FROM billing.invoice
                WHERE provider_invoice_id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/customers', 'org', org_id, NULL, 'provider_id', provider_customer_id, false FROM billing.customer
                WHERE provider_customer_id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/customers', 'org', org_id, NULL, 'billing_email', billing_email, true FROM billing.customer
                WHERE billing_email = \(lower) LIMIT \(most))
            UNION ALL (SELECT 'billing/subscriptions', 'bsub', id, NULL, 'provider_id', provider_subscription_id, false FROM billing.subscription
                WHERE provider_subscription_id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/payments', NULL, NULL, provider_payment_id, 'provider_id', NULL, false FROM billing.collected_payment
                WHERE provider_payment_id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/refunds', 'brfd', id, NULL, 'provider_id', provider_refund_id, false FROM billing.refund
                WHERE provider_refund_id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/events', 'iev', id, NULL, 'provider_id', provider_event_id, false FROM billing.inbound_event
                WHERE provider = 'stripe' AND provider_event_id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'billing/disputes', 'bdsp', id, NULL, 'provider_id', provider_dispute_id, false FROM billing.dispute
                WHERE provider_dispute_id = \(text) LIMIT \(most))
            UNION ALL (SELECT 'audit', NULL, NULL, \(text), 'request_id', type, false FROM audit.entry WHERE request_id = \(text) LIMIT 1)
            UNION ALL (SELECT 'graph-hosts', 'host', id, NULL, 'name', name, false FROM graphs.graph_host WHERE name = \(text) LIMIT \(most))
            """, scope: .system)
        return try rows.prefix(limit).map { row in
            let id =
                if let prefix = try row.decode("prefix", as: String?.self) {
                    NamedID(prefix, try row.decode("id", as: UUID.self)).text
                } else {
                    try row.decode("key", as: String.self)
                }
            return FoundThing(
                list: try row.decode("list"), id: id, matched: try row.decode("matched"), label: try row.decode("label"),
                isPersonal: try row.decode("personal"))
        }
    }

    /// Each kind gives its newest rows by the index of its org; together they are one list in order of time.
    public func timeline(of org: String, kinds: [TimelineItem.Kind], cursor: Cursor?, limit: Int) async throws -> Page<TimelineItem>? {
        guard let reference = OrgReference(org) else { return nil }
        var place = ListPlace(at: Instant(microsecondsSinceEpoch: 250_000_000_000_000_000), id: "")
        if let cursor {
            guard let given = ListPlace(cursor) else { throw OperatorListRefusal.cursor }
            place = given
        }
        guard try await !client.query("SELECT FROM orgs.org WHERE id = \(reference)", scope: .system).isEmpty else { return nil }
        let (most, before) = (Int64(limit + 1), place)
        let parts = kinds.map { Self.story(of: $0, reference, until: before.at, most) }
        guard var all = parts.first else { return Page(elements: [], next: nil) }
        for part in parts.dropFirst() { all += " UNION ALL " + part }
        let rows = try await client.query(
            """
            SELECT kind, at, id, type, words, trace FROM (\(fragment: all)) AS story
            WHERE (at, (kind || id) COLLATE "C") < (\(before.at), \(before.id))
            ORDER BY at DESC, (kind || id) COLLATE "C" DESC LIMIT \(most)
            """, scope: .system)
        let items: [TimelineItem] = try rows.prefix(limit).map { row in
            guard let kind = TimelineItem.Kind(rawValue: try row.decode("kind")) else { throw row["kind"].failure("is no kind") }
            return TimelineItem(
                kind: kind, at: try row.decode("at"), id: try row.decode("id"), type: try row.decode("type"),
                words: try row.decode("words"),
                trace: try row.decode("trace"))
        }
        let next = rows.count > limit ? items.last.flatMap { ListPlace(at: $0.at, id: $0.kind.rawValue + $0.id).cursor } : nil
        return Page(elements: items, next: next)
    }

    private static func story(of kind: TimelineItem.Kind, _ org: OrgReference, until at: Instant, _ most: Int64) -> Statement {
        switch kind {
        case .entry:
            """
            (SELECT 'entry' AS kind, occurred_at AS at, id::text AS id, type, summary AS words, trace_id AS trace FROM audit.entry
                WHERE ref_org = \(org) AND occurred_at <= \(at) AND type <> 'operator_note_added' ORDER BY occurred_at DESC, id DESC LIMIT \(most))
            """
        case .note:
            """
            (SELECT 'note' AS kind, occurred_at AS at, id::text AS id, type, summary AS words, trace_id AS trace FROM audit.entry
                WHERE ref_org = \(org) AND type = 'operator_note_added' AND occurred_at <= \(at) ORDER BY occurred_at DESC, id DESC LIMIT \(most))
            """
        case .decision:
            """
            (SELECT 'decision' AS kind, e.at, e.id::text AS id, e.outcome AS type, e.source AS words, NULL AS trace FROM billing.idle_evaluation AS e
                WHERE e.org_id = \(org) AND e.at <= \(at) ORDER BY e.at DESC, e.id DESC LIMIT \(most))
            """
        case .event:
            """
            (SELECT 'event' AS kind, v.received_at AS at, v.id::text AS id, v.type, v.state || coalesce(' ' || v.outcome, ' ' || v.park_reason, '') AS words,
                    NULL AS trace
                FROM billing.inbound_event AS v WHERE v.received_at <= \(at) AND v.object_id IN (
                    SELECT provider_subscription_id FROM billing.subscription WHERE org_id = \(org)
                    UNION SELECT provider_invoice_id FROM billing.invoice WHERE org_id = \(org)
                    UNION SELECT provider_customer_id FROM billing.customer WHERE org_id = \(org))
                ORDER BY v.received_at DESC, v.id DESC LIMIT \(most))
            """
        case .payment:
            """
            (SELECT 'payment' AS kind, p.seen_at AS at, p.provider_payment_id AS id, 'collected' AS type, p.amount || ' ' || p.currency AS words, NULL AS trace
                FROM billing.collected_payment AS p WHERE p.org_id = \(org) AND p.seen_at <= \(at) ORDER BY p.seen_at DESC LIMIT \(most))
            """
        case .job:
            """
            (SELECT 'job' AS kind, d.died_at AS at, d.id::text AS id, k.name AS type, left(d.reason, 200) AS words, d.trace
                FROM jobs.job_dead AS d JOIN jobs.kind AS k ON k.id = d.kind_id
                WHERE d.org = \(org) AND d.died_at <= \(at) ORDER BY d.died_at DESC, d.id DESC LIMIT \(most))
            """
        case .mail:
            """
            (SELECT 'mail' AS kind, m.queued_at AS at, m.id::text AS id, m.template AS type, concat_ws(', ', m.status,
                    'taken by ' || m.relay || ' at ' || to_char(m.sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"'),
                    'came back ' || nullif(m.bounces, 0) || ' times', 'sha256 ' || encode(m.content_hash, 'hex')) AS words, NULL AS trace
                FROM notifications.mail AS m WHERE m.org_id = \(org) AND m.queued_at <= \(at) ORDER BY m.queued_at DESC, m.id DESC LIMIT \(most))
            """
        case .webhook:
            """
            (SELECT 'webhook' AS kind, w.created_at AS at, w.message_id::text AS id, g.type, w.status AS words, NULL AS trace
                FROM notifications.webhook_delivery AS w JOIN notifications.webhook_message AS g ON g.org_id = w.org_id AND g.id = w.message_id
                WHERE w.org_id = \(org) AND w.created_at <= \(at) ORDER BY w.created_at DESC, w.message_id DESC LIMIT \(most))
            """
        }
    }
}
