public import Core

/// Asks a person to confirm an address (NOT-101).
public struct EmailVerificationContext: MailContext {
    /// `email_verification`
    public static let template = MailTemplate.emailVerification
    /// Name, the two links, and until when the first is good.
    public static let fields: [MailField] = [
        .required("name", .text), .mandatory("verify", .link), .optional("disown", .link), .mandatory("valid_until", .instant),
    ]

    /// The person's name.
    public let name: String
    /// The link that confirms.
    public let link: MailSecretLink
    /// The link that says it was somebody else.
    public let disownLink: MailSecretLink?
    /// Until when the link is good.
    public let validUntil: Instant

    /// Makes the values.
    public init(name: String, link: MailSecretLink, disownLink: MailSecretLink?, validUntil: Instant) {
        self.name = name
        self.link = link
        self.disownLink = disownLink
        self.validUntil = validUntil
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name), "verify": .link(.page(.verifyEmail(link))),
            "disown": .optional(disownLink) { .link(.page(.disownEmail($0))) }, "valid_until": .instant(validUntil),
        ]
    }
}

/// Tells a person that an account whose address was never confirmed will be removed (NOT-101).
public struct UnverifiedRemovalWarningContext: MailContext {
    /// `unverified_removal_warning`
    public static let template = MailTemplate.unverifiedRemovalWarning
    /// Name, when it goes, where a new link is asked for, and the link of somebody who never made the account.
    public static let fields: [MailField] = [
        .required("name", .text), .mandatory("removed_at", .instant), .mandatory("account", .link), .optional("disown", .link),
    ]

    /// The person's name.
    public let name: String
    /// When it is removed.
    public let removedAt: Instant
    /// The link that says it was somebody else.
    public let disownLink: MailSecretLink?

    /// Makes the values.
    public init(name: String, removedAt: Instant, disownLink: MailSecretLink?) {
        self.name = name
        self.removedAt = removedAt
        self.disownLink = disownLink
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name), "removed_at": .instant(removedAt), "account": .link(.page(.accountSecurity)),
            "disown": .optional(disownLink) { .link(.page(.disownEmail($0))) },
        ]
    }
}

/// Greets a person whose address is confirmed (NOT-102).
public struct WelcomeContext: MailContext {
    /// `welcome`
    public static let template = MailTemplate.welcome
    /// Name, workspace and its page.
    public static let fields: [MailField] = [.required("name", .text), .mandatory("org", .text), .mandatory("start", .link)]

    /// The person's name.
    public let name: String
    /// The workspace's name.
    public let org: String
    /// The workspace's id.
    public let orgID: String

    /// Makes the values.
    public init(name: String, org: String, orgID: String) {
        self.name = name
        self.org = org
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        ["name": .text(name), "org": .text(org), "start": .link(.page(.org(orgID)))]
    }
}

/// Asks somebody to join an org (NOT-119).
public struct OrgInvitationContext: MailContext {
    /// `org_invitation`
    public static let template = MailTemplate.orgInvitation
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
