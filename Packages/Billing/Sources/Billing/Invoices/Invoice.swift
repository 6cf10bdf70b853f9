public import Audit
public import Core
public import Orgs

/// What an org was billed: our own document for net terms, or the mirror of the provider's.
public struct Invoice: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of an invoice.
    public typealias ID = Identifier<Invoice>
    /// `binv_…`
    public static let idPrefix = "binv"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.invoice

    /// Who issued it.
    public enum Kind: String, Codable, Sendable { case own, provider }

    /// How far it has come; paid and void are final.
    public enum Status: String, Codable, Sendable, CaseIterable { case draft, open, paid, void, uncollectible }

    /// Its own id.
    public let id: ID
    /// Who pays.
    public let org: Org.ID
    /// Who issued it.
    public let kind: Kind
    /// The subscription it bills, when it bills one.
    public var subscription: Subscription.ID?
    /// The number on it; empty while it is a draft.
    public var number: String?
    /// The provider's id of it.
    public var providerInvoice: ProviderID?
    /// The currency of all amounts.
    public var currency: Currency
    /// What its lines add up to.
    public var subtotal: Int64
    /// Subtotal less discounts plus tax.
    public var total: Int64
    /// What is to be paid.
    public var amountDue: Int64
    /// What was paid.
    public var amountPaid: Int64
    /// What credit notes took off it; of a provider's invoice only.
    public var amountCredited: Int64 = 0
    /// How far it has come.
    public var status: Status
    /// What time it bills.
    public var period: Period?
    /// When it has to be paid.
    public var dueDate: Instant?
    /// When it was paid.
    public var paidAt: Instant?
    /// A page for the customer.
    public var hostedURL: String?
    /// The document for the customer.
    public var pdfURL: String?
    /// What it bills, line by line.
    public var lines: [InvoiceLine]
    /// When it was issued.
    public let createdAt: Instant

    /// Makes an invoice.
    public init(
        id: ID, org: Org.ID, kind: Kind, subscription: Subscription.ID?, number: String?, providerInvoice: ProviderID?,
        currency: Currency, subtotal: Int64, total: Int64, amountDue: Int64, amountPaid: Int64, status: Status, period: Period?,
        dueDate: Instant?, paidAt: Instant?, hostedURL: String?, pdfURL: String?, lines: [InvoiceLine], createdAt: Instant
    ) {
        self.id = id
        self.org = org
        self.kind = kind
        self.subscription = subscription
        self.number = number
        self.providerInvoice = providerInvoice
        self.currency = currency
        self.subtotal = subtotal
        self.total = total
        self.amountDue = amountDue
        self.amountPaid = amountPaid
        self.status = status
        self.period = period
        self.dueDate = dueDate
        self.paidAt = paidAt
        self.hostedURL = hostedURL
        self.pdfURL = pdfURL
        self.lines = lines
        self.createdAt = createdAt
    }
}

/// One line of an invoice.
public struct InvoiceLine: Sendable, Hashable, Codable {
    /// What is billed, for people.
    public let description: String
    /// How many.
    public let quantity: Int64
    /// The sum of the line in minor units.
    public let amount: Int64
    /// What time it bills.
    public let period: Period?

    /// Makes a line.
    public init(description: String, quantity: Int64, amount: Int64, period: Period?) {
        self.description = description
        self.quantity = quantity
        self.amount = amount
        self.period = period
    }
}
