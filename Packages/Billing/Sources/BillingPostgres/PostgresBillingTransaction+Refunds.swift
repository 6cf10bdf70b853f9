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

    /// What was paid for a subscription's period: each invoice with its lines for that time.
    public func paidBills(of subscription: Subscription.ID, for period: Period) async throws -> [UnusedTime.Bill] {
        let rows = try await postgres.query(
            """
            SELECT i.id, i.subtotal, i.total, i.amount_paid, l.amount, l.period_start, l.period_end,
                (SELECT coalesce(sum(r.amount), 0)::bigint FROM billing.refund r
                    WHERE r.invoice_id = i.id AND r.status IN ('pending', 'succeeded'))
                + (SELECT coalesce(sum(d.amount), 0)::bigint FROM billing.dispute d
                    WHERE d.invoice_id = i.id AND d.status IN ('open', 'lost'))
                + (SELECT coalesce(sum(c.amount), 0)::bigint FROM billing.account_credit c
                    WHERE c.org_id = i.org_id AND c.invoice_id = i.id AND c.source IN ('refund_to_credit', 'provisioning_failure'))
                AS refunded
            FROM billing.subscription s JOIN billing.invoice i ON i.org_id = s.org_id AND i.subscription_id = s.id
                JOIN billing.invoice_line l ON l.invoice_id = i.id
            WHERE s.id = \(subscription) AND i.status = 'paid' AND l.period_start < \(period.end) AND l.period_end > \(period.start)
            ORDER BY i.created_at, i.id, l.position
            """)
        var bills: [UnusedTime.Bill] = []
        for row in rows {
            let invoice = try row.decode("id", as: Invoice.ID.self)
            guard let span = try row.period("period_start", "period_end") else { continue }
            let line = UnusedTime.Line(amount: try row.decode("amount"), period: span)
            let earlier = bills.last?.invoice == invoice ? bills.removeLast().lines : []
            bills.append(
                UnusedTime.Bill(
                    invoice: invoice, subtotal: try row.decode("subtotal"), total: try row.decode("total"),
                    paid: try row.decode("amount_paid"), refunded: try row.decode("refunded"), lines: earlier + [line]))
        }
        return bills
    }

    /// The payments that an invoice was paid with, the oldest first.
    public func payments(of invoice: Invoice.ID) async throws -> [CollectedPayment] {
        try await postgres.query(
            """
            SELECT p.provider_payment_id, p.org_id, p.invoice_id, i.subscription_id, p.amount, p.currency
            FROM billing.collected_payment p JOIN billing.invoice i ON i.id = p.invoice_id
            WHERE p.invoice_id = \(invoice) ORDER BY p.seen_at, p.provider_payment_id
            """
        ).map(CollectedPayment.init(row:))
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
