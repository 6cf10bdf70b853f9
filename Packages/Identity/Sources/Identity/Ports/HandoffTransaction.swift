public import Core

/// What a transaction can do with sign-ins on their way to sister apps.
public protocol HandoffTransaction {
    /// Stores a new handoff.
    func insert(_ handoff: Handoff, digest: SecretDigest, at now: Instant) async throws

    /// Swaps a token for a ticket, once, while its session lives.
    func exchangeHandoff(
        _ token: SecretDigest, for app: String, ticket: SecretDigest, ticketExpiresAt: Instant, at now: Instant
    ) async throws -> HandoffStep

    /// Uses a ticket up, once.
    func completeHandoff(_ ticket: SecretDigest, at now: Instant) async throws -> HandoffStep

    /// Notes which session another one was made from.
    func setParent(_ parent: Session.ID, of session: Session.ID) async throws
}
