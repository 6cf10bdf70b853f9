public import Core
public import Identity
internal import Orgs

/// A subscription has another plan (T16).
public struct SubscriptionPlanChanged: SubscriptionDomainEvent {
    /// `billing.subscription_plan_changed`
    public static let topic = "billing.subscription_plan_changed"
    /// Whose and what, with the new plan.
    public let facts: SubscriptionFacts
    /// The change.
    public let change: PlanChange.ID
    /// The old plan.
    public let from: PlanReference
    /// Who asked.
    public let requestedBy: User.ID?

    /// Tells of it.
    public init(facts: SubscriptionFacts, change: PlanChange.ID, from: PlanReference, requestedBy: User.ID?) {
        self.facts = facts
        self.change = change
        self.from = from
        self.requestedBy = requestedBy
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// A change to another plan did not come about: the subscription has the plan it had, and no money has moved (BIL-066).
public struct SubscriptionPlanChangeFailed: SubscriptionDomainEvent {
    /// `billing.subscription_plan_change_failed`
    public static let topic = "billing.subscription_plan_change_failed"
    /// Whose and what, with the plan it keeps.
    public let facts: SubscriptionFacts
    /// The change.
    public let change: PlanChange.ID
    /// The plan that was asked for.
    public let wished: PlanReference
    /// Who asked.
    public let requestedBy: User.ID
    /// Whether the payment was the reason.
    public let isForPayment: Bool

    /// Tells of it.
    public init(facts: SubscriptionFacts, change: PlanChange) {
        self.facts = facts
        self.change = change.id
        wished = change.to
        requestedBy = change.requestedBy
        isForPayment = change.failure?.code.hasPrefix("PAYMENT_") ?? false
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}
