public import Core
public import Notifications

extension PostgresNotificationStore {
    /// Whether an address is on the list of those that take no mail at an instant.
    public func isSuppressed(_ address: MailAddress, at now: Instant) async throws -> Bool {
        try await withTransaction { try await $0.suppression(of: address, at: now) != nil }
    }
}
