public import Core
public import Jobs
public import Orgs

/// Removes messages to customers' systems that are too old (NOT-185).
public struct CleanWebhooks: Job {
    /// `notifications.clean_webhooks`
    public static let kind = "notifications.clean_webhooks"
    /// With what is due now and then.
    public static let lane = Lane.maintenance
    /// How long a message can be asked for again.
    public static let lifetime: Duration = .days(30)

    /// Makes the job.
    public init() {}
}

/// Does ``CleanWebhooks``.
public struct CleanWebhooksHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let batch: Int

    /// Makes the handler.
    ///
    /// - Parameter batch: how many messages go in one transaction.
    public init(store: Store, batch: Int = 1_000) {
        self.store = store
        self.batch = batch
    }

    /// Batch after batch; a second run finds nothing.
    public func run(_ job: CleanWebhooks, context: JobContext) async throws -> JobOutcome {
        let oldest = context.now - CleanWebhooks.lifetime
        while try await store.withTransaction({ try await $0.removeMessages(before: oldest, limit: batch) }) == batch {
            try await context.extendDeadline(to: .seconds(60))
        }
        return .completed
    }
}

/// Takes an org that is erased out of the webhooks: its endpoints with their URLs and secrets, and every message.
public struct EraseWebhooks: Job {
    /// `notifications.erase_webhooks_of_org`
    public static let kind = "notifications.erase_webhooks_of_org"
    /// With what is due now and then.
    public static let lane = Lane.maintenance
    /// How long after the org they go: its endpoints hear of the end, and four attempts fit into it.
    public static let delay: Duration = .hours(1)
    /// Whose.
    public let org: Org.ID

    /// Orders it.
    public init(org: Org.ID) {
        self.org = org
    }
}

/// Orders ``EraseWebhooks`` when an org is erased.
public struct OrderErasureOfWebhooks<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = OrgPurged
    /// `notifications.erase_webhooks`
    public static var name: String { "notifications.erase_webhooks" }
    /// With what is due now and then.
    public static var lane: Lane { .maintenance }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice is once.
    public func handle(_ event: OrgPurged, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            try await transaction.enqueue(
                EraseWebhooks(org: event.org), .init(runAt: context.now + EraseWebhooks.delay, uniqueKey: event.org.description))
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Does ``EraseWebhooks``.
public struct EraseWebhooksHandler<Store: NotificationStore>: JobHandler {
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice is once.
    public func run(_ job: EraseWebhooks, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            try await transaction.removeWebhooks(of: job.org)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
