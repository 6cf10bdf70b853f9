public import Core

/// Says that a subscription began (NOT-130).
public struct SubscriptionStartedContext: MailContext {
    /// `subscription_started`
    public static let template = MailTemplate.subscriptionStarted
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .optional("resource", .text), .mandatory("amount", .money),
        .mandatory("interval", .text), .optional("renews_at", .instant), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// What it is for, by name.
    public let resource: String?
    /// The price of one period.
    public let amount: Money
    /// The period: `month` or `year`.
    public let interval: String
    /// When the next period begins.
    public let renewsAt: Instant?

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, resource: String?, amount: Money, interval: String, renewsAt: Instant?) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.resource = resource
        self.amount = amount
        self.interval = interval
        self.renewsAt = renewsAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "plan": .text(plan), "resource": .text(resource), "amount": .money(amount),
            "interval": .text(interval), "renews_at": .optional(renewsAt) { .instant($0) },
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that what was paid for could not be made (NOT-131).
public struct ProvisioningFailedContext: MailContext {
    /// `provisioning_failed`
    public static let template = MailTemplate.provisioningFailed
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("resource", .text), .mandatory("cause", .text), .required("is_refunded", .flag),
        .optional("amount", .money), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What was to be made.
    public let resource: String
    /// The class of the cause, as the end of a sentence.
    public let cause: String
    /// Whether money was taken and goes back.
    public let isRefunded: Bool
    /// What was taken and goes back (GRA-019); `nil` when nothing was.
    public let amount: Money?

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, cause: String, isRefunded: Bool, amount: Money?) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.cause = cause
        self.isRefunded = isRefunded
        self.amount = amount
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "resource": .text(resource), "cause": .text(cause), "is_refunded": .flag(isRefunded),
            "amount": .optional(amount) { .money($0) },
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that an invoice was paid (NOT-133).
public struct PaymentReceiptContext: MailContext {
    /// `payment_receipt`
    public static let template = MailTemplate.paymentReceipt
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("number", .text), .mandatory("amount", .money), .mandatory("paid_at", .instant),
        .optional("plan", .text), .optional("period_start", .instant), .optional("period_end", .instant),
        .optional("invoice", .link), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The number of the invoice.
    public let number: String
    /// How much was paid.
    public let amount: Money
    /// When it was paid.
    public let paidAt: Instant
    /// What it was for.
    public let plan: String?
    /// When the period begins.
    public let periodStart: Instant?
    /// When the period ends.
    public let periodEnd: Instant?
    /// The page of the invoice at the provider.
    public let hostedURL: String?

    /// Makes the values.
    public init(
        org: String, orgID: String, number: String, amount: Money, paidAt: Instant, plan: String?, periodStart: Instant?,
        periodEnd: Instant?, hostedURL: String?
    ) {
        self.org = org
        self.orgID = orgID
        self.number = number
        self.amount = amount
        self.paidAt = paidAt
        self.plan = plan
        self.periodStart = periodStart
        self.periodEnd = periodEnd
        self.hostedURL = hostedURL
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "number": .text(number), "amount": .money(amount), "paid_at": .instant(paidAt), "plan": .text(plan),
            "period_start": .optional(periodStart) { .instant($0) }, "period_end": .optional(periodEnd) { .instant($0) },
            "invoice": .optional(hostedURL) { .link(.providerPage($0)) }, "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that a renewal could not be charged (NOT-136).
public struct PaymentFailedContext: MailContext {
    /// `payment_failed`
    public static let template = MailTemplate.paymentFailed
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .optional("amount", .money), .optional("next_attempt", .instant),
        .optional("deadline", .instant), .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// How much is owed.
    public let amount: Money?
    /// When the provider tries again.
    public let nextAttempt: Instant?
    /// When the next consequence comes.
    public let deadline: Instant?

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, amount: Money?, nextAttempt: Instant?, deadline: Instant?) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.amount = amount
        self.nextAttempt = nextAttempt
        self.deadline = deadline
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "plan": .text(plan), "amount": .optional(amount) { .money($0) },
            "next_attempt": .optional(nextAttempt) { .instant($0) }, "deadline": .optional(deadline) { .instant($0) },
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that a subscription that is billed once a year renews soon (NOT-142).
public struct RenewalReminderContext: MailContext {
    /// `renewal_reminder`
    public static let template = MailTemplate.renewalReminder
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .mandatory("amount", .money), .mandatory("renews_at", .instant),
        .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// What will be charged.
    public let amount: Money
    /// When.
    public let renewsAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, amount: Money, renewsAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.amount = amount
        self.renewsAt = renewsAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "plan": .text(plan), "amount": .money(amount), "renews_at": .instant(renewsAt),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that a subscription ends with its period (NOT-149).
public struct SubscriptionCanceledContext: MailContext {
    /// `subscription_canceled`
    public static let template = MailTemplate.subscriptionCanceled
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .optional("resource", .text), .mandatory("ends_at", .instant),
        .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// What it is for, by name.
    public let resource: String?
    /// When it ends.
    public let endsAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, resource: String?, endsAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.resource = resource
        self.endsAt = endsAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "plan": .text(plan), "resource": .text(resource), "ends_at": .instant(endsAt),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that a subscription was ended at once (NOT-150).
public struct SubscriptionEndedNowContext: MailContext {
    /// `subscription_ended_now`
    public static let template = MailTemplate.subscriptionEndedNow
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .optional("resource", .text), .mandatory("ended_at", .instant),
        .optional("credit", .money), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// What it was for, by name.
    public let resource: String?
    /// When it ended.
    public let endedAt: Instant
    /// What is given back.
    public let credit: Money?

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, resource: String?, endedAt: Instant, credit: Money?) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.resource = resource
        self.endedAt = endedAt
        self.credit = credit
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "plan": .text(plan), "resource": .text(resource), "ended_at": .instant(endedAt),
            "credit": .optional(credit) { .money($0) }, "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that the end of a subscription was taken back (NOT-151).
public struct SubscriptionReactivatedContext: MailContext {
    /// `subscription_reactivated`
    public static let template = MailTemplate.subscriptionReactivated
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .optional("renews_at", .instant), .required("billing", .link),
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
            "org": .text(org), "plan": .text(plan), "renews_at": .optional(renewsAt) { .instant($0) },
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}
