public import Core

/// A new address is to be confirmed (NOT-105).
public struct EmailChangeConfirmContext: MailContext {
    /// `email_change_confirm`
    public static let template = MailTemplate.emailChangeConfirm
    /// Who, the link, and until when it is good.
    public static let fields: [MailField] = [
        .required("name", .text), .mandatory("verify", .link), .mandatory("valid_until", .instant),
    ]

    /// The person's name.
    public let name: String
    /// The link.
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
        ["name": .text(name), "verify": .link(.page(.verifyEmail(link))), "valid_until": .instant(validUntil)]
    }
}

/// An invitation ends soon (NOT-120).
public struct InvitationReminderContext: MailContext {
    /// `invitation_reminder`
    public static let template = MailTemplate.invitationReminder
    /// Who invites where to, as what, the link, and until when it is good.
    public static let fields: [MailField] = [
        .mandatory("inviter", .text), .mandatory("org", .text), .mandatory("role", .text), .mandatory("accept", .link),
        .mandatory("valid_until", .instant),
    ]

    /// Who invites.
    public let inviter: String
    /// The org's name.
    public let org: String
    /// The role that is offered.
    public let role: String
    /// The link.
    public let link: MailSecretLink
    /// Until when the link is good.
    public let validUntil: Instant

    /// Makes the values.
    public init(inviter: String, org: String, role: String, link: MailSecretLink, validUntil: Instant) {
        self.inviter = inviter
        self.org = org
        self.role = role
        self.link = link
        self.validUntil = validUntil
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "inviter": .text(inviter), "org": .text(org), "role": .text(role), "accept": .link(.page(.invitation(link))),
            "valid_until": .instant(validUntil),
        ]
    }
}

/// The last backup of a graph that was destroyed ends soon (NOT-148).
public struct FinalBackupExpiringContext: MailContext {
    /// `final_backup_expiring`
    public static let template = MailTemplate.finalBackupExpiring
    /// Whose, of what, and when it ends.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .mandatory("ends_at", .instant), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// When the backup goes.
    public let endsAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, endsAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.endsAt = endsAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "ends_at": .instant(endsAt), "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}
