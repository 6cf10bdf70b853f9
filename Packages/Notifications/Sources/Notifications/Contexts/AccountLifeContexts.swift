public import Core

/// Says that an account will be deleted, and lets the person take it back (NOT-117).
public struct AccountDeletionScheduledContext: MailContext {
    /// `account_deletion_scheduled`
    public static let template = MailTemplate.accountDeletionScheduled
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("purge_at", .instant),
        .mandatory("cancel", .link),
        .optional("orgs", .list([.required("org", .text)])),
    ]

    /// The person's name.
    public let name: String
    /// When it is deleted, and until when the link is good.
    public let purgeAt: Instant
    /// The link that takes it back.
    public let link: MailSecretLink
    /// The names of the orgs that end with it.
    public let endingOrgs: [String]

    /// Makes the values.
    public init(name: String, purgeAt: Instant, link: MailSecretLink, endingOrgs: [String]) {
        self.name = name
        self.purgeAt = purgeAt
        self.link = link
        self.endingOrgs = endingOrgs
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "purge_at": .instant(purgeAt),
            "cancel": .link(.page(.cancelDeletion(link))),
            "orgs": endingOrgs.isEmpty ? .absent : .list(endingOrgs.map { ["org": .text($0)] }),
        ]
    }
}

/// Says that the deletion of an account was taken back (NOT-117).
public struct AccountDeletionCanceledContext: MailContext {
    /// `account_deletion_canceled`
    public static let template = MailTemplate.accountDeletionCanceled
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// When.
    public let canceledAt: Instant

    /// Makes the values.
    public init(name: String, canceledAt: Instant) {
        self.name = name
        self.canceledAt = canceledAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(canceledAt),
        ]
    }
}

/// Says that an account was deleted (NOT-117).
public struct AccountDeletedContext: MailContext {
    /// `account_deleted`
    public static let template = MailTemplate.accountDeleted
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// When.
    public let deletedAt: Instant

    /// Makes the values.
    public init(name: String, deletedAt: Instant) {
        self.name = name
        self.deletedAt = deletedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(deletedAt),
        ]
    }
}

/// Says that an account was switched off (NOT-116).
public struct AccountDeactivatedContext: MailContext {
    /// `account_deactivated`
    public static let template = MailTemplate.accountDeactivated
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
        .required("is_decision", .flag),
        .required("has_no_org", .flag),
    ]

    /// Why, as far as the person is told.
    public enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        /// Those who run the product decided it.
        case decision
        /// It belonged to no org any more.
        case noOrg = "no_org"
    }

    /// The person's name.
    public let name: String
    /// When.
    public let deactivatedAt: Instant
    /// Why.
    public let cause: Cause

    /// Makes the values.
    public init(name: String, deactivatedAt: Instant, cause: Cause) {
        self.name = name
        self.deactivatedAt = deactivatedAt
        self.cause = cause
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(deactivatedAt),
            "is_decision": .flag(cause == .decision),
            "has_no_org": .flag(cause == .noOrg),
        ]
    }
}

/// Says that an account was switched on again (NOT-116).
public struct AccountReactivatedContext: MailContext {
    /// `account_reactivated`
    public static let template = MailTemplate.accountReactivated
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// When.
    public let reactivatedAt: Instant

    /// Makes the values.
    public init(name: String, reactivatedAt: Instant) {
        self.name = name
        self.reactivatedAt = reactivatedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "at": .instant(reactivatedAt),
        ]
    }
}
