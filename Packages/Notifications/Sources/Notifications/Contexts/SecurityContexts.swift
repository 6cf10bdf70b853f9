public import Core

/// Lets a person set a new password (NOT-103).
public struct PasswordResetContext: MailContext {
    /// `password_reset`
    public static let template = MailTemplate.passwordReset
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("reset", .link),
        .mandatory("valid_until", .instant),
    ]

    /// The person's name.
    public let name: String
    /// The link that sets the password.
    public let link: MailSecretLink
    /// Until when the link is good.
    public let validUntil: Instant

    /// Makes the values.
    public init(name: String, link: MailSecretLink, validUntil: Instant) {
        self.name = name
        self.link = link
        self.validUntil = validUntil
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "reset": .link(.page(.resetPassword(link))),
            "valid_until": .instant(validUntil),
        ]
    }
}

/// Says that a password was changed (NOT-104).
public struct PasswordChangedContext: MailContext {
    /// `password_changed`
    public static let template = MailTemplate.passwordChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("changed_at", .instant),
        .optional("client", .text),
        .optional("ended_sessions", .integer),
        .optional("keys", .list([.required("key", .text), .required("prefix", .text)])),
    ]

    /// A key that still works.
    public struct Key: Codable, Sendable, Hashable {
        /// What it is called.
        public let name: String
        /// Its first eight characters.
        public let prefix: String

        /// Names a key.
        public init(name: String, prefix: String) {
            self.name = name
            self.prefix = prefix
        }
    }

    /// The person's name.
    public let name: String
    /// When it was changed.
    public let changedAt: Instant
    /// From which kind of program.
    public let client: String?
    /// How many sessions ended.
    public let endedSessions: Int64?
    /// The keys that still work after a reset.
    public let liveKeys: [Key]?

    /// Makes the values.
    public init(name: String, changedAt: Instant, client: String?, endedSessions: Int64?, liveKeys: [Key]?) {
        self.name = name
        self.changedAt = changedAt
        self.client = client
        self.endedSessions = endedSessions
        self.liveKeys = liveKeys
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        let keys = liveKeys ?? []
        return [
            "name": .text(name),
            "changed_at": .instant(changedAt),
            "client": .text(client),
            "ended_sessions": .optional(endedSessions) { .integer($0) },
            "keys": keys.isEmpty ? .absent : .list(keys.map { ["key": .text($0.name), "prefix": .text($0.prefix)] }),
        ]
    }
}

/// Tells the old address that the account has another one now (NOT-106).
public struct EmailChangedContext: MailContext {
    /// `email_changed`
    public static let template = MailTemplate.emailChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("new_address", .text),
        .mandatory("changed_at", .instant),
        .optional("revert", .link),
        .optional("revert_until", .instant),
    ]

    /// The person's name.
    public let name: String
    /// The new address, masked.
    public let newAddress: String
    /// When it was changed.
    public let changedAt: Instant
    /// The link that puts the old address back.
    public let revertLink: MailSecretLink?
    /// Until when that link is good.
    public let revertUntil: Instant?

    /// Makes the values.
    public init(name: String, newAddress: String, changedAt: Instant, revertLink: MailSecretLink?, revertUntil: Instant?) {
        self.name = name
        self.newAddress = newAddress
        self.changedAt = changedAt
        self.revertLink = revertLink
        self.revertUntil = revertUntil
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "new_address": .text(newAddress),
            "changed_at": .instant(changedAt),
            "revert": .optional(revertLink) { .link(.page(.revertEmail($0))) },
            "revert_until": .optional(revertUntil) { .instant($0) },
        ]
    }
}

/// Says that an API key was made (NOT-113).
public struct APIKeyCreatedContext: MailContext {
    /// `api_key_created`
    public static let template = MailTemplate.apiKeyCreated
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("key", .text),
        .mandatory("prefix", .text),
    ]

    /// The person's name.
    public let name: String
    /// What the key is called.
    public let key: String
    /// Its first eight characters.
    public let prefix: String

    /// Makes the values.
    public init(name: String, key: String, prefix: String) {
        self.name = name
        self.key = key
        self.prefix = prefix
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "key": .text(key),
            "prefix": .text(prefix),
        ]
    }
}
