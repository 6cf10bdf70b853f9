public import Core
public import Jobs
public import Orgs

/// An invoice was paid: one receipt each (STR-093).
public struct InvoicePaid: DomainEvent {
    /// `billing.invoice_paid`
    public static let topic = "billing.invoice_paid"
    /// Which invoice.
    public let invoice: Invoice.ID
    /// Who paid.
    public let org: Org.ID
    /// What for, when it bills a subscription.
    public let subscription: Subscription.ID?
    /// The number on it.
    public let number: String?
    /// How much was paid.
    public let amount: Money
    /// A page for the customer.
    public let hostedURL: String?

    /// Tells of it.
    public init(invoice: Invoice.ID, org: Org.ID, subscription: Subscription.ID?, number: String?, amount: Money, hostedURL: String?) {
        self.invoice = invoice
        self.org = org
        self.subscription = subscription
        self.number = number
        self.amount = amount
        self.hostedURL = hostedURL
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}

/// A payment failed.
public struct PaymentFailed: DomainEvent {
    /// `billing.payment_failed`
    public static let topic = "billing.payment_failed"
    /// Who owes.
    public let org: Org.ID
    /// What for.
    public let subscription: Subscription.ID
    /// Which invoice, when there is one.
    public let invoice: Invoice.ID?
    /// How much is owed.
    public let amount: Money?
    /// When the provider tries again.
    public let nextAttempt: Instant?

    /// Tells of it.
    public init(org: Org.ID, subscription: Subscription.ID, invoice: Invoice.ID?, amount: Money?, nextAttempt: Instant?) {
        self.org = org
        self.subscription = subscription
        self.invoice = invoice
        self.amount = amount
        self.nextAttempt = nextAttempt
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}

/// The bank wants the customer to confirm a payment that nobody was there to confirm (STR-095).
public struct PaymentActionRequired: DomainEvent {
    /// `billing.payment_action_required`
    public static let topic = "billing.payment_action_required"
    /// Who owes.
    public let org: Org.ID
    /// What for.
    public let subscription: Subscription.ID
    /// Which invoice.
    public let invoice: Invoice.ID
    /// How much is to be paid.
    public let amount: Money
    /// The provider's page on which it is confirmed.
    public let hostedURL: String?

    /// Tells of it.
    public init(org: Org.ID, subscription: Subscription.ID, invoice: Invoice.ID, amount: Money, hostedURL: String?) {
        self.org = org
        self.subscription = subscription
        self.invoice = invoice
        self.amount = amount
        self.hostedURL = hostedURL
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}

/// Money was given back.
public struct RefundProcessed: DomainEvent {
    /// `billing.refund_processed`
    public static let topic = "billing.refund_processed"
    /// To whom.
    public let org: Org.ID
    /// What for.
    public let subscription: Subscription.ID
    /// How much.
    public let amount: Money

    /// Tells of it.
    public init(org: Org.ID, subscription: Subscription.ID, amount: Money) {
        self.org = org
        self.subscription = subscription
        self.amount = amount
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}
