internal import Audit
internal import Core
public import Identity
public import Jobs

/// Tells a person in the product that few recovery codes are left (ID-131).
public struct LowRecoveryCodeNotices<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = RecoveryCodeUsed
    /// `notifications.tell_of_low_recovery_codes`
    public static var name: String { "notifications.tell_of_low_recovery_codes" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// A notice for each code from the one on that leaves two, in place of the one before; twice is once.
    public func handle(_ event: RecoveryCodeUsed, context: JobContext) async throws -> JobOutcome {
        guard event.isLow else { return .completed }
        try await store.withTransaction { transaction in
            _ = try await transaction.post(
                Notice(
                    id: .make(at: context.now), user: event.user, kind: .recoveryCodesLow, severity: .warning,
                    decision: "\(RecoveryCodeUsed.topic)/\(event.user)/\(event.at)", org: nil, subscription: nil,
                    resource: "recovery_codes",
                    via: "left_\(event.left)", renewsAt: nil, createdAt: context.now))
        }
        return .completed
    }
}

/// Takes that notice away when there are new codes, or none that anybody needs (ID-131).
public struct RenewedRecoveryCodeNotices<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = RecoveryCodesChanged
    /// `notifications.clear_low_recovery_codes`
    public static var name: String { "notifications.clear_low_recovery_codes" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice is once.
    public func handle(_ event: RecoveryCodesChanged, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction { try await $0.clearNotices(.recoveryCodesLow, of: event.user, at: context.now) }
        return .completed
    }
}
