public import Billing
public import Core
internal import Identity
internal import Postgres

extension PostgresBillingTransaction {
    /// Keeps the payments of a mirrored invoice.
    public func keepPayments(of news: ProviderInvoice, for invoice: Invoice, at now: Instant) async throws {
        for payment in news.payments where payment.amount > 0 {
            try await postgres.execute(
                """
                INSERT INTO billing.collected_payment (provider_payment_id, org_id, invoice_id, amount, currency, seen_at)
                VALUES (\(payment.intent.rawValue), \(invoice.org), \(invoice.id), \(payment.amount), \(news.currency.code), \(now))
                ON CONFLICT (provider_payment_id) DO NOTHING
                """)
        }
    }

    /// A payment as it is.
    public func payment(_ id: ProviderID) async throws -> CollectedPayment? {
        try await payment(id, lock: "")
    }

    /// A payment, locked.
    public func lockedPayment(_ id: ProviderID) async throws -> CollectedPayment? {
        try await payment(id, lock: "FOR UPDATE OF p")
    }

    private func payment(_ id: ProviderID, lock: Statement) async throws -> CollectedPayment? {
        try await postgres.query(
            """
            SELECT p.provider_payment_id, p.org_id, p.invoice_id, i.subscription_id, p.amount, p.currency
            FROM billing.collected_payment p JOIN billing.invoice i ON i.id = p.invoice_id
            WHERE p.provider_payment_id = \(id.rawValue) \(fragment: lock)
            """
        ).first.map(CollectedPayment.init(row:))
    }

    /// The refunds of a payment, oldest first.
    public func refunds(of payment: ProviderID) async throws -> [Refund] {
        try await postgres.query(
            """
            SELECT \(fragment: Refund.columns) FROM billing.refund r
            WHERE r.provider_payment_id = \(payment.rawValue) ORDER BY r.created_at, r.id
            """
        ).map(Refund.init(row:))
    }

    /// The refund that was asked for as an object of intents.
    public func refund(askedAs object: String) async throws -> Refund? {
        try await postgres.query(
            """
            SELECT \(fragment: Refund.columns) FROM billing.refund r JOIN billing.intent n ON n.id = r.intent_id
            WHERE n.object = \(object)
            """
        ).first.map(Refund.init(row:))
    }

    /// Stores a new refund.
    public func insert(_ refund: Refund, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO billing.refund (id, org_id, subscription_id, invoice_id, provider_payment_id, provider_refund_id, intent_id, amount,
                currency, reason, status, created_at, updated_at)
            VALUES (\(refund.id), \(refund.org), \(refund.subscription), \(refund.invoice), \(refund.payment.rawValue),
                \(refund.provider?.rawValue), \(refund.intent), \(refund.amount.minorUnits), \(refund.amount.currency.code),
                \(refund.reason), \(refund.status.rawValue), \(now), \(now))
            """)
    }

    /// Stores how far a refund has come.
    public func save(_ refund: Refund, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE billing.refund SET provider_refund_id = \(refund.provider?.rawValue), status = \(refund.status.rawValue),
                updated_at = \(now) WHERE id = \(refund.id)
            """)
    }

    /// The refund that an intent asked for was refused.
    public func refuseRefund(askedBy intent: ProviderIntent.ID, at now: Instant) async throws {
        try await postgres.execute(
            "UPDATE billing.refund SET status = 'failed', updated_at = \(now) WHERE intent_id = \(intent)")
    }
}

extension CollectedPayment {
    init(row: Row) throws {
        self.init(
            id: ProviderID(try row.decode("provider_payment_id")), org: try row.decode("org_id"), invoice: try row.decode("invoice_id"),
            subscription: try row.decode("subscription_id"),
            amount: Money(minorUnits: try row.decode("amount"), currency: try row.currency("currency")))
    }
}

extension Refund {
    static let columns: Statement = """
        r.id, r.org_id, r.subscription_id, r.invoice_id, r.provider_payment_id, r.provider_refund_id, r.intent_id, r.amount, r.currency,
        r.reason, r.status
        """

    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
            invoice: try row.decode("invoice_id"), payment: ProviderID(try row.decode("provider_payment_id")),
            provider: try row.providerID("provider_refund_id"), intent: try row.decode("intent_id"),
            amount: Money(minorUnits: try row.decode("amount"), currency: try row.currency("currency")), reason: try row.decode("reason"),
            status: try row.word("status"))
    }
}
