public import Core
public import Jobs
public import Orgs

/// An org is owed money (NOT-155).
public struct AccountCreditIssued: DomainEvent {
    /// `billing.account_credit_issued`
    public static let topic = "billing.account_credit_issued"
    /// Which credit.
    public let credit: AccountCredit.ID
    /// To whom.
    public let org: Org.ID
    /// How much.
    public let amount: Money
    /// Why, in words.
    public let reason: String
    /// What the org is owed in all.
    public let balance: Money
    /// When what is left of it is forfeited.
    public let expiresAt: Instant?

    init(_ credit: AccountCredit, balance: Int64) {
        self.credit = credit.id
        org = credit.org
        amount = credit.amount
        reason = credit.reason
        self.balance = Money(minorUnits: balance, currency: credit.amount.currency)
        expiresAt = credit.expiresAt
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}

/// What is left of a credit is forfeited soon (NOT-155, BIL-119).
public struct AccountCreditExpiring: DomainEvent {
    /// `billing.account_credit_expiring`
    public static let topic = "billing.account_credit_expiring"
    /// Which credit.
    public let credit: AccountCredit.ID
    /// To whom it is owed.
    public let org: Org.ID
    /// How much is left.
    public let remaining: Money
    /// When it is forfeited.
    public let expiresAt: Instant

    init(_ remaining: RemainingCredit, expiresAt: Instant) {
        credit = remaining.credit.id
        org = remaining.credit.org
        self.remaining = Money(minorUnits: remaining.remaining, currency: remaining.credit.amount.currency)
        self.expiresAt = expiresAt
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}

/// Our ledger and the provider's balance of an org differ; people decide which is right (BIL-117).
public struct AccountCreditDrifted: DomainEvent {
    /// `billing.account_credit_drifted`
    public static let topic = "billing.account_credit_drifted"
    /// Whose.
    public let org: Org.ID
    /// In what.
    public let currency: Currency
    /// What our ledger says is at the provider.
    public let ours: Int64
    /// What the provider says.
    public let theirs: Int64

    init(org: Org.ID, currency: Currency, ours: Int64, theirs: Int64) {
        self.org = org
        self.currency = currency
        self.ours = ours
        self.theirs = theirs
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}
