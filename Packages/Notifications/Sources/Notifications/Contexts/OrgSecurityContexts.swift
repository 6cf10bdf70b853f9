public import Core

/// Says that support may make changes in an org (NOT-203).
public struct SupportAccessGrantedContext: MailContext {
    /// `support_access_granted`
    public static let template = MailTemplate.supportAccessGranted
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("until", .instant),
        .mandatory("page", .link),
    ]

    /// The org's name.
    public let org: String
    /// Until when.
    public let until: Instant
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, until: Instant, orgID: String) {
        self.org = org
        self.until = until
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "until": .instant(until),
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

/// Says that the bills of an org go to another address (NOT-200).
public struct BillingContactChangedContext: MailContext {
    /// `billing_contact_changed`
    public static let template = MailTemplate.billingContactChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .optional("old_address", .text),
        .optional("new_address", .text),
        .mandatory("billing", .link),
    ]

    /// The org's name.
    public let org: String
    /// The address before, masked; `nil` for the owners.
    public let oldAddress: String?
    /// The address now, masked; `nil` for the owners.
    public let newAddress: String?
    /// The org's id.
    public let orgID: String

    /// Makes the values.
    public init(org: String, oldAddress: String?, newAddress: String?, orgID: String) {
        self.org = org
        self.oldAddress = oldAddress
        self.newAddress = newAddress
        self.orgID = orgID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "old_address": .text(oldAddress),
            "new_address": .text(newAddress),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}
