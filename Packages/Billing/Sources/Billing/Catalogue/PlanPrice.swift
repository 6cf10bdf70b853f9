public import Core

/// What one version of a plan costs per interval; an amount never changes once it is stored (BIL-005).
public struct PlanPrice: Sendable, Hashable {
    /// Which version of which plan.
    public let plan: PlanReference
    /// How often it is charged.
    public let interval: BillingInterval
    /// How much.
    public let amount: Money
    /// The product at the provider, once it was made.
    public var product: ProviderID?
    /// The price at the provider, once it was made.
    public var price: ProviderID?
    /// By which name the provider shows the product (BIL-151).
    public var productName: String?

    /// Describes a price.
    public init(plan: PlanReference, interval: BillingInterval, amount: Money, product: ProviderID? = nil, price: ProviderID? = nil) {
        self.plan = plan
        self.interval = interval
        self.amount = amount
        self.product = product
        self.price = price
    }
}
