public import Core

/// Says that an invitation was accepted (NOT-121).
public struct MemberJoinedContext: MailContext {
    /// `member_joined`
    public static let template = MailTemplate.memberJoined
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("person", .text),
        .mandatory("org", .text),
        .mandatory("role", .text),
        .mandatory("members", .link),
    ]

    /// Who joined.
    public let person: String
    /// The org's name.
    public let org: String
    /// As what.
    public let role: String
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(person: String, org: String, role: String, orgID: String) {
        self.person = person
        self.org = org
        self.role = role
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "person": .text(person),
            "org": .text(org),
            "role": .text(role),
            "members": .link(.page(.org(orgID))),
        ]
    }
}

/// Tells a person of belonging to an org without having been invited (NOT-202).
public struct MemberAddedContext: MailContext {
    /// `member_added`
    public static let template = MailTemplate.memberAdded
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("org", .text),
        .mandatory("role", .text),
        .required("is_import", .flag),
        .mandatory("members", .link),
    ]

    /// The person's name.
    public let name: String
    /// The org's name.
    public let org: String
    /// As what.
    public let role: String
    /// Whether the org was taken over from another installation, with its people.
    public let isImport: Bool
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(name: String, org: String, role: String, isImport: Bool, orgID: String) {
        self.name = name
        self.org = org
        self.role = role
        self.isImport = isImport
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "org": .text(org),
            "role": .text(role),
            "is_import": .flag(isImport),
            "members": .link(.page(.org(orgID))),
        ]
    }
}

/// Tells a person of having been removed from an org (NOT-122).
public struct MemberRemovedContext: MailContext {
    /// `member_removed`
    public static let template = MailTemplate.memberRemoved
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("org", .text),
        .mandatory("at", .instant),
    ]

    /// The person's name.
    public let name: String
    /// The org's name.
    public let org: String
    /// When.
    public let removedAt: Instant

    /// Makes the values.
    public init(name: String, org: String, removedAt: Instant) {
        self.name = name
        self.org = org
        self.removedAt = removedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "org": .text(org),
            "at": .instant(removedAt),
        ]
    }
}

/// Says that a person left an org (NOT-123).
public struct MemberLeftContext: MailContext {
    /// `member_left`
    public static let template = MailTemplate.memberLeft
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("person", .text),
        .mandatory("org", .text),
        .mandatory("members", .link),
    ]

    /// Who left.
    public let person: String
    /// The org's name.
    public let org: String
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(person: String, org: String, orgID: String) {
        self.person = person
        self.org = org
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "person": .text(person),
            "org": .text(org),
            "members": .link(.page(.org(orgID))),
        ]
    }
}

/// Says that the role of a person in an org changed (NOT-124).
public struct RoleChangedContext: MailContext {
    /// `role_changed`
    public static let template = MailTemplate.roleChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("person", .text),
        .mandatory("org", .text),
        .mandatory("role", .text),
        .mandatory("old_role", .text),
        .required("is_own", .flag),
        .mandatory("members", .link),
    ]

    /// Whose role it is.
    public let person: String
    /// The org's name.
    public let org: String
    /// The role now.
    public let role: String
    /// The role before.
    public let oldRole: String
    /// Whether the recipient is that person.
    public let isOwn: Bool
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(person: String, org: String, role: String, oldRole: String, isOwn: Bool, orgID: String) {
        self.person = person
        self.org = org
        self.role = role
        self.oldRole = oldRole
        self.isOwn = isOwn
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "person": .text(person),
            "org": .text(org),
            "role": .text(role),
            "old_role": .text(oldRole),
            "is_own": .flag(isOwn),
            "members": .link(.page(.org(orgID))),
        ]
    }
}
