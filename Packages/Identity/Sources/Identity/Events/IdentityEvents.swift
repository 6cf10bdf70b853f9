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
    /// The link that says somebody else made the account; its kind is ``LinkToken/Kind/disown``. An account that was proven once has none.
    public let disownLink: LinkToken.ID?
    /// When the link ends.
    public let expiresAt: Instant

    /// Makes the event.
    public init(
        user: User.ID, email: String, name: String, link: LinkToken.ID, disownLink: LinkToken.ID? = nil, expiresAt: Instant
    ) {
        self.user = user
        self.email = email
        self.name = name
        self.link = link
        self.disownLink = disownLink
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
    /// Whether it was set by the mailed link.
    public let isReset: Bool?
    /// The kind of program from which it was changed.
    public let clientFamily: String?
    /// How many sessions ended.
    public let endedSessions: Int?
    /// The keys that still work, after a reset (ID-092).
    public let liveKeys: [APIKeyMention]?

    /// Makes the event.
    public init(
        user: User.ID, email: String, name: String, at: Instant, isReset: Bool? = nil, clientFamily: String? = nil,
        endedSessions: Int? = nil, liveKeys: [APIKeyMention]? = nil
    ) {
        self.user = user
        self.email = email
        self.name = name
        self.at = at
        self.isReset = isReset
        self.clientFamily = clientFamily
        self.endedSessions = endedSessions
        self.liveKeys = liveKeys
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
    /// The link with which the old address can take the change back (ID-099); its kind is ``LinkToken/Kind/emailRevert``.
    public let revertLink: LinkToken.ID?
    /// When that link ends.
    public let revertUntil: Instant?

    /// Makes the event.
    public init(
        user: User.ID, name: String, oldEmail: String, newEmail: String, at: Instant, revertLink: LinkToken.ID? = nil,
        revertUntil: Instant? = nil
    ) {
        self.user = user
        self.name = name
        self.oldEmail = oldEmail
        self.newEmail = newEmail
        self.at = at
        self.revertLink = revertLink
        self.revertUntil = revertUntil
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
    /// The only org it acts for.
    public let org: OrgReference?

    /// Makes the event.
    public init(key: APIKey.ID, prefix: String, keyName: String, user: User.ID, email: String, name: String, org: OrgReference?) {
        self.key = key
        self.prefix = prefix
        self.keyName = keyName
        self.user = user
        self.email = email
        self.name = name
        self.org = org
    }

    /// By account.
    public var eventKey: String { user.description }
}
