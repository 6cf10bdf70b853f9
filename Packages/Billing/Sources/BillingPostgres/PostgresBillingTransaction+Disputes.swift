public import Billing
public import Core
internal import Identity
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// The disputes of a payment, the oldest first.
    public func disputes(of payment: ProviderID) async throws -> [Dispute] {
        try await postgres.query(
            """
            SELECT id, org_id, invoice_id, provider_payment_id, provider_dispute_id, amount, currency, reason, status
            FROM billing.dispute WHERE provider_payment_id = \(payment.rawValue) ORDER BY opened_at, id
            """
        ).map(Dispute.init(row:))
    }

    /// Stores a dispute, or how far a known one has come.
    public func save(_ dispute: Dispute, at now: Instant) async throws {
        let closedAt = dispute.status.isOver ? now : nil
        try await postgres.execute(
            """
            INSERT INTO billing.dispute (id, org_id, invoice_id, provider_payment_id, provider_dispute_id, amount, currency, reason, status,
                opened_at, updated_at, closed_at)
            VALUES (\(dispute.id), \(dispute.org), \(dispute.invoice), \(dispute.payment.rawValue), \(dispute.provider.rawValue),
                \(dispute.amount.minorUnits), \(dispute.amount.currency.code), \(dispute.reason), \(dispute.status.rawValue), \(now),
                \(now), \(closedAt))
            ON CONFLICT (provider_dispute_id) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at,
                closed_at = excluded.closed_at
            """)
    }

    /// Whether money of an org is withdrawn until a dispute is decided.
    public func hasOpenDispute(_ org: Org.ID) async throws -> Bool {
        try await !postgres.query("SELECT 1 AS one FROM billing.dispute WHERE org_id = \(org) AND status = 'open' LIMIT 1").isEmpty
    }
}

extension Dispute {
    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), invoice: try row.decode("invoice_id"),
            payment: ProviderID(try row.decode("provider_payment_id")), provider: ProviderID(try row.decode("provider_dispute_id")),
            amount: Money(minorUnits: try row.decode("amount"), currency: try row.currency("currency")), reason: try row.decode("reason"),
            status: try row.word("status"))
    }
}
