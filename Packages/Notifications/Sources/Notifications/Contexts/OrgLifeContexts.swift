public import Core

/// Says that an org was switched off and will be erased (NOT-127).
public struct OrgDeletionScheduledContext: MailContext {
    /// `org_deletion_scheduled`
    public static let template = MailTemplate.orgDeletionScheduled
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("erased_at", .instant),
        .mandatory("undo", .link),
    ]

    /// The org's name.
    public let org: String
    /// When it is erased.
    public let erasedAt: Instant
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, erasedAt: Instant, orgID: String) {
        self.org = org
        self.erasedAt = erasedAt
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "erased_at": .instant(erasedAt),
            "undo": .link(.page(.org(orgID))),
        ]
    }
}

/// Warns that an org is erased soon (NOT-128).
public struct OrgDeletionReminderContext: MailContext {
    /// `org_deletion_reminder`
    public static let template = MailTemplate.orgDeletionReminder
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("days", .integer),
        .required("is_last_day", .flag),
        .mandatory("erased_at", .instant),
        .mandatory("undo", .link),
    ]

    /// The org's name.
    public let org: String
    /// How many days are left.
    public let days: Int64
    /// When it is erased.
    public let erasedAt: Instant
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, days: Int64, erasedAt: Instant, orgID: String) {
        self.org = org
        self.days = days
        self.erasedAt = erasedAt
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "days": .integer(days),
            "is_last_day": .flag(days == 1),
            "erased_at": .instant(erasedAt),
            "undo": .link(.page(.org(orgID))),
        ]
    }
}

/// Says that the deletion of an org was taken back (NOT-129).
public struct OrgDeletionCanceledContext: MailContext {
    /// `org_deletion_canceled`
    public static let template = MailTemplate.orgDeletionCanceled
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, orgID: String) {
        self.org = org
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "page": .link(.page(.org(orgID))),
        ]
    }
}

/// Says that an org was erased (NOT-129).
public struct OrgDeletedContext: MailContext {
    /// `org_deleted`
    public static let template = MailTemplate.orgDeleted
    /// What the template may print.
    public static let fields: [MailField] = [.mandatory("org", .text)]

    /// The org's id: its name is gone with it.
    public let org: String

    /// Makes the values.
    public init(org: String) {
        self.org = org
    }

    /// The values of the fields.
    public var values: [String: MailValue] { ["org": .text(org)] }
}

/// Says that an org became read-only (NOT-199).
public struct OrgFrozenContext: MailContext {
    /// `org_frozen`
    public static let template = MailTemplate.orgFrozen
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("cause", .text),
    ]

    /// The org's name.
    public let org: String
    /// The class of reasons.
    public let cause: String

    /// Makes the values.
    public init(org: String, cause: String) {
        self.org = org
        self.cause = cause
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "cause": .text(cause),
        ]
    }
}

/// Says that an org works again (NOT-199).
public struct OrgThawedContext: MailContext {
    /// `org_thawed`
    public static let template = MailTemplate.orgThawed
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, orgID: String) {
        self.org = org
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "page": .link(.page(.org(orgID))),
        ]
    }
}

/// Says that a limit of an org is nearly used up (NOT-159).
public struct LimitWarningContext: MailContext {
    /// `limit_warning`
    public static let template = MailTemplate.limitWarning
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("limit", .text),
        .mandatory("used", .integer),
        .mandatory("maximum", .integer),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// What is limited.
    public let limit: String
    /// How much is used.
    public let used: Int64
    /// How much there may be.
    public let maximum: Int64
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, limit: String, used: Int64, maximum: Int64, orgID: String) {
        self.org = org
        self.limit = limit
        self.used = used
        self.maximum = maximum
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "limit": .text(limit),
            "used": .integer(used),
            "maximum": .integer(maximum),
            "page": .link(.page(.org(orgID))),
        ]
    }
}
