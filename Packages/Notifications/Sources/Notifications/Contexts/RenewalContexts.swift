public import Core

/// Says that a subscription that is billed every month renews soon (NOT-142): what the yearly one says, to those who want it.
public struct MonthlyRenewalReminderContext: MailContext {
    /// `renewal_reminder_monthly`
    public static let template = MailTemplate.renewalReminderMonthly
    /// What the template may print.
    public static let fields = RenewalReminderContext.fields

    /// What it says.
    public let renewal: RenewalReminderContext

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, amount: Money, renewsAt: Instant) {
        renewal = RenewalReminderContext(org: org, orgID: orgID, plan: plan, amount: amount, renewsAt: renewsAt)
    }

    /// The values of the fields.
    public var values: [String: MailValue] { renewal.values }
}

/// Says that a trial ends and is charged from then on (NOT-198).
public struct TrialEndingContext: MailContext {
    /// `trial_ending`
    public static let template = MailTemplate.trialEnding
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .mandatory("amount", .money), .mandatory("interval", .text),
        .mandatory("ends_at", .instant), .required("has_method", .flag), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// What will be charged first.
    public let amount: Money
    /// What is paid for then: `month` or `year`.
    public let interval: String
    /// When the trial ends.
    public let endsAt: Instant
    /// Whether there is something to charge.
    public let hasMethod: Bool

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, amount: Money, interval: String, endsAt: Instant, hasMethod: Bool) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.amount = amount
        self.interval = interval
        self.endsAt = endsAt
        self.hasMethod = hasMethod
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "plan": .text(plan), "amount": .money(amount), "interval": .text(interval), "ends_at": .instant(endsAt),
            "has_method": .flag(hasMethod), "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that what was bought beside graphs and seats has ended with its period (NOT-198).
public struct SubscriptionEndedContext: MailContext {
    /// `subscription_ended`
    public static let template = MailTemplate.subscriptionEnded
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("plan", .text), .mandatory("ended_at", .instant), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the plan.
    public let plan: String
    /// When it ended.
    public let endedAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, endedAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.endedAt = endedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        ["org": .text(org), "plan": .text(plan), "ended_at": .instant(endedAt), "billing": .link(.page(.billing(org: orgID)))]
    }
}
