public import Billing
public import Core

/// What an org is charged by changed (NOT-141).
public struct PaymentMethodChangedContext: MailContext {
    /// `payment_method_changed`
    public static let template = MailTemplate.paymentMethodChanged
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("billing", .link),
        .required("was_added", .flag),
        .required("was_removed", .flag),
        .required("was_made_default", .flag),
        .mandatory("method", .text),
        .optional("actor", .text),
        .mandatory("changed_at", .instant),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What happened.
    public let change: PaymentMethodChanged.Change
    /// The method as people know it, such as `Visa ending 4242`.
    public let method: String
    /// Who did it here; `nil` for what was done in the provider's pages.
    public let actor: String?
    /// When.
    public let changedAt: Instant

    /// Makes the values.
    public init(
        org: String, orgID: String, change: PaymentMethodChanged.Change, method: String, actor: String?, changedAt: Instant
    ) {
        self.org = org
        self.orgID = orgID
        self.change = change
        self.method = method
        self.actor = actor
        self.changedAt = changedAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "billing": .link(.page(.billing(org: orgID))),
            "was_added": .flag(change == .added),
            "was_removed": .flag(change == .removed),
            "was_made_default": .flag(change == .madeDefault),
            "method": .text(method),
            "actor": .optional(actor) { .text($0) },
            "changed_at": .instant(changedAt),
        ]
    }
}

/// The bank wants a payment confirmed (NOT-137).
public struct PaymentActionRequiredContext: MailContext {
    /// `payment_action_required`
    public static let template = MailTemplate.paymentActionRequired
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("plan", .text),
        .mandatory("amount", .money),
        .optional("deadline", .instant),
        .optional("confirm", .link),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What is paid for.
    public let plan: String
    /// How much.
    public let amount: Money
    /// When the next consequence comes.
    public let deadline: Instant?
    /// The page of the invoice at the provider.
    public let hostedURL: String?

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, amount: Money, deadline: Instant?, hostedURL: String?) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.amount = amount
        self.deadline = deadline
        self.hostedURL = hostedURL
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "plan": .text(plan),
            "amount": .money(amount),
            "deadline": .optional(deadline) { .instant($0) },
            "confirm": .optional(hostedURL) { .link(.providerPage($0)) },
        ]
    }
}

/// A change to another plan was not made (NOT-143).
public struct PlanChangeFailedContext: MailContext {
    /// `plan_change_failed`
    public static let template = MailTemplate.planChangeFailed
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("resource", .text),
        .mandatory("plan", .text),
        .mandatory("wished_plan", .text),
        .required("is_for_payment", .flag),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What it is about.
    public let resource: String
    /// The plan it keeps.
    public let plan: String
    /// The plan that was asked for.
    public let wishedPlan: String
    /// Whether the payment was the reason.
    public let isForPayment: Bool

    /// Makes the values.
    public init(org: String, orgID: String, resource: String, plan: String, wishedPlan: String, isForPayment: Bool) {
        self.org = org
        self.orgID = orgID
        self.resource = resource
        self.plan = plan
        self.wishedPlan = wishedPlan
        self.isForPayment = isForPayment
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "resource": .text(resource),
            "plan": .text(plan),
            "wished_plan": .text(wishedPlan),
            "is_for_payment": .flag(isForPayment),
        ]
    }
}

/// The card that is charged ends before the next renewal (NOT-140).
public struct CardExpiringContext: MailContext {
    /// `card_expiring`
    public static let template = MailTemplate.cardExpiring
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("plan", .text),
        .optional("brand", .text),
        .mandatory("last4", .text),
        .mandatory("ends_on", .instant),
        .mandatory("renews_at", .instant),
        .mandatory("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// What renews.
    public let plan: String
    /// The brand of the card.
    public let brand: String?
    /// Its last four digits.
    public let last4: String
    /// The last instant at which it can be charged.
    public let endsOn: Instant
    /// When it would be charged.
    public let renewsAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, plan: String, brand: String?, last4: String, endsOn: Instant, renewsAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.plan = plan
        self.brand = brand
        self.last4 = last4
        self.endsOn = endsOn
        self.renewsAt = renewsAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "billing": .link(.page(.billing(org: orgID))),
            "plan": .text(plan),
            "brand": .optional(brand) { .text($0) },
            "last4": .text(last4),
            "ends_on": .instant(endsOn),
            "renews_at": .instant(renewsAt),
        ]
    }
}
