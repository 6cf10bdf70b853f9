public import Core
public import Jobs

/// Removes a person when the grace is over.
public struct PurgeAccount: Job {
    /// `identity.purge_account`
    public static let kind = "identity.purge_account"
    /// With the lives of things.
    public static let lane = Lane.lifecycle
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone
    /// The account.
    public let user: User.ID

    /// Makes the job.
    public init(user: User.ID) {
        self.user = user
    }
}

/// Does ``PurgeAccount``.
public struct PurgeAccountHandler<Store: IdentityStore, Observer: AccountObserver>: JobHandler
where Observer.Transaction == Store.Transaction {
    private let environment: IdentityEnvironment<Store>
    private let observer: Observer

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>, observer: Observer) {
        self.environment = environment
        self.observer = observer
    }

    /// An account that is not due, or no more, stays: the end may have been taken back.
    public func run(_ job: PurgeAccount, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        return try await environment.store.withTransaction(.system) { transaction in
            let outcome = try await Accounts(environment, observer: observer).purge(job.user, at: now, in: transaction)
            // Its orgs go first, by jobs that are due at the same moment.
            if outcome == .waiting { return .snoozed(until: now + .minutes(5)) }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Takes what is said of a person who is gone out of events that have been handed on.
public struct EraseTraces: Job {
    /// `identity.erase_traces`
    public static let kind = "identity.erase_traces"
    /// With what is due now and then.
    public static let lane = Lane.maintenance
    /// The account.
    public let user: User.ID

    /// Makes the job.
    public init(user: User.ID) {
        self.user = user
    }
}

/// Does ``EraseTraces``.
public struct EraseTracesHandler<Store: IdentityStore>: JobHandler {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Twice is once.
    public func run(_ job: EraseTraces, context: JobContext) async throws -> JobOutcome {
        try await environment.store.withTransaction(.system) { transaction in
            _ = try await transaction.eraseTraces(of: job.user)
            try await transaction.publish(PersonErased(user: job.user))
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Removes what nobody needs any more: links, copies and sessions long past their end (ID-080, ID-154).
public struct CleanUp: Job {
    /// `identity.clean_up`
    public static let kind = "identity.clean_up"
    /// With what is due now and then.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}
}

/// Does ``CleanUp``.
public struct CleanUpHandler<Store: IdentityStore>: JobHandler {
    private static var batch: Int { 1_000 }
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// A batch at a time, each in a transaction of its own.
    public func run(_ job: CleanUp, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        while try await environment.store.withTransaction(.system, { try await $0.cleanUp(at: now, limit: Self.batch) }) > 0 {}
        return .completed
    }
}
