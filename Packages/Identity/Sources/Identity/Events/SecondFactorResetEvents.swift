public import Core
public import Jobs

/// The passkeys and codes of a person will be removed at an instant, because operators were asked to; the person is told, with the link that stops it
/// (NOT-115).
public struct SecondFactorResetScheduled: DomainEvent, Hashable {
    /// `identity.second_factor_reset_scheduled`
    public static let topic = "identity.second_factor_reset_scheduled"
    /// The reset, by whose id the secret of the link is derived.
    public let reset: SecondFactorReset.ID
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When it is carried out, and until when the link is good.
    public let dueAt: Instant

    /// Makes the event.
    public init(reset: SecondFactorReset.ID, user: User, dueAt: Instant) {
        self.reset = reset
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.dueAt = dueAt
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// The passkeys and codes of a person were removed, because operators were asked to; the person is told (NOT-115).
public struct SecondFactorResetCompleted: DomainEvent, Hashable {
    /// `identity.second_factor_reset_completed`
    public static let topic = "identity.second_factor_reset_completed"
    /// The reset.
    public let reset: SecondFactorReset.ID
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When.
    public let at: Instant

    /// Makes the event.
    public init(reset: SecondFactorReset.ID, user: User, at: Instant) {
        self.reset = reset
        self.user = user.id
        email = user.email.description
        name = user.name.description
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}
