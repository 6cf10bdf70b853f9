public import Audit
public import Core
public import Orgs

/// Money that was given back, or is to be, for one payment (BIL-096).
public struct Refund: Sendable, Hashable, IdentifiedEntity, AuditReferable {
    /// The id of a refund.
    public typealias ID = Identifier<Refund>
    /// `brfd_…`
    public static let idPrefix = "brfd"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.refund

    /// How far it has come, in the provider's words; a new word counts as pending.
    public enum Status: String, Codable, Sendable, CaseIterable {
        case pending, succeeded, failed, canceled

        /// Whether the money is given back, or on its way.
        public var counts: Bool { self == .pending || self == .succeeded }
    }

    /// Its own id.
    public let id: ID
    /// Whose payment it was.
    public let org: Org.ID
    /// What the payment was for.
    public let subscription: Subscription.ID?
    /// The invoice that the payment paid.
    public let invoice: Invoice.ID
    /// The payment at the provider.
    public let payment: ProviderID
    /// The refund at the provider, once it is known.
    public var provider: ProviderID?
    /// The decision that asked for it; `nil` when it was made at the provider.
    public let intent: ProviderIntent.ID?
    /// How much.
    public let amount: Money
    /// Why, in the words of whoever asked.
    public let reason: String
    /// How far it has come.
    public var status: Status

    /// Describes a refund.
    public init(
        id: ID, org: Org.ID, subscription: Subscription.ID?, invoice: Invoice.ID, payment: ProviderID, provider: ProviderID?,
        intent: ProviderIntent.ID?, amount: Money, reason: String, status: Status
    ) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.invoice = invoice
        self.payment = payment
        self.provider = provider
        self.intent = intent
        self.amount = amount
        self.reason = reason
        self.status = status
    }
}

/// A payment that the provider collected for an invoice.
public struct CollectedPayment: Sendable, Hashable {
    /// The payment at the provider.
    public let id: ProviderID
    /// Who paid.
    public let org: Org.ID
    /// The invoice that it paid.
    public let invoice: Invoice.ID
    /// What it was for.
    public let subscription: Subscription.ID?
    /// How much.
    public let amount: Money

    /// Describes a payment.
    public init(id: ProviderID, org: Org.ID, invoice: Invoice.ID, subscription: Subscription.ID?, amount: Money) {
        self.id = id
        self.org = org
        self.invoice = invoice
        self.subscription = subscription
        self.amount = amount
    }
}

/// A refund as the provider shows it.
public struct ProviderRefund: Codable, Hashable, Sendable {
    /// Its id.
    public let id: ProviderID
    /// The payment that is given back.
    public let payment: ProviderID
    /// How much.
    public let amount: Money
    /// How far it has come; a word we do not know counts as pending.
    public let status: Refund.Status
    /// Our own ids.
    public let tags: ProviderTags

    /// Describes a refund.
    public init(id: ProviderID, payment: ProviderID, amount: Money, status: Refund.Status, tags: ProviderTags) {
        self.id = id
        self.payment = payment
        self.amount = amount
        self.status = status
        self.tags = tags
    }
}

/// The wish to give money back.
public struct RefundRequest: Sendable, Hashable {
    /// Who paid.
    public let org: Org.ID
    /// Which payment.
    public let payment: ProviderID
    /// How much, in minor units of the payment's currency.
    public let amount: Int64
    /// Why.
    public let reason: String
    /// The caller's key: the same wish twice is one refund.
    public let key: String
    /// Who asks.
    public let actor: AuditActor

    /// Describes a wish.
    public init(org: Org.ID, payment: ProviderID, amount: Int64, reason: String, key: String, actor: AuditActor) {
        self.org = org
        self.payment = payment
        self.amount = amount
        self.reason = reason
        self.key = key
        self.actor = actor
    }
}
