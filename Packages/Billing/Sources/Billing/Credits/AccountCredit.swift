public import Audit
public import Core
public import Orgs

/// Money owed to an org: what was granted, for ever as it was granted. What became of it is in its entries.
public struct AccountCredit: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of a credit.
    public typealias ID = Identifier<AccountCredit>
    /// `bacr_…`
    public static let idPrefix = "bacr"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.accountCredit

    /// Why it was granted.
    public enum Source: String, Codable, Sendable, CaseIterable {
        case unusedTime = "unused_time"
        case goodwill, promotion
        case refundToCredit = "refund_to_credit"
        case provisioningFailure = "provisioning_failure"
        case overpayment
        case `import`
    }

    /// Its own id.
    public let id: ID
    /// To whom it is owed.
    public let org: Org.ID
    /// How much was granted.
    public let amount: Money
    /// Why.
    public let source: Source
    /// Why, in words.
    public let reason: String
    /// The subscription it comes from.
    public let subscription: Subscription.ID?
    /// The invoice it comes from.
    public let invoice: Invoice.ID?
    /// Who granted it.
    public let issuedBy: String
    /// When what is left of it is forfeited.
    public let expiresAt: Instant?
    /// The caller's key: the same key grants once.
    public let key: String
    /// When it was granted.
    public let createdAt: Instant

    /// Describes a credit.
    public init(
        id: ID, org: Org.ID, amount: Money, source: Source, reason: String, subscription: Subscription.ID?, invoice: Invoice.ID?,
        issuedBy: String, expiresAt: Instant?, key: String, createdAt: Instant
    ) {
        self.id = id
        self.org = org
        self.amount = amount
        self.source = source
        self.reason = reason
        self.subscription = subscription
        self.invoice = invoice
        self.issuedBy = issuedBy
        self.expiresAt = expiresAt
        self.key = key
        self.createdAt = createdAt
    }
}

/// Where a part of a credit is kept.
public enum CreditHome: String, Codable, Sendable, CaseIterable {
    /// In our own ledger.
    case local
    /// In the customer's balance at the provider, which consumes it by itself.
    case provider
}

/// A credit and what is left of it.
public struct RemainingCredit: Sendable, Hashable {
    /// The credit.
    public let credit: AccountCredit
    /// What is left of it in our own ledger.
    public let local: Int64
    /// What is left of it at the provider.
    public let provider: Int64

    /// Puts both together.
    public init(credit: AccountCredit, local: Int64, provider: Int64) {
        self.credit = credit
        self.local = local
        self.provider = provider
    }

    /// What is left of it in all.
    public var remaining: Int64 { local + provider }
}
