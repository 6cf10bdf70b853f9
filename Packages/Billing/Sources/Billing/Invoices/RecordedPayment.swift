public import Core
public import Orgs

/// Money that came in for an own invoice and that an operator wrote down (BIL-087).
public struct RecordedPayment: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of a payment.
    public typealias ID = Identifier<RecordedPayment>
    /// `bpay_…`
    public static let idPrefix = "bpay"

    /// Its own id.
    public let id: ID
    /// Who paid.
    public let org: Org.ID
    /// For which invoice.
    public let invoice: Invoice.ID
    /// How much.
    public let amount: Money
    /// How, such as `bank_transfer`.
    public let method: String
    /// What finds it again at the bank.
    public let reference: String
    /// When it came in.
    public let receivedAt: Instant
    /// When it was written down.
    public let createdAt: Instant

    /// Describes a payment.
    public init(
        id: ID, org: Org.ID, invoice: Invoice.ID, amount: Money, method: String, reference: String, receivedAt: Instant, createdAt: Instant
    ) {
        self.id = id
        self.org = org
        self.invoice = invoice
        self.amount = amount
        self.method = method
        self.reference = reference
        self.receivedAt = receivedAt
        self.createdAt = createdAt
    }
}
