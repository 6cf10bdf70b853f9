public import Core
public import Jobs
public import Orgs

/// A payment is contested: the payer and operators have to know (BIL-100).
public struct DisputeOpened: DomainEvent {
    /// `billing.dispute_opened`
    public static let topic = "billing.dispute_opened"
    /// Whose payment.
    public let org: Org.ID
    /// Which dispute.
    public let dispute: Dispute.ID
    /// The invoice that was paid with it.
    public let invoice: Invoice.ID
    /// How much.
    public let amount: Money
    /// The bank's word for why.
    public let reason: String

    /// Tells of it.
    public init(_ dispute: Dispute) {
        org = dispute.org
        self.dispute = dispute.id
        invoice = dispute.invoice
        amount = dispute.amount
        reason = dispute.reason
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}

/// A dispute was decided.
public struct DisputeClosed: DomainEvent {
    /// `billing.dispute_closed`
    public static let topic = "billing.dispute_closed"
    /// Whose payment.
    public let org: Org.ID
    /// Which dispute.
    public let dispute: Dispute.ID
    /// How much.
    public let amount: Money
    /// How it was decided.
    public let status: Dispute.Status

    /// Tells of it.
    public init(_ dispute: Dispute) {
        org = dispute.org
        self.dispute = dispute.id
        amount = dispute.amount
        status = dispute.status
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}
