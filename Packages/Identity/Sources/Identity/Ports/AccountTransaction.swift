public import Core

/// What a transaction can do over the whole life of an account: mailed links, keys at large, the end.
public protocol AccountTransaction {
    /// The times at which links of a kind were made for a person since an instant, newest first.
    func linkTimes(of user: User.ID, kind: LinkToken.Kind, since: Instant) async throws -> [Instant]

    /// Ends the keys of a person that were made since an instant, or all of them; their rows stay as evidence.
    func revokeKeys(of user: User.ID, madeSince: Instant?, because reason: String, at now: Instant) async throws -> [APIKey.ID]

    /// The keys of a person that work at an instant, newest first.
    func liveKeys(of user: User.ID, at now: Instant) async throws -> [APIKey]
}
