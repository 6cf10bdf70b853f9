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
    ]

    /// The person's name.
    public let name: String
    /// When it was changed.
    public let changedAt: Instant

    /// Makes the values.
    public init(name: String, changedAt: Instant) {
        self.name = name
        self.changedAt = changedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "changed_at": .instant(changedAt),
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
    ]

    /// The person's name.
    public let name: String
    /// The new address, masked.
    public let newAddress: String
    /// When it was changed.
    public let changedAt: Instant

    /// Makes the values.
    public init(name: String, newAddress: String, changedAt: Instant) {
        self.name = name
        self.newAddress = newAddress
        self.changedAt = changedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "new_address": .text(newAddress),
            "changed_at": .instant(changedAt),
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
