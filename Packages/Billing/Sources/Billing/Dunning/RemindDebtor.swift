internal import Audit
public import Core
internal import Identity
public import Jobs
internal import Orgs

/// The order to remind a debtor when a stage of the debt has come.
public struct RemindDebtor: Job {
    /// `billing.remind_debtor`
    public static let kind = "billing.remind_debtor"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which debt.
    public let debt: DunningCase.ID
    /// What for.
    public let subscription: Subscription.ID
    /// Which stage.
    public let stage: DunningStage

    /// Orders it.
    public init(debt: DunningCase.ID, subscription: Subscription.ID, stage: DunningStage) {
        self.debt = debt
        self.subscription = subscription
        self.stage = stage
    }
}

/// Tells a debtor of a stage, if the debt still stands.
public struct RemindDebtorHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let writer: SubscriptionWriter<Store.Transaction>

    init(store: Store, writer: SubscriptionWriter<Store.Transaction>) {
        self.store = store
        self.writer = writer
    }

    /// Publishes the stage once; a settled debt and a stage that was told have none (BIL-091).
    public func run(_ job: RemindDebtor, context: JobContext) async throws -> JobOutcome {
        guard try await store.isOn(.dunning) else { return .snoozed(until: context.now + BillingControl.pause) }
        return try await store.withTransaction(.system) { transaction in
            let currency = writer.catalogue.currency
            guard let row = try await transaction.lockWithCustomer(job.subscription, currency: currency, now: context.now),
                var debt = try await transaction.lockedDunningCase(of: row.id), debt.id == job.debt,
                row.status == .pastDue || row.status == .unpaid, debt.stage != job.stage,
                // What was voided or given up is no debt any more (STR-096).
                let invoice = try await transaction.openInvoice(of: row.id)
            else { return .completed }
            debt.stage = job.stage
            try await transaction.save(debt, at: context.now)
            let deadline = row.status == .unpaid ? row.finalDeadline : row.graceDeadline
            let event = DunningStageReached(
                facts: SubscriptionFacts(row), debt: debt.id, stage: job.stage,
                amount: Money(minorUnits: invoice.amountDue - invoice.amountPaid, currency: invoice.currency),
                nextAttempt: nil, deadline: deadline, payURL: invoice.hostedURL)
            try await transaction.publish(event)
            try await transaction.record(
                DunningStageEnteredEntry(debt: debt, stage: job.stage, deadline: deadline), by: .system(component: "billing"))
            return .completed
        }
    }
}
