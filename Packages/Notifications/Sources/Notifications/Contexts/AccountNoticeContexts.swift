public import Core

/// Says that a person was signed out everywhere (NOT-115).
public struct SessionsEndedContext: MailContext {
    /// `sessions_ended`
    public static let template = MailTemplate.sessionsEnded
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
        .required("was_reuse", .flag),
    ]

    /// The person's name.
    public let name: String
    /// When.
    public let endedAt: Instant
    /// Whether a replaced token had come back, and not the person asked for it.
    public let wasReuse: Bool

    /// Makes the values.
    public init(name: String, endedAt: Instant, wasReuse: Bool) {
        self.name = name
        self.endedAt = endedAt
        self.wasReuse = wasReuse
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(endedAt),
            "was_reuse": .flag(wasReuse),
        ]
    }
}

/// Tells of a sign-in with a program and from a network that are new (NOT-107).
public struct NewSignInContext: MailContext {
    /// `new_sign_in`
    public static let template = MailTemplate.newSignIn
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
        .mandatory("client", .text),
        .mandatory("network", .text),
        .mandatory("security", .link),
    ]

    /// The person's name.
    public let name: String
    /// When.
    public let signedInAt: Instant
    /// The kind of program.
    public let client: String
    /// The network.
    public let network: String

    /// Makes the values.
    public init(name: String, signedInAt: Instant, client: String, network: String) {
        self.name = name
        self.signedInAt = signedInAt
        self.client = client
        self.network = network
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(signedInAt),
            "client": .text(client),
            "network": .text(network),
            "security": .link(.page(.accountSecurity)),
        ]
    }
}

/// Tells the owner of an address that somebody tried to register it (NOT-108).
public struct RegistrationAttemptedContext: MailContext {
    /// `registration_attempted`
    public static let template = MailTemplate.registrationAttempted
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// When.
    public let attemptedAt: Instant

    /// Makes the values.
    public init(name: String, attemptedAt: Instant) {
        self.name = name
        self.attemptedAt = attemptedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(attemptedAt),
        ]
    }
}

/// Warns a person that somebody guesses the password (NOT-108).
public struct SignInAttemptsContext: MailContext {
    /// `sign_in_attempts`
    public static let template = MailTemplate.signInAttempts
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("failures", .integer),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// How many attempts failed in the last 24 hours.
    public let failures: Int64
    /// When.
    public let noticedAt: Instant

    /// Makes the values.
    public init(name: String, failures: Int64, noticedAt: Instant) {
        self.name = name
        self.failures = failures
        self.noticedAt = noticedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "failures": .integer(failures),
            "at": .instant(noticedAt),
        ]
    }
}

/// Says that a change of address was taken back (NOT-106).
public struct EmailChangeRevertedContext: MailContext {
    /// `email_change_reverted`
    public static let template = MailTemplate.emailChangeReverted
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("address", .text),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// The address that the account has again, masked.
    public let address: String
    /// When.
    public let revertedAt: Instant

    /// Makes the values.
    public init(name: String, address: String, revertedAt: Instant) {
        self.name = name
        self.address = address
        self.revertedAt = revertedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "address": .text(address),
            "at": .instant(revertedAt),
        ]
    }
}

/// Reminds a person that an API key ends soon (NOT-114).
public struct APIKeyExpiringContext: MailContext {
    /// `api_key_expiring`
    public static let template = MailTemplate.apiKeyExpiring
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("key", .text),
        .mandatory("prefix", .text),
        .mandatory("expires_at", .instant),
        .optional("last_used", .instant),
    ]

    /// The person's name.
    public let name: String
    /// What the key is called.
    public let key: String
    /// Its first eight characters.
    public let prefix: String
    /// When it ends.
    public let expiresAt: Instant
    /// When it was last used.
    public let lastUsedAt: Instant?

    /// Makes the values.
    public init(name: String, key: String, prefix: String, expiresAt: Instant, lastUsedAt: Instant?) {
        self.name = name
        self.key = key
        self.prefix = prefix
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "key": .text(key),
            "prefix": .text(prefix),
            "expires_at": .instant(expiresAt),
            "last_used": .optional(lastUsedAt) { .instant($0) },
        ]
    }
}

/// Tells of the first use of an API key from a network (NOT-114).
public struct APIKeyNewNetworkContext: MailContext {
    /// `api_key_new_network`
    public static let template = MailTemplate.apiKeyNewNetwork
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("key", .text),
        .mandatory("prefix", .text),
        .mandatory("network", .text),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// What the key is called.
    public let key: String
    /// Its first eight characters.
    public let prefix: String
    /// The network.
    public let network: String
    /// When.
    public let usedAt: Instant

    /// Makes the values.
    public init(name: String, key: String, prefix: String, network: String, usedAt: Instant) {
        self.name = name
        self.key = key
        self.prefix = prefix
        self.network = network
        self.usedAt = usedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "key": .text(key),
            "prefix": .text(prefix),
            "network": .text(network),
            "at": .instant(usedAt),
        ]
    }
}
