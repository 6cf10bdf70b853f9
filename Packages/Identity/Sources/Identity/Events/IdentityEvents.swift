public import Core
public import Jobs

/// An account was made.
public struct UserRegistered: DomainEvent, Hashable {
    /// `identity.user_registered`
    public static let topic = "identity.user_registered"
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// Its name.
    public let name: String
    /// The org its first session acts for.
    public let org: OrgReference?
    /// Whether it began with its address verified.
    public let isEmailVerified: Bool

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, org: OrgReference?, isEmailVerified: Bool) {
        self.user = user
        self.email = email
        self.name = name
        self.org = org
        self.isEmailVerified = isEmailVerified
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// An address is to be proven: a mail with the link is due. The link's secret is derived from its id where the mail is written (``SecretMaker/linkSecret(of:_:)``).
public struct EmailVerificationRequested: DomainEvent, Hashable {
    /// `identity.email_verification_requested`
    public static let topic = "identity.email_verification_requested"
    /// The account.
    public let user: User.ID
    /// Where the mail goes.
    public let email: String
    /// The name of the person.
    public let name: String
    /// The link.
    public let link: LinkToken.ID
    /// When the link ends.
    public let expiresAt: Instant

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, link: LinkToken.ID, expiresAt: Instant) {
        self.user = user
        self.email = email
        self.name = name
        self.link = link
        self.expiresAt = expiresAt
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// An address was proven.
public struct EmailVerified: DomainEvent, Hashable {
    /// `identity.email_verified`
    public static let topic = "identity.email_verified"
    /// The account.
    public let user: User.ID
    /// The address.
    public let email: String
    /// The name of the person.
    public let name: String

    /// Makes the event.
    public init(user: User.ID, email: String, name: String) {
        self.user = user
        self.email = email
        self.name = name
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A password was changed by its owner.
public struct PasswordChanged: DomainEvent, Hashable {
    /// `identity.password_changed`
    public static let topic = "identity.password_changed"
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String
    /// When it was changed.
    public let at: Instant

    /// Makes the event.
    public init(user: User.ID, email: String, name: String, at: Instant) {
        self.user = user
        self.email = email
        self.name = name
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// An account got another address; the old one is told.
public struct EmailChanged: DomainEvent, Hashable {
    /// `identity.email_changed`
    public static let topic = "identity.email_changed"
    /// The account.
    public let user: User.ID
    /// The name of the person.
    public let name: String
    /// The address it had.
    public let oldEmail: String
    /// The address it has.
    public let newEmail: String
    /// When it was changed.
    public let at: Instant

    /// Makes the event.
    public init(user: User.ID, name: String, oldEmail: String, newEmail: String, at: Instant) {
        self.user = user
        self.name = name
        self.oldEmail = oldEmail
        self.newEmail = newEmail
        self.at = at
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A key was made.
public struct APIKeyCreated: DomainEvent, Hashable {
    /// `identity.api_key_created`
    public static let topic = "identity.api_key_created"
    /// The key.
    public let key: APIKey.ID
    /// Its first eight characters.
    public let prefix: String
    /// What its owner calls it.
    public let keyName: String
    /// The account.
    public let user: User.ID
    /// The account's address.
    public let email: String
    /// The name of the person.
    public let name: String

    /// Makes the event.
    public init(key: APIKey.ID, prefix: String, keyName: String, user: User.ID, email: String, name: String) {
        self.key = key
        self.prefix = prefix
        self.keyName = keyName
        self.user = user
        self.email = email
        self.name = name
    }

    /// By account.
    public var eventKey: String { user.description }
}
