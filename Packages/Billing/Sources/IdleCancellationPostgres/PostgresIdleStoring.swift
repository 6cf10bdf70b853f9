public import Billing
public import BillingPostgres
public import Core
public import Identity
public import IdleCancellation
internal import Orgs
internal import Postgres

/// Idle cancellation in PostgreSQL; adopt it to have one store for several packages.
public protocol PostgresIdleStoring: IdleStore, PostgresBillingStoring where Transaction: PostgresIdleTransaction {}

extension PostgresIdleStoring {
    /// A case as it is.
    public func idleCase(_ id: IdleCase.ID) async throws -> IdleCase? {
        try await cases("c.id = \(id)").first
    }

    /// The newest case of a subscription.
    public func newestCase(of subscription: Subscription.ID) async throws -> IdleCase? {
        try await cases("c.subscription_id = \(subscription) ORDER BY c.period_start DESC LIMIT 1").first
    }

    /// Cases by a query, newest first.
    public func idleCases(_ query: IdleCaseQuery) async throws -> [IdleCase] {
        let states = (query.states.isEmpty ? Set(IdleCaseState.allCases) : query.states).map(\.rawValue)
        return try await cases(
            """
            (\(query.org)::uuid IS NULL OR c.org_id = \(query.org)) AND c.state = ANY(\(states))
            AND (\(query.from)::timestamptz IS NULL OR c.created_at >= \(query.from))
            AND (\(query.until)::timestamptz IS NULL OR c.created_at < \(query.until))
            ORDER BY c.created_at DESC, c.id DESC LIMIT \(query.limit)
            """)
    }

    private func cases(_ filter: Statement) async throws -> [IdleCase] {
        try await client.query(
            "SELECT \(fragment: IdleCase.columns) FROM billing.idle_case c WHERE \(fragment: filter)", scope: .system
        ).map(IdleCase.init(row:))
    }

    /// Evaluations of a subscription, newest first.
    public func evaluations(of subscription: Subscription.ID, limit: Int) async throws -> [IdleEvaluation] {
        try await client.query(
            """
            SELECT \(fragment: IdleEvaluation.columns) FROM billing.idle_evaluation e WHERE e.subscription_id = \(subscription)
            ORDER BY e.at DESC, e.id DESC LIMIT \(limit)
            """, scope: .system
        ).map(IdleEvaluation.init(row:))
    }

    /// Whether a link was used: one index probe, and nothing is written.
    public func isLinkUsed(_ hash: [UInt8]) async throws -> Bool {
        try await !client.query("SELECT FROM billing.keep_token_use WHERE token_hash = \(hash)", scope: .system).isEmpty
    }

    /// Live card-billed subscriptions that end their period soon and were not judged in it.
    public func unjudgedSubscriptions(at now: Instant, within horizon: Duration, limit: Int) async throws -> [Subscription.ID] {
        try await client.query(
            """
            SELECT s.id FROM billing.subscription s
            WHERE s.status = 'active' AND s.backing_kind = 'provider_subscription' AND s.period_end > \(now)
                AND s.period_end <= \(now + horizon) AND NOT EXISTS (SELECT FROM billing.idle_evaluation e
                    WHERE e.subscription_id = s.id AND e.period_start = s.period_start AND e.is_verdict)
            ORDER BY s.period_end, s.id LIMIT \(limit)
            """, scope: .system
        ).map { try $0.decode("id") }
    }

    /// Pending cases whose subject was active at or after the threshold.
    public func activeCases(limit: Int) async throws -> [IdleCase.ID] {
        try await client.query(
            """
            SELECT c.id FROM billing.idle_case c WHERE c.state IN ('decided', 'confirmed') AND c.threshold <= CASE
                WHEN c.subscriber_id IS NULL THEN (SELECT used_at FROM orgs.last_use(c.org_id))
                ELSE (SELECT used_at FROM identity.last_use(c.subscriber_id)) END
            ORDER BY c.ends_at, c.id LIMIT \(limit)
            """, scope: .system
        ).map { try $0.decode("id") }
    }
}
