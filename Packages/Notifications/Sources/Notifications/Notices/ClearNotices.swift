public import Jobs

/// Clears notices that are too old (OPS-134).
public struct ClearNotices: Job {
    /// `notifications.clear_notices`
    public static let kind = "notifications.clear_notices"
    /// With what is due now and then.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}
}

/// Does ``ClearNotices``.
public struct ClearNoticesHandler<Store: NotificationStore>: JobHandler {
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Marks rows; whoever reads knows the truth without it (NOT-176), so a second run finds nothing.
    public func run(_ job: ClearNotices, context: JobContext) async throws -> JobOutcome {
        _ = try await StoredNoticeBoard(store: store, dateSource: context.dateSource).clearExpired(now: context.now)
        return .completed
    }
}
