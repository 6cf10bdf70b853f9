internal import Audit
internal import Core
internal import Identity
public import Jobs
internal import Orgs

/// Looks at an open invoice on the days that mean something: stamps it overdue once, reminds on each day once (BIL-086).
public struct WatchInvoiceHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let writer: SubscriptionWriter<Store.Transaction>

    init(store: Store, writer: SubscriptionWriter<Store.Transaction>) {
        self.store = store
        self.writer = writer
    }

    /// Acts if the invoice is still open and nobody acted on this day; a settled one needs nothing.
    public func run(_ job: WatchInvoice, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.ownInvoiceOrg(job.invoice) else { return .completed }
            _ = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: context.now)
            guard let seen = try await transaction.lockedOwnInvoice(job.invoice), seen.status == .open, let due = seen.dueDate else {
                return .completed
            }
            guard due + job.stage.offset <= context.now else { return .snoozed(until: due + job.stage.offset) }
            guard try await transaction.takeStage(job.stage, of: seen.id) else { return .completed }
            if job.stage == .due {
                try await becomeOverdue(seen, at: context.now, in: transaction)
            } else {
                try await transaction.publish(InvoiceReminderDue(seen, stage: job.stage))
            }
            if let next = job.stage.next { try await writer.money.invoices.watch(seen, on: next, in: transaction) }
            return .completed
        }
    }

    private func becomeOverdue(_ invoice: OwnInvoice, at now: Instant, in transaction: Store.Transaction) async throws {
        var invoice = invoice
        guard invoice.becomeOverdue(now: now) else { return }
        try await transaction.save(invoice)
        try await transaction.record(InvoiceOverdueEntry(invoice: invoice), by: .billing)
        guard let id = invoice.subscription, let row = try await transaction.lockedSubscription(id), row.status == .active else { return }
        let days = writer.catalogue.plans[row.plan.key]?.policies.graceDays ?? 14
        try await writer.apply(
            .paymentOverdue(graceDeadline: now + .days(days)), to: row, because: .system("invoice overdue"), in: transaction)
    }
}
