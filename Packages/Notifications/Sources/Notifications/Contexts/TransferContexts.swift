public import Core

/// Asks a person to take an org over (NOT-125).
public struct OwnershipTransferRequestedContext: MailContext {
    /// `ownership_transfer_requested`
    public static let template = MailTemplate.ownershipTransferRequested
    /// What the template may print.
    public static let fields: [MailField] = [
        .required("name", .text),
        .mandatory("org", .text),
        .mandatory("owner", .text),
        .mandatory("kept_role", .text),
        .mandatory("expires_at", .instant),
        .mandatory("page", .link),
    ]

    /// The name of the person who is asked.
    public let name: String
    /// The org's name.
    public let org: String
    /// Who is the owner until then.
    public let owner: String
    /// What the present owner is afterwards.
    public let keptRole: String
    /// Until when it can be accepted.
    public let expiresAt: Instant
    /// The org's id.
    public let orgID: String
    /// The transfer's id.
    public let transferID: String

    /// Makes the values.
    public init(name: String, org: String, owner: String, keptRole: String, expiresAt: Instant, orgID: String, transferID: String) {
        self.name = name
        self.org = org
        self.owner = owner
        self.keptRole = keptRole
        self.expiresAt = expiresAt
        self.orgID = orgID
        self.transferID = transferID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "name": .text(name),
            "org": .text(org),
            "owner": .text(owner),
            "kept_role": .text(keptRole),
            "expires_at": .instant(expiresAt),
            "page": .link(.page(.ownershipTransfer(org: orgID, transfer: transferID))),
        ]
    }
}

/// Says that those who run the product have started a transfer, which owners can stop (NOT-201).
public struct OwnershipTransferByOperatorContext: MailContext {
    /// `ownership_transfer_by_operator`
    public static let template = MailTemplate.ownershipTransferByOperator
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("owner", .text),
        .mandatory("successor", .text),
        .mandatory("kept_role", .text),
        .mandatory("acceptable_at", .instant),
        .mandatory("expires_at", .instant),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// Who is the owner until then.
    public let owner: String
    /// Who is to be owner.
    public let successor: String
    /// What the present owner is afterwards.
    public let keptRole: String
    /// Until when owners can stop it, and from when on it can be accepted.
    public let acceptableAt: Instant
    /// Until when it can be accepted.
    public let expiresAt: Instant
    /// The org's id.
    public let orgID: String
    /// The transfer's id.
    public let transferID: String

    /// Makes the values.
    public init(
        org: String, owner: String, successor: String, keptRole: String, acceptableAt: Instant, expiresAt: Instant, orgID: String,
        transferID: String
    ) {
        self.org = org
        self.owner = owner
        self.successor = successor
        self.keptRole = keptRole
        self.acceptableAt = acceptableAt
        self.expiresAt = expiresAt
        self.orgID = orgID
        self.transferID = transferID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "owner": .text(owner),
            "successor": .text(successor),
            "kept_role": .text(keptRole),
            "acceptable_at": .instant(acceptableAt),
            "expires_at": .instant(expiresAt),
            "page": .link(.page(.ownershipTransfer(org: orgID, transfer: transferID))),
        ]
    }
}

/// Says that an org has a new owner (NOT-126).
public struct OwnershipTransferredContext: MailContext {
    /// `ownership_transferred`
    public static let template = MailTemplate.ownershipTransferred
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("owner", .text),
        .mandatory("successor", .text),
        .mandatory("kept_role", .text),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// Who was the owner until then.
    public let owner: String
    /// Who is the owner now.
    public let successor: String
    /// What the former owner is now.
    public let keptRole: String
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, owner: String, successor: String, keptRole: String, orgID: String) {
        self.org = org
        self.owner = owner
        self.successor = successor
        self.keptRole = keptRole
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "owner": .text(owner),
            "successor": .text(successor),
            "kept_role": .text(keptRole),
            "page": .link(.page(.org(orgID))),
        ]
    }
}

/// Says that a transfer ended without a change (NOT-126).
public struct OwnershipTransferEndedContext: MailContext {
    /// `ownership_transfer_ended`
    public static let template = MailTemplate.ownershipTransferEnded
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("owner", .text),
        .mandatory("successor", .text),
        .required("was_declined", .flag),
        .required("was_withdrawn", .flag),
        .required("has_expired", .flag),
        .required("is_void", .flag),
        .mandatory("page", .link),
    ]

    /// How a transfer ended.
    public enum End: String, Codable, Sendable, Hashable, CaseIterable {
        /// The person who was asked does not want the org.
        case declined
        /// It was taken back or stopped.
        case withdrawn
        /// Its time was over.
        case expired
        /// One of the two, or the org, was not what it must be any more.
        case void
    }

    /// The org's name.
    public let org: String
    /// Who is the owner.
    public let owner: String
    /// Who was to be owner.
    public let successor: String
    /// How it ended.
    public let end: End
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, owner: String, successor: String, end: End, orgID: String) {
        self.org = org
        self.owner = owner
        self.successor = successor
        self.end = end
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "owner": .text(owner),
            "successor": .text(successor),
            "was_declined": .flag(end == .declined),
            "was_withdrawn": .flag(end == .withdrawn),
            "has_expired": .flag(end == .expired),
            "is_void": .flag(end == .void),
            "page": .link(.page(.org(orgID))),
        ]
    }
}
