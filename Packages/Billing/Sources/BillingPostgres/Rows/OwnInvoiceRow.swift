internal import Billing
internal import Core
internal import Orgs
internal import Postgres

extension OwnInvoice {
    static let columns: Statement = """
        i.id, i.org_id, i.subscription_id, i.number, i.currency, i.applied_credit, i.amount_paid, i.status, i.period_start, i.period_end,
        i.document, i.due_date, i.sent_at, i.overdue_at, i.paid_at, i.voided_at, i.void_reason, i.created_at
        """

    init(row: Row, lines: [OwnInvoiceLine]) throws {
        let draft = try OwnInvoice(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
            currency: try row.currency("currency"), lines: lines, period: try row.period("period_start", "period_end"),
            at: try row.decode("created_at"))
        var voided: Voiding?
        if let at = try row.decode("voided_at", as: Instant?.self) { voided = Voiding(at: at, reason: try row.decode("void_reason")) }
        self = draft.stored(
            status: try row.word("status"), number: try row.decode("number"),
            document: try row.decode("document", as: [UInt8]?.self).map(FrozenDocument.init(stored:)),
            appliedCredit: try row.decode("applied_credit"), amountPaid: try row.decode("amount_paid"), dueDate: try row.decode("due_date"),
            sentAt: try row.decode("sent_at"), overdueAt: try row.decode("overdue_at"), paidAt: try row.decode("paid_at"), voided: voided)
    }
}

extension OwnInvoiceLine {
    static let columns: Statement = """
        l.invoice_id, l.kind, l.description, l.subscription_id, l.plan_key, l.plan_version, l.quantity, l.unit_price, l.amount,
        l.period_start, l.period_end
        """

    init(row: Row) throws {
        var plan: PlanReference?
        if let text = try row.decode("plan_key", as: String?.self) {
            guard let key = PlanKey(text) else { throw row["plan_key"].failure("is no plan") }
            plan = PlanReference(key: key, version: Int(try row.decode("plan_version", as: Int32.self)))
        }
        self.init(
            stored: try row.word("kind"), description: try row.decode("description"), subscription: try row.decode("subscription_id"),
            plan: plan, quantity: try row.decode("quantity"), unitPrice: try row.decode("unit_price", as: Int64?.self) ?? 0,
            amount: try row.decode("amount"), period: try row.period("period_start", "period_end"))
    }
}
