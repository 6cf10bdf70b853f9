public import Core
public import Orgs

/// One line of the ledger of account credits; it never changes (BIL-114).
public struct AccountCreditEntry: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of an entry.
    public typealias ID = Identifier<AccountCreditEntry>
    /// `bace_…`
    public static let idPrefix = "bace"

    /// What happened.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case issue
        case moveOut = "move_out"
        case moveIn = "move_in"
        case apply, restore, expire, revoke, payout
        case providerAdjust = "provider_adjust"
    }

    /// Its own id.
    public let id: ID
    /// Whose ledger.
    public let org: Org.ID
    /// Of which credit.
    public let credit: AccountCredit.ID
    /// Its number in the ledger of its org and currency, from 1 without a gap.
    public let sequence: Int64
    /// What happened.
    public let kind: Kind
    /// Where.
    public let home: CreditHome
    /// By how much the balance changed.
    public let amount: Money
    /// What the org was owed afterwards, in all homes.
    public let balanceAfter: Int64
    /// What was left of the credit afterwards.
    public let remainingAfter: Int64
    /// The invoice that consumed it or gave it back.
    public let invoice: Invoice.ID?
    /// The provider's transaction.
    public let providerTransaction: ProviderID?
    /// Why.
    public let reason: String?
    /// Who.
    public let actor: String
    /// When.
    public let createdAt: Instant

    /// Describes an entry.
    public init(
        id: ID, org: Org.ID, credit: AccountCredit.ID, sequence: Int64, kind: Kind, home: CreditHome, amount: Money, balanceAfter: Int64,
        remainingAfter: Int64, invoice: Invoice.ID?, providerTransaction: ProviderID?, reason: String?, actor: String, createdAt: Instant
    ) {
        self.id = id
        self.org = org
        self.credit = credit
        self.sequence = sequence
        self.kind = kind
        self.home = home
        self.amount = amount
        self.balanceAfter = balanceAfter
        self.remainingAfter = remainingAfter
        self.invoice = invoice
        self.providerTransaction = providerTransaction
        self.reason = reason
        self.actor = actor
        self.createdAt = createdAt
    }
}

/// An entry that is to be posted; the database numbers and sums it.
public struct AccountCreditPosting: Sendable, Hashable {
    /// Of which credit.
    public let credit: AccountCredit
    /// What happens.
    public let kind: AccountCreditEntry.Kind
    /// Where.
    public let home: CreditHome
    /// By how much the balance changes, in minor units.
    public let amount: Int64
    /// The caller's key: the same key posts once.
    public let key: String
    /// Joins the two halves of a move.
    public var move: AccountCreditEntry.ID?
    /// The invoice that consumes it or gives it back.
    public var invoice: Invoice.ID?
    /// The provider's transaction.
    public var providerTransaction: ProviderID?
    /// Why.
    public var reason: String?
    /// Who.
    public let actor: String

    /// Describes an entry.
    public init(_ kind: AccountCreditEntry.Kind, _ credit: AccountCredit, home: CreditHome, amount: Int64, key: String, actor: String) {
        self.credit = credit
        self.kind = kind
        self.home = home
        self.amount = amount
        self.key = key
        self.actor = actor
    }
}

/// What an org is owed in one currency.
public struct AccountCreditBalance: Sendable, Hashable {
    /// The currency.
    public let currency: Currency
    /// In our own ledger.
    public let local: Int64
    /// At the provider.
    public let provider: Int64

    /// Puts both together.
    public init(currency: Currency, local: Int64, provider: Int64) {
        self.currency = currency
        self.local = local
        self.provider = provider
    }

    /// In all.
    public var total: Int64 { local + provider }
}
