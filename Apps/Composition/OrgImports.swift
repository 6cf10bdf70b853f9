internal import Audit
internal import AuditPostgres
public import Core
public import FoundationEssentials
internal import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import OrgsPostgres
internal import Postgres

extension Product {
    /// Takes over an org from the file of an export (ORG-106, docs/operations/org-export.md).
    ///
    /// - Throws: ``ImportRefusal``; nothing of the file is there then.
    public func importOrg(_ file: Data) async throws -> OrgImportReport {
        try await OrgImport(store: store, contributor: OrgImportSections(), dateSource: foundations.dateSource).run(file)
    }

    /// Puts the payer that an org had on the installation it came from in force, with its link to the provider.
    ///
    /// - Returns: `false` when no payer of the org waits for it.
    /// - Throws: ``ImportRefusal`` when the org has a payer of its own by now, or the link is another org's.
    public func confirmPayer(of org: Org.ID) async throws -> Bool {
        try await ImportedPayers(store: store).confirm(org)
    }
}

/// The payers of orgs that were taken over: history until somebody says that the provider's customer is this org's here as well.
struct ImportedPayers: Sendable {
    let store: AppStore

    func confirm(_ org: Org.ID) async throws -> Bool {
        try await store.withTransaction(.system) { transaction in
            _ = try await transaction.lockedOrg(org)
            let waiting = try await transaction.postgres.query(
                "SELECT number FROM orgs.imported_row WHERE org_id = \(org) AND section = 'settings'")
            guard !waiting.isEmpty else { return false }
            do {
                _ = try await transaction.postgres.pipeline([
                    """
                    INSERT INTO billing.customer (org_id, provider_customer_id, invoice_billing_enabled, payment_terms, billing_email, currency,
                        contact_name, address, tax_id, created_at)
                    SELECT i.org_id, r.provider_customer_id, r.invoice_billing_enabled, r.payment_terms, r.billing_email, r.currency,
                        r.contact_name, r.address, r.tax_id, r.created_at
                    FROM orgs.imported_row i, jsonb_to_record(i.body) AS r (provider_customer_id text, invoice_billing_enabled boolean,
                        payment_terms text, billing_email text, currency text, contact_name text, address text, tax_id text,
                        created_at timestamptz)
                    WHERE i.org_id = \(org) AND i.section = 'settings'
                    """,
                    "DELETE FROM orgs.imported_row WHERE org_id = \(org) AND section = 'settings'",
                ])
            } catch let error as PostgresError where error.isUniqueViolation {
                throw ImportRefusal.occupied(["the payer of \(org), or its link to the provider"])
            }
            try await transaction.recordConfirmedImport(of: org)
            return true
        }
    }
}

/// What an import expects of the sections of ``OrgExportSections``, in their order.
struct OrgImportSections: ImportContributor {
    var sections: [ImportedSection] { Self.sold + Self.watched + Self.credited + Self.hosted + Self.done }

    /// Looks where the things of a section would be.
    func occupied(by rows: [JSONValue], of section: String, in transaction: AppTransaction) async throws -> [String] {
        let ids = rows.compactMap { $0["id"]?.stringValue.flatMap { UUID(uuidString: $0) } }
        let graphs = rows.compactMap { $0["graph_id"]?.stringValue }
        guard let taken = Self.taken(section, ids, graphs) else { return [] }
        return try await transaction.postgres.query(taken).prefix(10).map { "\(section) \(try $0.decode("id", as: String.self))" }
    }

    private static func taken(_ section: String, _ ids: [UUID], _ graphs: [String]) -> Statement? {
        switch section {
        case "subscriptions": "SELECT id::text FROM billing.subscription WHERE id = ANY (\(ids))"
        case "invoices": "SELECT id::text FROM billing.invoice WHERE id = ANY (\(ids))"
        case "idle_evaluations": "SELECT id::text FROM billing.idle_evaluation WHERE id = ANY (\(ids))"
        case "idle_cases": "SELECT id::text FROM billing.idle_case WHERE id = ANY (\(ids))"
        case "plan_changes": "SELECT id::text FROM billing.plan_change WHERE id = ANY (\(ids))"
        case "account_credits": "SELECT id::text FROM billing.account_credit WHERE id = ANY (\(ids))"
        case "credit_pools": "SELECT id::text FROM billing.credit_pool WHERE id = ANY (\(ids))"
        case "payments": "SELECT id::text FROM billing.recorded_payment WHERE id = ANY (\(ids))"
        case "refunds": "SELECT id::text FROM billing.refund WHERE id = ANY (\(ids))"
        case "disputes": "SELECT id::text FROM billing.dispute WHERE id = ANY (\(ids))"
        case "graph_schemas": "SELECT id FROM graphs.graph WHERE id = ANY (\(graphs))"
        case "backups": "SELECT id::text FROM graphs.graph_backup WHERE id = ANY (\(ids))"
        case "operations": "SELECT id::text FROM operations.operation WHERE id = ANY (\(ids))"
        case "notices": "SELECT id::text FROM notifications.mail WHERE id = ANY (\(ids))"
        // Rows without an id of their own.
        default: nil
        }
    }

    private static let sold = [
        ImportedSection(
            "settings",
            [
                "billing_email": .text, "contact_name": .text, "address": .text, "tax_id": .text, "currency": .text,
                "invoice_billing_enabled": .flag, "payment_terms": .text, "provider_customer_id": .text, "created_at": .time,
            ]),
        ImportedSection(
            "payment_methods",
            [
                "type": .text, "brand": .text, "last4": .text, "expiry_month": .whole, "expiry_year": .whole, "is_default": .flag,
                "state": .text,
            ]),
        ImportedSection(
            "subscriptions",
            [
                "id": .id, "resource_type": .text, "resource_id": .text, "subscriber_id": .id, "plan": .text, "plan_version": .whole,
                "interval": .text, "currency": .text, "configuration": .anything, "status": .text, "provider_subscription_id": .text,
                "started_at": .time, "period_start": .time, "period_end": .time, "canceled_at": .time, "ends_at": .time,
                "cancellation_origin": .text, "cancellation_reason": .text, "created_at": .time,
            ]),
        ImportedSection(
            "invoices",
            [
                "id": .id, "kind": .text, "subscription_id": .id, "number": .text, "provider_invoice_id": .text, "currency": .text,
                "subtotal": .whole, "total": .whole, "amount_due": .whole, "amount_paid": .whole, "status": .text, "period_start": .time,
                "period_end": .time, "due_date": .time, "paid_at": .time, "created_at": .time,
                "lines": .rows([
                    "description": .text, "quantity": .whole, "amount": .whole, "period_start": .time, "period_end": .time,
                ]),
            ]),
    ]

    private static let watched = [
        ImportedSection(
            "idle_evaluations",
            [
                "id": .id, "subscription_id": .id, "source": .text, "period_start": .time, "threshold": .time, "rule_version": .whole,
                "outcome": .text, "at": .time,
            ]),
        ImportedSection(
            "plan_changes",
            [
                "id": .id, "subscription_id": .id, "from_plan": .text, "from_version": .whole, "to_plan": .text, "to_version": .whole,
                "requested_by": .text, "state": .text, "created_at": .time, "ended_at": .time,
            ]),
        ImportedSection(
            "repository_seats",
            [
                "repository_id": .text, "user_id": .id, "subscription_id": .id, "plan": .text, "access": .text, "state": .text,
                "cause": .text, "expires_at": .time, "created_at": .time,
            ]),
        ImportedSection(
            "storage_days", ["graph_id": .text, "day": .text, "measures": .whole, "byte_maximum": .whole, "byte_average": .whole]),
        ImportedSection(
            "idle_cases",
            [
                "id": .id, "subscription_id": .id, "resource_id": .text, "period_start": .time, "period_end": .time, "threshold": .time,
                "last_activity_at": .time, "state": .text, "ends_at": .time, "via": .text,
            ]),
    ]

    private static let credited = [
        ImportedSection(
            "account_credits",
            [
                "id": .id, "currency": .text, "amount": .whole, "source": .text, "reason": .text, "expires_at": .time, "created_at": .time,
                "entries": .rows([
                    "kind": .text, "home": .text, "amount": .whole, "balance_after": .whole, "invoice_id": .id, "created_at": .time,
                ]),
            ]),
        ImportedSection(
            "credit_pools",
            [
                "id": .id, "resource_id": .text, "subscriber_id": .id, "balance": .whole, "allocation": .whole, "window_start": .time,
                "window_end": .time,
                "transactions": .rows([
                    "type": .text, "amount": .whole, "balance_after": .whole, "operation_type": .text, "description": .text,
                    "user_id": .id, "created_at": .time,
                ]),
            ]),
        ImportedSection(
            "payments",
            [
                "id": .id, "invoice_id": .id, "amount": .whole, "currency": .text, "method": .text, "reference": .text,
                "received_at": .time,
            ]),
        ImportedSection(
            "refunds",
            [
                "id": .id, "invoice_id": .id, "provider_refund_id": .text, "amount": .whole, "currency": .text, "reason": .text,
                "status": .text, "created_at": .time,
            ]),
        ImportedSection(
            "disputes",
            [
                "id": .id, "invoice_id": .id, "provider_dispute_id": .text, "amount": .whole, "currency": .text, "reason": .text,
                "status": .text, "opened_at": .time, "closed_at": .time,
            ]),
    ]

    private static let hosted = [
        ImportedSection(
            "graph_schemas",
            [
                "graph_id": .text, "kind": .text, "description": .text, "tags": .anything, "extensions": .anything,
                "custom_schema": .anything, "initial_entity": .anything, "status": .text, "status_since": .time, "created_by": .id,
                "parent_id": .text, "subgraph_index": .whole, "subgraph_type": .text, "metadata": .anything,
                "grants": .rows(["user_id": .id, "role": .text, "granted_at": .time]),
                "logins": .rows(["id": .id, "access": .text, "label": .text, "created_at": .time, "revoked_at": .time]),
            ]),
        ImportedSection(
            "backups",
            [
                "id": .id, "graph_id": .text, "initiator": .text, "status": .text, "created_at": .time, "completed_at": .time,
                "verified_at": .time, "expires_at": .time,
            ]),
    ]

    private static let done = [
        ImportedSection(
            "operations",
            [
                "id": .id, "kind": .text, "graph_id": .text, "started_by": .id, "status": .text, "percent": .whole, "message": .text,
                "created_at": .time, "started_at": .time, "ended_at": .time,
            ]),
        ImportedSection(
            "notices",
            [
                "id": .id, "template": .text, "class": .text, "user_id": .id, "status": .text, "queued_at": .time, "sent_at": .time,
            ]),
    ]
}
