public import Core
public import Jobs
public import Orgs

/// A pool is low: at 20, 5 or 0 percent of its month, once each (BIL-112).
public struct CreditsRunLow: DomainEvent {
    /// `billing.credits_run_low`
    public static let topic = "billing.credits_run_low"
    /// Which pool.
    public let pool: CreditPool.ID
    /// Who pays.
    public let org: Org.ID
    /// The graph, or the repository of the seat.
    public let resource: ResourceID
    /// Which threshold was passed.
    public let percent: Int16
    /// What is left.
    public let balance: AICredits
    /// When the next credits come.
    public let refillAt: Instant

    init(_ pool: CreditPool, percent: Int16) {
        self.pool = pool.id
        org = pool.org
        resource = pool.resource
        self.percent = percent
        balance = pool.balance
        refillAt = pool.window.end
    }

    /// Events about one org's money are handled in order.
    public var eventKey: String { org.description }
}
