public import Jobs
public import Orgs

/// Takes what people were shown of an org that is erased away from them: notices name what the org had.
public struct EraseNotices<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = OrgPurged
    /// `notifications.erase_notices`
    public static var name: String { "notifications.erase_notices" }
    /// With what is due now and then.
    public static var lane: Lane { .maintenance }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice is once; what is posted of the org at the same time is gone with the rest, and nothing is posted of it afterwards.
    public func handle(_ event: OrgPurged, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            try await transaction.eraseNotices(of: event.org)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
