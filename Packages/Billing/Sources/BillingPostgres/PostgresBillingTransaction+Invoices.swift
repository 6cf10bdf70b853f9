public import Billing
public import Core
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// The name of an org as Orgs has it.
    public func payerName(of org: Org.ID) async throws -> String? {
        try await postgres.query("SELECT billing.payer_name(\(org)) AS name").first?.decode("name", as: String?.self) ?? nil
    }

    /// Stores a draft with its lines; a period that was charged before is refused by an index.
    public func insert(draft invoice: OwnInvoice) async throws {
        try await postgres.execute(
            """
            INSERT INTO billing.invoice (id, org_id, kind, subscription_id, currency, subtotal, discount, tax, total, amount_due, amount_paid,
                status, period_start, period_end, created_at)
            VALUES (\(invoice.id), \(invoice.org), 'own', \(invoice.subscription), \(invoice.currency.code), \(invoice.sums.subtotal),
                \(invoice.sums.discount), \(invoice.sums.tax), \(invoice.sums.total), \(invoice.sums.total), 0, 'draft',
                \(invoice.period?.start), \(invoice.period?.end), \(invoice.createdAt))
            """)
        guard !invoice.lines.isEmpty else { return }
        let lines = invoice.lines
        do {
            try await postgres.execute(
                """
                INSERT INTO billing.invoice_line (invoice_id, position, org_id, kind, description, subscription_id, plan_key, plan_version,
                    quantity, unit_price, amount, period_start, period_end)
                SELECT \(invoice.id), position, \(invoice.org), kind, description, subscription_id, plan_key, plan_version, quantity, unit_price,
                    amount, period_start, period_end
                FROM unnest(\(lines.map(\.kind.rawValue)), \(lines.map(\.description)), \(lines.map(\.subscription)),
                    \(lines.map(\.plan?.key.description)), \(lines.map { $0.plan.map { Int32($0.version) } }), \(lines.map(\.quantity)),
                    \(lines.map(\.unitPrice)), \(lines.map(\.amount)), \(lines.map(\.period?.start)), \(lines.map(\.period?.end)))
                    WITH ORDINALITY AS line (kind, description, subscription_id, plan_key, plan_version, quantity, unit_price, amount,
                        period_start, period_end, position)
                """)
        } catch {
            guard let cause = PostgresError.found(in: error), cause.violates("invoice_line_billed_once") else { throw error }
            throw MoneyRefusal.keyReused
        }
    }

    /// An own invoice, locked, with its lines.
    public func lockedOwnInvoice(_ id: Invoice.ID) async throws -> OwnInvoice? {
        try await ownInvoices(
            "SELECT \(fragment: OwnInvoice.columns) FROM billing.invoice i WHERE i.id = \(id) AND i.kind = 'own' FOR UPDATE"
        )
        .first
    }

    /// The own invoices of a subscription that are not final, locked, oldest first.
    public func lockedUnsettledInvoices(of subscription: Subscription.ID, org: Org.ID) async throws -> [OwnInvoice] {
        try await ownInvoices(
            """
            SELECT \(fragment: OwnInvoice.columns) FROM billing.invoice i WHERE i.org_id = \(org) AND i.subscription_id = \(subscription)
                AND i.kind = 'own' AND i.status IN ('draft', 'open', 'uncollectible')
            ORDER BY i.created_at, i.id FOR UPDATE
            """)
    }

    private func ownInvoices(_ statement: Statement) async throws -> [OwnInvoice] {
        let rows = try await postgres.query(statement)
        guard !rows.isEmpty else { return [] }
        let ids = try rows.map { try $0.decode("id", as: Invoice.ID.self) }
        let found = try await postgres.query(
            """
            SELECT \(fragment: OwnInvoiceLine.columns) FROM billing.invoice_line l WHERE l.invoice_id = ANY(\(ids)) ORDER BY l.invoice_id, l.position
            """)
        var lines: [Invoice.ID: [OwnInvoiceLine]] = [:]
        for row in found { lines[try row.decode("invoice_id"), default: []].append(try OwnInvoiceLine(row: row)) }
        return try rows.map { try OwnInvoice(row: $0, lines: lines[try $0.decode("id")] ?? []) }
    }

    /// Takes the next number of the month.
    public func takeInvoiceNumber(of issuer: String, at now: Instant) async throws -> String {
        guard let row = try await postgres.query("SELECT billing.take_invoice_number(\(issuer), \(now)) AS number").first else {
            throw BillingStoreError.lost("invoice number")
        }
        return try row.decode("number")
    }

    /// Stores what changed about an own invoice; the database refuses what must not change.
    @discardableResult
    public func save(_ invoice: OwnInvoice) async throws -> String? {
        let rows = try await postgres.query(
            """
            UPDATE billing.invoice SET status = \(invoice.status.rawValue), number = \(invoice.number), document = \(invoice.document?.bytes),
                document_hash = sha256(\(invoice.document?.bytes)), applied_credit = \(invoice.appliedCredit), amount_due = \(invoice.amountDue),
                amount_paid = \(invoice.amountPaid), due_date = \(invoice.dueDate), sent_at = \(invoice.sentAt),
                overdue_at = \(invoice.overdueAt), paid_at = \(invoice.paidAt), voided_at = \(invoice.voided?.at),
                void_reason = \(invoice.voided?.reason)
            WHERE id = \(invoice.id) AND kind = 'own' RETURNING encode(document_hash, 'hex') AS hash
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("invoice") }
        return try row.decode("hash")
    }

    /// The org of an own invoice.
    public func ownInvoiceOrg(_ id: Invoice.ID) async throws -> Org.ID? {
        try await postgres.query("SELECT org_id FROM billing.invoice WHERE id = \(id) AND kind = 'own'").first?.decode("org_id")
    }

    /// Takes the right to act on a day of an open invoice.
    public func takeStage(_ stage: InvoiceStage, of invoice: Invoice.ID) async throws -> Bool {
        try await postgres.execute(
            "UPDATE billing.invoice SET watched_stage = \(stage.number) WHERE id = \(invoice) AND watched_stage < \(stage.number)") == 1
    }

    /// What a plan costs, as it was sold.
    public func soldPrice(of plan: PlanReference, _ interval: BillingInterval, _ currency: Currency) async throws -> Money? {
        try await postgres.query(
            """
            SELECT amount FROM billing.plan_price WHERE plan_key = \(plan.key.description) AND plan_version = \(Int32(plan.version))
                AND interval = \(interval.rawValue) AND currency = \(currency.code)
            """
        ).first.map { Money(minorUnits: try $0.decode("amount"), currency: currency) }
    }

    /// Keeps a payment that somebody recorded.
    public func insert(_ payment: RecordedPayment) async throws -> Bool {
        try await postgres.execute(
            """
            INSERT INTO billing.recorded_payment (id, org_id, invoice_id, amount, currency, method, reference, received_at, created_at)
            VALUES (\(payment.id), \(payment.org), \(payment.invoice), \(payment.amount.minorUnits), \(payment.amount.currency.code),
                \(payment.method), \(payment.reference), \(payment.receivedAt), \(payment.createdAt))
            ON CONFLICT ON CONSTRAINT recorded_payment_once DO NOTHING
            """) == 1
    }
}
