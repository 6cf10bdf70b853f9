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

    /// What was decided in an interval, by the time of the decision; what has an end that nobody can change comes last.
    func decidedCases(from: Instant, until: Instant, limit: Int) async throws -> [IdleCase]

    /// Evaluations of a subscription, newest first.
    func evaluations(of subscription: Subscription.ID, limit: Int) async throws -> [IdleEvaluation]

    /// One subscription with what the rule looks at; `nil` when there is none, or none of the org where one is named.
    func mirror(of id: Subscription.ID, in org: Org.ID?) async throws -> IdleMirror?

    /// Live subscriptions by their ids.
    func mirrors(after id: Subscription.ID?, limit: Int) async throws -> [IdleMirror]

    /// All cases of a subscription, newest first.
    func cases(of subscription: Subscription.ID) async throws -> [IdleCase]

    /// Evaluations by their ids.
    func evaluations(after id: IdleEvaluation.ID?, limit: Int) async throws -> [IdleEvaluation]

    /// Whether a link was used.
    func isLinkUsed(_ hash: [UInt8]) async throws -> Bool

    /// Live covered subscriptions that end their period soon and were not judged in it (IDL-011).
    func unjudgedSubscriptions(at now: Instant, within horizon: Duration, limit: Int) async throws -> [UnjudgedSubscription]

    /// What of rows, cases and orders does not fit together by our own rows (IDL-074).
    func idleMismatches(at now: Instant) async throws -> [IdleDifference]

    /// Pending cases whose subject was active at or after the threshold (IDL-043).
    func activeCases(limit: Int) async throws -> [IdleCase.ID]
}

/// A subscription whose renewal comes and that was not judged in its period.
public struct UnjudgedSubscription: Sendable, Hashable {
    /// Which.
    public let subscription: Subscription.ID
    /// Who pays.
    public let org: Org.ID
    /// When the period began.
    public let periodStart: Instant

    /// Names it.
    public init(subscription: Subscription.ID, org: Org.ID, periodStart: Instant) {
        self.subscription = subscription
        self.org = org
        self.periodStart = periodStart
    }
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
