internal import Audit
internal import Core
internal import Jobs
internal import Orgs

/// Issues, settles and takes back own invoices, each with its entry, events and due jobs in one transaction (billing.md, section 6).
///
/// Lock the customer before any of it (BIL-134).
struct InvoiceWriter<Transaction: BillingTransaction>: Sendable {
    let catalogue: Catalogue
    let credits: AccountCreditWriter<Transaction>
    let dateSource: any DateSource

    private var now: Instant { dateSource.now }

    /// Prepares a draft and gives it its number in one go (I1, I2, I3): consumes credits, freezes the content, tells of it.
    ///
    /// The number is taken last, because from then on the month's counter is locked (BIL-078).
    func issue(_ draft: OwnInvoice, to customer: BillingCustomer, by actor: AuditActor, in transaction: Transaction) async throws
        -> OwnInvoice
    {
        try await transaction.insert(draft: draft)
        return try await finalise(draft, to: customer, by: actor, in: transaction)
    }

    /// Gives a draft its number (I2, I3).
    func finalise(
        _ draft: OwnInvoice, to customer: BillingCustomer, by actor: AuditActor, in transaction: Transaction
    ) async throws -> OwnInvoice {
        var invoice = draft
        guard invoice.status == .draft else { throw MoneyRefusal.invoiceNotAllowed(invoice.status) }
        let name = try await transaction.payerName(of: invoice.org)
        let applied = try await credits.consume(upTo: invoice.sums.total, for: invoice, in: transaction)
        let number = try await transaction.takeInvoiceNumber(of: catalogue.issuer.numberPrefix, at: now)
        let content = InvoiceDocument(
            number: number, catalogue: catalogue, customer: customer, name: name, invoice: invoice, credits: applied, at: now)
        try invoice.finalise(as: content, now: now)
        let hash = try await transaction.save(invoice)
        try await transaction.record(InvoiceGeneratedEntry(invoice: invoice, hash: hash ?? ""), by: actor)
        if invoice.sums.discount > 0 {
            let discount = Money(minorUnits: invoice.sums.discount, currency: invoice.currency)
            try await transaction.record(
                DiscountAppliedEntry(org: invoice.org, invoice: invoice.id, subscription: invoice.subscription, discount: discount),
                by: actor)
        }
        try await transaction.publish(InvoiceIssued(invoice))
        if invoice.status == .paid {
            try await tellPaid(invoice, method: "account_credit", by: actor, in: transaction)
        } else {
            try await watch(invoice, on: .dueSoon, in: transaction)
        }
        return invoice
    }

    /// Takes an invoice back and gives the credits back that it consumed (I5, BIL-088).
    func void(_ invoice: OwnInvoice, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws -> OwnInvoice {
        var invoice = invoice
        try invoice.void(because: reason, now: now)
        try await transaction.save(invoice)
        try await credits.restore(from: invoice.id, org: invoice.org, in: transaction)
        try await transaction.record(InvoiceVoidedEntry(invoice: invoice), by: actor)
        if invoice.number != nil { try await transaction.publish(InvoiceCorrected(invoice)) }
        return invoice
    }

    /// Writes down money that came in (I4, I7); what exceeds the open amount becomes account credit.
    func receive(_ payment: RecordedPayment, for invoice: OwnInvoice, by actor: AuditActor, in transaction: Transaction) async throws
        -> OwnInvoice
    {
        guard payment.amount.currency == invoice.currency else { throw MoneyRefusal.currencyMismatch(expected: invoice.currency) }
        var invoice = invoice
        let excess = try invoice.receive(payment.amount.minorUnits, now: now)
        guard try await transaction.insert(payment) else { throw MoneyRefusal.keyReused }
        try await transaction.save(invoice)
        try await transaction.record(InvoiceMarkedPaidEntry(invoice: invoice, payment: payment), by: actor)
        try await transaction.record(
            FinancialTransactionEntry(org: invoice.org, cause: .recorded(invoice.id), amount: payment.amount), by: actor)
        if excess > 0 {
            let wish = IssueAccountCredit(
                org: invoice.org, amount: Money(minorUnits: excess, currency: invoice.currency), source: .overpayment,
                reason: "Payment \(payment.reference) exceeded invoice \(invoice.number ?? "")", subscription: nil, invoice: invoice.id,
                expiresAt: nil, key: "overpayment:\(payment.id)")
            _ = try await credits.issue(wish, by: actor, in: transaction)
        }
        if invoice.status == .paid { try await tellPaid(invoice, method: payment.method, by: actor, in: transaction) }
        return invoice
    }

    /// Gives up collecting it (I6).
    func giveUp(_ invoice: OwnInvoice, by actor: AuditActor, in transaction: Transaction) async throws -> OwnInvoice {
        var invoice = invoice
        try invoice.giveUp()
        try await transaction.save(invoice)
        try await transaction.record(InvoiceUncollectibleEntry(invoice: invoice), by: actor)
        try await transaction.publish(InvoiceCorrected(invoice))
        return invoice
    }

    private func tellPaid(_ invoice: OwnInvoice, method: String, by actor: AuditActor, in transaction: Transaction) async throws {
        try await transaction.record(InvoicePaidEntry(invoice: invoice, method: method), by: actor)
        try await transaction.publish(
            InvoicePaid(
                invoice: invoice.id, org: invoice.org, subscription: invoice.subscription, number: invoice.number,
                amount: Money(minorUnits: invoice.sums.total, currency: invoice.currency), hostedURL: nil))
    }

    /// Has the invoice looked at on the next day that means something (BIL-086).
    func watch(_ invoice: OwnInvoice, on stage: InvoiceStage, in transaction: Transaction) async throws {
        guard let due = invoice.dueDate else { return }
        let (job, options) = WatchInvoice.order(of: invoice.id, invoice.org, due: due, on: stage)
        try await transaction.enqueue(job, options)
    }
}
