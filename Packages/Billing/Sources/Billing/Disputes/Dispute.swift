public import Audit
public import Core
public import Orgs

/// A payment that its card holder contests (BIL-100).
public struct Dispute: Sendable, Hashable, IdentifiedEntity, AuditReferable {
    /// The id of a dispute.
    public typealias ID = Identifier<Dispute>
    /// `bdsp_…`
    public static let idPrefix = "bdsp"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.dispute

    /// How far it has come.
    public enum Status: String, Codable, Sendable, CaseIterable {
        /// The bank asks, and has taken nothing.
        case inquiry
        /// The money is withdrawn until it is decided.
        case open
        /// It was decided for us: the money is back.
        case won
        /// It was decided for the card holder: the money is gone.
        case lost
        /// An inquiry that came to nothing.
        case closed

        /// Whether somebody still has to decide about money that was withdrawn.
        public var isOpen: Bool { self == .open }
        /// Whether nothing more is to come.
        public var isOver: Bool { self == .won || self == .lost || self == .closed }
    }

    /// Its own id.
    public let id: ID
    /// Whose payment it is.
    public let org: Org.ID
    /// The invoice that was paid.
    public let invoice: Invoice.ID
    /// The payment.
    public let payment: ProviderID
    /// The provider's id of it.
    public let provider: ProviderID
    /// How much is contested.
    public let amount: Money
    /// The bank's word for why.
    public let reason: String
    /// How far it has come.
    public var status: Status

    /// Describes a dispute.
    public init(
        id: ID, org: Org.ID, invoice: Invoice.ID, payment: ProviderID, provider: ProviderID, amount: Money, reason: String, status: Status
    ) {
        self.id = id
        self.org = org
        self.invoice = invoice
        self.payment = payment
        self.provider = provider
        self.amount = amount
        self.reason = reason
        self.status = status
    }
}

/// A dispute as the provider shows it.
public struct ProviderDispute: Codable, Hashable, Sendable {
    /// Its id.
    public let id: ProviderID
    /// How much is contested.
    public let amount: Money
    /// The bank's word for why.
    public let reason: String
    /// How far it has come.
    public let status: Dispute.Status

    /// Describes a dispute.
    public init(id: ProviderID, amount: Money, reason: String, status: Dispute.Status) {
        self.id = id
        self.amount = amount
        self.reason = reason
        self.status = status
    }
}
