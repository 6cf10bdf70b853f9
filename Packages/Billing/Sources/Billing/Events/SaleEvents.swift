public import Core
public import Jobs
public import Orgs

/// Something was sold; nothing of it runs yet (T1).
public struct SubscriptionCreated: SubscriptionDomainEvent {
    /// `billing.subscription_created`
    public static let topic = "billing.subscription_created"
    /// Whose and what.
    public let facts: SubscriptionFacts

    /// Tells of it.
    public init(facts: SubscriptionFacts) {
        self.facts = facts
    }

    /// Which subscription.
    public var subscription: Subscription.ID { facts.subscription }
}

/// A visit to the hosted payment page is over: it was completed, or its time ran out.
public struct CheckoutEnded: DomainEvent, Hashable {
    /// `billing.checkout_ended`
    public static let topic = "billing.checkout_ended"
    /// Which visit.
    public let checkout: Checkout.ID
    /// Who was to pay.
    public let org: Org.ID
    /// What for.
    public let subscription: Subscription.ID
    /// Whether the page was completed.
    public let isComplete: Bool

    /// Tells of a visit as it is now.
    public init(_ checkout: Checkout) {
        self.checkout = checkout.id
        org = checkout.org
        subscription = checkout.subscription
        isComplete = checkout.state == .complete
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}
