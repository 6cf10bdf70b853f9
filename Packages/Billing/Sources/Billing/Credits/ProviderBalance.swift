public import Core
public import Orgs

/// A part of a credit that is to change its home (BIL-116, BIL-121).
public struct BalanceMove: Codable, Hashable, Sendable {
    /// Into the customer's balance at the provider, or back.
    public enum Direction: String, Codable, Sendable { case out, back }

    /// Whose credit.
    public let org: Org.ID
    /// Which credit.
    public let credit: AccountCredit.ID
    /// The customer at the provider.
    public let customer: ProviderID
    /// How much; positive.
    public let amount: Money
    /// Which way.
    public let direction: Direction

    /// Describes a move.
    public init(org: Org.ID, credit: AccountCredit.ID, customer: ProviderID, amount: Money, direction: Direction) {
        self.org = org
        self.credit = credit
        self.customer = customer
        self.amount = amount
        self.direction = direction
    }

    /// By how much the customer's balance changes at the provider, where credit is negative.
    public var providerAmount: Int64 { direction == .out ? -amount.minorUnits : amount.minorUnits }
}

/// A change of a customer's balance as the provider shows it.
public struct ProviderBalanceTransaction: Codable, Hashable, Sendable {
    /// Its id.
    public let id: ProviderID
    /// `adjustment`, `applied_to_invoice`, `unapplied_from_invoice` or another word.
    public let type: String
    /// By how much the balance changed; credit is negative.
    public let amount: Int64
    /// The balance afterwards.
    public let endingBalance: Int64
    /// In what.
    public let currency: Currency
    /// The invoice that consumed it or gave it back.
    public let invoice: ProviderID?
    /// Our own ids.
    public let tags: ProviderTags

    /// Describes a change.
    public init(
        id: ProviderID, type: String, amount: Int64, endingBalance: Int64, currency: Currency, invoice: ProviderID?, tags: ProviderTags
    ) {
        self.id = id
        self.type = type
        self.amount = amount
        self.endingBalance = endingBalance
        self.currency = currency
        self.invoice = invoice
        self.tags = tags
    }
}
