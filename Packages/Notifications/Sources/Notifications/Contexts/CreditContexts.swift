public import Core

/// Money goes back, or did not arrive (NOT-155).
public struct RefundIssuedContext: MailContext {
    /// `refund_issued`
    public static let template = MailTemplate.refundIssued
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("amount", .money),
        .required("has_failed", .flag),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// How much.
    public let amount: Money
    /// Whether it came back to us after all.
    public let hasFailed: Bool

    /// Makes the values.
    public init(org: String, orgID: String, amount: Money, hasFailed: Bool) {
        self.org = org
        self.orgID = orgID
        self.amount = amount
        self.hasFailed = hasFailed
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "amount": .money(amount),
            "has_failed": .flag(hasFailed),
        ]
    }
}

/// An org was given credit (NOT-155).
public struct AccountCreditIssuedContext: MailContext {
    /// `account_credit_issued`
    public static let template = MailTemplate.accountCreditIssued
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("amount", .money),
        .mandatory("balance", .money),
        .optional("expires_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// How much.
    public let amount: Money
    /// How much there is now.
    public let balance: Money
    /// When it ends.
    public let expiresAt: Instant?

    /// Makes the values.
    public init(org: String, orgID: String, amount: Money, balance: Money, expiresAt: Instant?) {
        self.org = org
        self.orgID = orgID
        self.amount = amount
        self.balance = balance
        self.expiresAt = expiresAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "amount": .money(amount),
            "balance": .money(balance),
            "expires_at": .optional(expiresAt) { .instant($0) },
        ]
    }
}

/// Credit that was not used ends soon (NOT-155).
public struct AccountCreditExpiringContext: MailContext {
    /// `account_credit_expiring`
    public static let template = MailTemplate.accountCreditExpiring
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("amount", .money),
        .mandatory("expires_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// How much is left.
    public let amount: Money
    /// When it ends.
    public let expiresAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, amount: Money, expiresAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.amount = amount
        self.expiresAt = expiresAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "amount": .money(amount),
            "expires_at": .instant(expiresAt),
        ]
    }
}

/// Credits of a graph run low (NOT-157).
public struct CreditsLowContext: MailContext {
    /// `credits_low`
    public static let template = MailTemplate.creditsLow
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("resource", .text),
        .mandatory("percent", .integer),
        .mandatory("refill_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The graph.
    public let resource: String
    /// How many of a hundred are left.
    public let percent: Int64
    /// When there are new ones.
    public let refillAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, percent: Int64, refillAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.percent = percent
        self.refillAt = refillAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "resource": .text(resource),
            "percent": .integer(percent),
            "refill_at": .instant(refillAt),
        ]
    }
}

/// Credits of a graph are used up (NOT-157).
public struct CreditsExhaustedContext: MailContext {
    /// `credits_exhausted`
    public static let template = MailTemplate.creditsExhausted
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("resource", .text),
        .mandatory("refill_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The graph.
    public let resource: String
    /// When there are new ones.
    public let refillAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, refillAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.refillAt = refillAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "resource": .text(resource),
            "refill_at": .instant(refillAt),
        ]
    }
}
