public import Core

/// Says that support may make changes in an org (NOT-203).
public struct SupportAccessGrantedContext: MailContext {
    /// `support_access_granted`
    public static let template = MailTemplate.supportAccessGranted
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("until", .instant),
        .optional("actor", .text),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// Until when.
    public let until: Instant
    /// The owner who allowed it; `nil` when the person is gone.
    public let actor: String?
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, until: Instant, actor: String?, orgID: String) {
        self.org = org
        self.until = until
        self.actor = actor
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "until": .instant(until),
            "actor": .text(actor),
            "page": .link(.page(.org(orgID))),
        ]
    }
}

/// Says that support may make no more changes in an org (NOT-203).
public struct SupportAccessEndedContext: MailContext {
    /// `support_access_ended`
    public static let template = MailTemplate.supportAccessEnded
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .optional("actor", .text),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// The owner who ended it; `nil` when its time was over.
    public let actor: String?
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, actor: String?, orgID: String) {
        self.org = org
        self.actor = actor
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "actor": .text(actor),
            "page": .link(.page(.org(orgID))),
        ]
    }
}

/// Says that the bills of an org go to another address (NOT-200).
public struct BillingContactChangedContext: MailContext {
    /// `billing_contact_changed`
    public static let template = MailTemplate.billingContactChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .optional("old_address", .text),
        .optional("new_address", .text),
        .optional("actor", .text),
        .mandatory("billing", .link),
    ]

    /// The org's name.
    public let org: String
    /// The address before, masked; `nil` for the owners.
    public let oldAddress: String?
    /// The address now, masked; `nil` for the owners.
    public let newAddress: String?
    /// The owner who changed it; `nil` when the person is gone.
    public let actor: String?
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, oldAddress: String?, newAddress: String?, actor: String?, orgID: String) {
        self.org = org
        self.oldAddress = oldAddress
        self.newAddress = newAddress
        self.actor = actor
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "old_address": .text(oldAddress),
            "new_address": .text(newAddress),
            "actor": .text(actor),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}
