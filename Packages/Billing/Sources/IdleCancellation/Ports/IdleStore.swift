public import Billing
public import Core
public import Identity
public import Orgs

/// Where cases and evaluations are kept.
public protocol IdleStore<Transaction>: BillingStore where Transaction: IdleTransaction {
    /// A case as it is.
    func idleCase(_ id: IdleCase.ID) async throws -> IdleCase?

    /// The newest case of a subscription.
    func newestCase(of subscription: Subscription.ID) async throws -> IdleCase?

    /// Cases by a query, newest first.
    func idleCases(_ query: IdleCaseQuery) async throws -> [IdleCase]

    /// Evaluations of a subscription, newest first.
    func evaluations(of subscription: Subscription.ID, limit: Int) async throws -> [IdleEvaluation]

    /// Whether a link was used.
    func isLinkUsed(_ hash: [UInt8]) async throws -> Bool

    /// Live covered subscriptions that end their period soon and were not judged in it (IDL-011).
    func unjudgedSubscriptions(at now: Instant, within horizon: Duration, limit: Int) async throws -> [Subscription.ID]

    /// Pending cases whose subject was active at or after the threshold (IDL-043).
    func activeCases(limit: Int) async throws -> [IdleCase.ID]
}

/// Which cases are wanted.
public struct IdleCaseQuery: Sendable, Hashable {
    /// Only of this org.
    public var org: Org.ID?
    /// Only in these states; empty for all.
    public var states: Set<IdleCaseState>
    /// Only those decided at or after this instant.
    public var from: Instant?
    /// Only those decided before this instant.
    public var until: Instant?
    /// How many at most.
    public var limit: Int

    /// Describes a query.
    public init(org: Org.ID? = nil, states: Set<IdleCaseState> = [], from: Instant? = nil, until: Instant? = nil, limit: Int = 100) {
        self.org = org
        self.states = states
        self.from = from
        self.until = until
        self.limit = limit
    }
}
