public import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// The order to see to it that a change of plan comes to an end: no subscription stays upgrading because a process died (BIL-066).
public struct FinishPlanChange: Job {
    /// `billing.finish_plan_change`
    public static let kind = "billing.finish_plan_change"
    /// With other work on money.
    public static let lane = Lane.money
    /// Until it is over.
    public static let retryPolicy = RetryPolicy.untilDone
    /// How long it waits between two looks.
    static var pause: Duration { .seconds(30) }

    /// Which change.
    public let change: PlanChange.ID

    /// Orders it.
    public init(change: PlanChange.ID) {
        self.change = change
    }
}

/// Commits what is priced and belongs to no operation, and takes back what is past its deadline.
public struct FinishPlanChangeHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let subscriptions: SubscriptionService<Store>
    private let provider: any PaymentProvider
    private let log: Log

    init(store: Store, subscriptions: SubscriptionService<Store>, provider: any PaymentProvider, log: Log) {
        self.store = store
        self.subscriptions = subscriptions
        self.provider = provider
        self.log = log
    }

    /// Looks at the change as it is now.
    public func run(_ job: FinishPlanChange, context: JobContext) async throws -> JobOutcome {
        guard let change = try await subscriptions.planChange(job.change), !change.state.isEnded else {
            return .cancelled(reason: "the change is over")
        }
        switch change.state {
        case .priced where change.operation == nil:
            try await store.withTransaction(.system) { _ = try await subscriptions.commitPlanChange(change.id, in: $0) }
            return .completed
        case .priced where change.deadline <= context.now:
            let failure = ProvisioningFailure(code: "PLAN_CHANGE_TIMED_OUT", message: "The change took too long.", at: context.now)
            try await store.withTransaction(.system) {
                try await subscriptions.revertPlanChange(change.id, because: failure, in: $0)
            }
            return .snoozed(until: context.now + FinishPlanChange.pause)
        case .started where change.deadline <= context.now: return try await look(at: change, context: context)
        case .compensating: return try await resume(change, context: context)
        default: return .snoozed(until: context.now + FinishPlanChange.pause)
        }
    }

    /// A change that waits for its payment is looked at, in case the news of it was lost (STR-088).
    private func look(at change: PlanChange, context: JobContext) async throws -> JobOutcome {
        let row = try await store.withTransaction(.system) { try await $0.subscription(change.subscription) }
        if let id = row?.providerLink?.subscription {
            let seen: ProviderSubscription?
            do throws(ProviderFailure) {
                seen = try await provider.subscription(id, budget: .job).object
            } catch {
                return .snoozed(until: context.now + max(FinishPlanChange.pause, error.retryAfter ?? .zero))
            }
            let writer = PlanChangeWriter(writer: subscriptions.writer)
            if let seen { try await store.withTransaction(.system) { try await writer.saw(seen, of: change, in: $0) } }
        }
        return .snoozed(until: context.now + FinishPlanChange.pause)
    }

    /// A way back whose order was refused is gone on with by what the provider shows.
    private func resume(_ change: PlanChange, context: JobContext) async throws -> JobOutcome {
        let pause = JobOutcome.snoozed(until: context.now + FinishPlanChange.pause)
        let (row, order) = try await store.withTransaction(.system) { transaction in
            (
                try await transaction.subscription(change.subscription),
                try await transaction.lastIntent(about: "subscription:\(change.subscription)")
            )
        }
        guard let id = row?.providerLink?.subscription, order?.isSettled == true else { return pause }
        let seen: ProviderSubscription?
        do throws(ProviderFailure) {
            seen = try await provider.subscription(id, budget: .job).object
        } catch {
            return .snoozed(until: context.now + max(FinishPlanChange.pause, error.retryAfter ?? .zero))
        }
        let writer = PlanChangeWriter(writer: subscriptions.writer)
        let isAskedAgain = try await store.withTransaction(.system) { try await writer.resume(change.id, seeing: seen, in: $0) }
        if isAskedAgain {
            log.error(
                "the provider refused the old price of a change that was taken back",
                ["change": .string(change.id.description), "subscription": .string(change.subscription.description)])
        }
        return pause
    }
}
