public import Core
public import Jobs
public import Orgs

/// Money that was thought given back is not, and the payer was told that it was (BIL-097).
public struct RefundReversed: DomainEvent {
    /// `billing.refund_reversed`
    public static let topic = "billing.refund_reversed"
    /// Whose it is.
    public let org: Org.ID
    /// Which refund.
    public let refund: Refund.ID
    /// How much.
    public let amount: Money

    /// Tells of it.
    public init(org: Org.ID, refund: Refund.ID, amount: Money) {
        self.org = org
        self.refund = refund
        self.amount = amount
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}

/// The provider will not give money back that was ordered: operators have to look; the payer was told nothing yet (BIL-097).
public struct RefundRefused: DomainEvent {
    /// `billing.refund_refused`
    public static let topic = "billing.refund_refused"
    /// Whose it is.
    public let org: Org.ID
    /// What it was paid for.
    public let subscription: Subscription.ID
    /// Which payment.
    public let payment: ProviderID
    /// How much.
    public let amount: Money
    /// Why, in the provider's word.
    public let code: String
    /// Whether it was given as account credit in its place.
    public let isCredited: Bool

    /// Tells of it.
    public init(org: Org.ID, subscription: Subscription.ID, payment: ProviderID, amount: Money, code: String, isCredited: Bool) {
        self.org = org
        self.subscription = subscription
        self.payment = payment
        self.amount = amount
        self.code = code
        self.isCredited = isCredited
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}
