internal import Core
public import Identity
public import Jobs

/// Takes a person who is gone out of the mails they got: addresses and bodies go, that there was a mail stays (NOT-036).
public struct EraseMails<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = PersonErased
    /// `notifications.erase_mails`
    public static var name: String { "notifications.erase_mails" }
    /// With what is due now and then.
    public static var lane: Lane { .maintenance }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice is once.
    public func handle(_ event: PersonErased, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction { transaction in
            try await transaction.eraseMails(of: event.user.uuid, at: context.now)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
