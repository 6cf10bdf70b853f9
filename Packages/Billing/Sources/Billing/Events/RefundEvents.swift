public import Core
public import Jobs
public import Orgs

/// Money that was thought given back is not: operators have to look (BIL-097).
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
