public import Core
public import Jobs

/// A change of address was taken back by the link that the old address got (NOT-106); the address is the account's again.
public struct EmailChangeReverted: DomainEvent, Hashable {
    /// `identity.email_change_reverted`
    public static let topic = "identity.email_change_reverted"
    /// The account.
    public let user: User.ID
    /// The name of the person.
    public let name: String
    /// The address that is the account's again.
    public let restoredEmail: String
    /// The address it had for a while.
    public let abandonedEmail: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(user: User.ID, name: String, restoredEmail: String, abandonedEmail: String, at: Instant) {
        self.user = user
        self.name = name
        self.restoredEmail = restoredEmail
        self.abandonedEmail = abandonedEmail
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A key as a mail shows it.
public struct APIKeyMention: Codable, Sendable, Hashable {
    /// What its owner calls it.
    public let name: String
    /// Its first eight characters.
    public let prefix: String

    /// Mentions a key.
    public init(_ key: APIKey) {
        name = key.label.name
        prefix = key.prefix
    }
}
