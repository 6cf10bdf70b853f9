public import Core

/// Says that a passkey was added (NOT-109).
public struct PasskeyEnrolledContext: MailContext {
    /// `passkey_enrolled`
    public static let template = MailTemplate.passkeyEnrolled
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("passkey", .text),
        .mandatory("enrolled_at", .instant),
        .required("security", .link),
    ]

    /// The person's name.
    public let name: String
    /// What the passkey is called.
    public let passkey: String
    /// When it was added.
    public let enrolledAt: Instant

    /// Makes the values.
    public init(name: String, passkey: String, enrolledAt: Instant) {
        self.name = name
        self.passkey = passkey
        self.enrolledAt = enrolledAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "passkey": .text(passkey),
            "enrolled_at": .instant(enrolledAt),
            "security": .link(.page(.accountSecurity)),
        ]
    }
}

/// Says that a passkey was removed (NOT-110).
public struct PasskeyRemovedContext: MailContext {
    /// `passkey_removed`
    public static let template = MailTemplate.passkeyRemoved
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("passkey", .text),
        .mandatory("left", .integer),
        .mandatory("removed_at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// What the passkey was called.
    public let passkey: String
    /// How many are left.
    public let left: Int64
    /// When it was removed.
    public let removedAt: Instant

    /// Makes the values.
    public init(name: String, passkey: String, left: Int64, removedAt: Instant) {
        self.name = name
        self.passkey = passkey
        self.left = left
        self.removedAt = removedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "passkey": .text(passkey),
            "left": .integer(left),
            "removed_at": .instant(removedAt),
        ]
    }
}

/// Says that the counter of a passkey went back (NOT-110).
public struct PasskeyCounterWarningContext: MailContext {
    /// `passkey_counter_warning`
    public static let template = MailTemplate.passkeyCounterWarning
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("passkey", .text),
        .mandatory("used_at", .instant),
        .required("security", .link),
    ]

    /// The person's name.
    public let name: String
    /// What the passkey is called.
    public let passkey: String
    /// When it was used.
    public let usedAt: Instant

    /// Makes the values.
    public init(name: String, passkey: String, usedAt: Instant) {
        self.name = name
        self.passkey = passkey
        self.usedAt = usedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "passkey": .text(passkey),
            "used_at": .instant(usedAt),
            "security": .link(.page(.accountSecurity)),
        ]
    }
}

/// Says that recovery codes were made or replaced (NOT-111).
public struct RecoveryCodesChangedContext: MailContext {
    /// `recovery_codes_changed`
    public static let template = MailTemplate.recoveryCodesChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("changed_at", .instant),
        .required("replaced", .flag),
    ]

    /// The person's name.
    public let name: String
    /// When they were made.
    public let changedAt: Instant
    /// Whether there were codes before.
    public let isReplacement: Bool

    /// Makes the values.
    public init(name: String, changedAt: Instant, isReplacement: Bool) {
        self.name = name
        self.changedAt = changedAt
        self.isReplacement = isReplacement
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "changed_at": .instant(changedAt),
            "replaced": .flag(isReplacement),
        ]
    }
}

/// Says that a recovery code was used (NOT-112).
public struct RecoveryCodeUsedContext: MailContext {
    /// `recovery_code_used`
    public static let template = MailTemplate.recoveryCodeUsed
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("left", .integer),
        .required("low", .flag),
        .mandatory("used_at", .instant),
        .required("security", .link),
    ]

    /// The person's name.
    public let name: String
    /// How many are left.
    public let left: Int64
    /// Whether it is time to make new ones.
    public let isLow: Bool
    /// When it was used.
    public let usedAt: Instant

    /// Makes the values.
    public init(name: String, left: Int64, isLow: Bool, usedAt: Instant) {
        self.name = name
        self.left = left
        self.isLow = isLow
        self.usedAt = usedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "left": .integer(left),
            "low": .flag(isLow),
            "used_at": .instant(usedAt),
            "security": .link(.page(.accountSecurity)),
        ]
    }
}

/// Says that our support will remove a lost second factor, and how to stop it; or that it has (NOT-115).
public struct MFAResetContext: MailContext {
    /// `mfa_reset`
    public static let template = MailTemplate.mfaReset
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
        .optional("stop", .link),
    ]

    /// The person's name.
    public let name: String
    /// When it is removed, and until when the link is good; or when it was.
    public let at: Instant
    /// The link that stops it; `nil` when it is done.
    public let stopLink: MailSecretLink?

    /// Makes the values.
    public init(name: String, at: Instant, stopLink: MailSecretLink?) {
        self.name = name
        self.at = at
        self.stopLink = stopLink
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(at),
            "stop": stopLink.map { .link(.page(.stopMFAReset($0))) } ?? .absent,
        ]
    }
}
