public import Core
public import Jobs

/// Somebody tries passwords for an account from networks it does not know, 50 times a day or more: its owner is told, once a day (SEC-022).
public struct AccountUnderAttack: DomainEvent, Hashable {
    /// `identity.account_under_attack`
    public static let topic = "identity.account_under_attack"
    /// The account.
    public let user: User.ID
    /// Where the mail goes.
    public let email: String
    /// The name of the person.
    public let name: String
    /// How many attempts failed in the last 24 hours.
    public let failures: Int
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, failures: Int, at: Instant) {
        self.user = user
        self.email = email
        self.name = name
        self.failures = failures
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}
