public import Identity
public import Jobs

/// An address that was confirmed takes mail: it comes off the list (NOT-057).
public struct VerifiedAddressRelease<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = EmailVerified
    /// `notifications.release_verified_address`
    public static var name: String { "notifications.release_verified_address" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice is once.
    public func handle(_ event: EmailVerified, context: JobContext) async throws -> JobOutcome {
        guard let address = MailAddress(event.email) else { return .completed }
        return try await store.withTransaction { transaction in
            _ = try await transaction.lift(address, because: "the address was confirmed", at: context.now)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
