public import Core

/// What was owed was paid (NOT-138).
public struct PaymentRecoveredContext: MailContext {
    /// `payment_recovered`
    public static let template = MailTemplate.paymentRecovered
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("plan", .text),
        .optional("renews_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// When it renews.
    public let renewsAt: Instant?

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, renewsAt: Instant?) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.renewsAt = renewsAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "plan": .text(plan),
            "renews_at": .optional(renewsAt) { .instant($0) },
        ]
    }
}

/// What is not paid for can be read only (NOT-139).
public struct PaymentAccessLimitedContext: MailContext {
    /// `payment_access_limited`
    public static let template = MailTemplate.paymentAccessLimited
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("resource", .text),
        .optional("amount", .money),
        .optional("deadline", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What it is about.
    public let resource: String
    /// How much is owed.
    public let amount: Money?
    /// When it ends.
    public let deadline: Instant?

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, amount: Money?, deadline: Instant?) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.amount = amount
        self.deadline = deadline
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "resource": .text(resource),
            "amount": .optional(amount) { .money($0) },
            "deadline": .optional(deadline) { .instant($0) },
        ]
    }
}

/// One day is left to pay (NOT-139).
public struct PaymentFinalNoticeContext: MailContext {
    /// `payment_final_notice`
    public static let template = MailTemplate.paymentFinalNotice
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("resource", .text),
        .optional("amount", .money),
        .mandatory("deadline", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What it is about.
    public let resource: String
    /// How much is owed.
    public let amount: Money?
    /// When it ends.
    public let deadline: Instant

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, amount: Money?, deadline: Instant) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.amount = amount
        self.deadline = deadline
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "resource": .text(resource),
            "amount": .optional(amount) { .money($0) },
            "deadline": .instant(deadline),
        ]
    }
}

/// A subscription ended because it was not paid for (NOT-139).
public struct PaymentEndedContext: MailContext {
    /// `payment_ended`
    public static let template = MailTemplate.paymentEnded
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("resource", .text),
        .mandatory("ended_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What it is about.
    public let resource: String
    /// When it ended.
    public let endedAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, endedAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.endedAt = endedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "resource": .text(resource),
            "ended_at": .instant(endedAt),
        ]
    }
}

/// A change to another plan is done (NOT-143).
public struct PlanChangedContext: MailContext {
    /// `plan_changed`
    public static let template = MailTemplate.planChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("resource", .text),
        .mandatory("plan", .text),
        .mandatory("old_plan", .text),
        .optional("amount", .money),
        .required("interval", .text),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What it is about.
    public let resource: String
    /// The plan it is on now.
    public let plan: String
    /// The plan it was on.
    public let oldPlan: String
    /// What it costs now.
    public let amount: Money?
    /// How often that is.
    public let interval: String

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, plan: String, oldPlan: String, amount: Money?, interval: String) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.plan = plan
        self.oldPlan = oldPlan
        self.amount = amount
        self.interval = interval
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "resource": .text(resource),
            "plan": .text(plan),
            "old_plan": .text(oldPlan),
            "amount": .optional(amount) { .money($0) },
            "interval": .text(interval),
        ]
    }
}
