public import Jobs

/// Notes a use that could not be noted while its request was answered, because a row was locked for too long (ID-078).
public struct RecordActivity: Job {
    /// `identity.record_activity`
    public static let kind = "identity.record_activity"
    /// Before everything that is not money: a subscription may end for want of it.
    public static let lane = Lane.lifecycle
    /// Until it is written.
    public static let retryPolicy = RetryPolicy.untilDone
    /// The use.
    public let activity: PendingActivity

    /// Makes the job.
    public init(_ activity: PendingActivity) {
        self.activity = activity
    }
}

/// Does ``RecordActivity``.
public struct RecordActivityHandler<Store: IdentityStore>: JobHandler {
    private let environment: IdentityEnvironment<Store>

    /// Makes the handler.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// Twice is once: the later of two times stays, and a case is reversed once.
    public func run(_ job: RecordActivity, context: JobContext) async throws -> JobOutcome {
        try await environment.store.recordPendingActivity(job.activity)
        return .completed
    }
}
