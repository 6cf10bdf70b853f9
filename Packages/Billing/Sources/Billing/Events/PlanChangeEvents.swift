public import Core
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

    /// Tells of it.
    public init(facts: SubscriptionFacts, change: PlanChange.ID, from: PlanReference) {
        self.facts = facts
        self.change = change
        self.from = from
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}
