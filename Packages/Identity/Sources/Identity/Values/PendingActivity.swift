public import Core

/// A use of a credential that an idle case of its owner is waiting for.
public struct PendingActivity: Sendable, Hashable, Codable {
    /// The person.
    public let user: User.ID
    /// The session that was used.
    public let session: Session.ID?
    /// The generation of its token.
    public let generation: Int?
    /// The key that was used.
    public let key: APIKey.ID?
    /// When.
    public let at: Instant

    /// Names a use.
    public init(user: User.ID, session: Session.ID?, generation: Int?, key: APIKey.ID?, at: Instant) {
        self.user = user
        self.session = session
        self.generation = generation
        self.key = key
        self.at = at
    }
}
