public import Core

/// One line of an own invoice, as it is stored, frozen and shown.
public struct OwnInvoiceLine: Sendable, Hashable, Codable {
    /// What kind of amount it is; discounts are negative, all others are not.
    public enum Kind: String, Codable, Sendable, CaseIterable { case charge, proration, discount, tax }

    /// What kind of amount it is.
    public let kind: Kind
    /// What it bills, for people.
    public let description: String
    /// The subscription, when it bills one.
    public let subscription: Subscription.ID?
    /// The plan that was bought.
    public let plan: PlanReference?
    /// How many.
    public let quantity: Int64
    /// What one costs, in minor units.
    public let unitPrice: Int64
    /// The sum of the line, in minor units.
    public let amount: Int64
    /// What time it bills.
    public let period: Period?

    /// Makes a line; its amount is the quantity at the unit price.
    ///
    /// - Throws: ``MoneyRefusal/amountOutOfRange`` when the product is no amount, or has the wrong sign for its kind.
    public init(
        _ kind: Kind, _ description: String, subscription: Subscription.ID?, plan: PlanReference?, quantity: Int64, unitPrice: Int64,
        period: Period?
    ) throws(MoneyRefusal) {
        let (amount, overflow) = quantity.multipliedReportingOverflow(by: unitPrice)
        guard !overflow, quantity > 0, kind == .discount ? amount <= 0 : kind == .proration || amount >= 0 else { throw .amountOutOfRange }
        self.kind = kind
        self.description = description
        self.subscription = subscription
        self.plan = plan
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.amount = amount
        self.period = period
    }

    /// Takes a line as it was stored.
    public init(
        stored kind: Kind, description: String, subscription: Subscription.ID?, plan: PlanReference?, quantity: Int64, unitPrice: Int64,
        amount: Int64, period: Period?
    ) {
        self.kind = kind
        self.description = description
        self.subscription = subscription
        self.plan = plan
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.amount = amount
        self.period = period
    }
}
