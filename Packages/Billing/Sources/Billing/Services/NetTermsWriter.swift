internal import Audit
internal import Core
internal import Jobs
internal import Orgs

/// Bills subscriptions that pay our own invoices: with their activation and at each period end, in the transaction of either
/// (BIL-032, BIL-084).
struct NetTermsWriter<Transaction: BillingTransaction>: Sendable {
    let catalogue: Catalogue
    let invoices: InvoiceWriter<Transaction>
    let dateSource: any DateSource

    private var now: Instant { dateSource.now }

    /// Bills a period in advance and has the next one billed when it ends.
    ///
    /// - Throws: ``MoneyRefusal/keyReused`` when the period was billed before.
    @discardableResult
    func bill(_ row: Subscription, for period: Period, by actor: AuditActor, in transaction: Transaction) async throws -> OwnInvoice {
        let customer = try await transaction.lockCustomer(of: row.org, currency: catalogue.currency, now: now)
        guard let price = try await transaction.soldPrice(of: row.plan, row.interval, customer.currency) else {
            throw BillingError.priceMismatch(row.plan.key)
        }
        let line = try OwnInvoiceLine(
            .charge, catalogue.displayName(of: row.plan.key), subscription: row.id, plan: row.plan, quantity: 1,
            unitPrice: price.minorUnits,
            period: period)
        let draft = try OwnInvoice(
            id: .make(at: now), org: row.org, subscription: row.id, currency: price.currency, lines: [line], period: period, at: now)
        let invoice = try await invoices.issue(draft, to: customer, by: actor, in: transaction)
        try await scheduleRenewal(of: row, after: period, in: transaction)
        return invoice
    }

    /// Has the period after this one billed when this one ends.
    func scheduleRenewal(of row: Subscription, after period: Period, in transaction: Transaction) async throws {
        let (job, options) = RenewNetTerms.order(of: row, after: period)
        try await transaction.enqueue(job, options)
    }

    /// Takes back what was billed for something that was never delivered (BIL-038).
    func voidAll(of row: Subscription, because reason: String, in transaction: Transaction) async throws {
        for invoice in try await transaction.lockedUnsettledInvoices(of: row.id, org: row.org) where invoice.amountPaid == 0 {
            _ = try await invoices.void(invoice, because: reason, by: .billing, in: transaction)
        }
    }
}
