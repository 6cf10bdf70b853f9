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

    /// What was decided in an interval; what can still be taken back first, so that a limit never hides it.
    public func decidedCases(from: Instant, until: Instant, limit: Int) async throws -> [IdleCase] {
        try await cases(
            """
            c.decided_at >= \(from) AND c.decided_at < \(until)
            ORDER BY c.state NOT IN ('decided', 'confirmed'), c.decided_at, c.id LIMIT \(limit)
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
    public func unjudgedSubscriptions(at now: Instant, within horizon: Duration, limit: Int) async throws -> [UnjudgedSubscription] {
        try await client.query(
            """
            SELECT s.id, s.org_id, s.period_start FROM billing.subscription s
            WHERE s.status = 'active' AND s.backing_kind = 'provider_subscription' AND s.period_end > \(now)
                AND s.period_end <= \(now + horizon) AND NOT EXISTS (SELECT FROM billing.idle_evaluation e
                    WHERE e.subscription_id = s.id AND e.period_start = s.period_start AND e.is_verdict)
            ORDER BY s.period_end, s.id LIMIT \(limit)
            """, scope: .system
        ).map {
            UnjudgedSubscription(
                subscription: try $0.decode("id"), org: try $0.decode("org_id"), periodStart: try $0.decode("period_start"))
        }
    }

    /// Rows without a case, cases without a row, and cases whose order is settled although they wait for it.
    public func idleMismatches(at now: Instant) async throws -> [IdleDifference] {
        try await client.query(
            """
            SELECT m.kind, m.org_id, m.subscription_id, m.case_id, m.object_id, m.ours, m.theirs FROM (
                SELECT 'row_without_case' AS kind, s.org_id, s.id AS subscription_id, NULL::uuid AS case_id,
                    s.provider_subscription_id AS object_id, 'ends for want of use' AS ours, 'no open case' AS theirs
                FROM billing.subscription s
                WHERE s.status = 'canceled' AND s.cancellation_origin = 'idle' AND s.closed_at IS NULL AND s.ends_at > \(now)
                    AND NOT EXISTS (SELECT FROM billing.idle_case c WHERE c.subscription_id = s.id
                        AND c.state IN ('decided', 'confirmed', 'reversing', 'keep_failed'))
                UNION ALL
                SELECT CASE WHEN s.status = 'canceled' AND s.cancellation_origin = 'idle' THEN 'order_lost' ELSE 'case_without_row' END,
                    c.org_id, c.subscription_id, c.id, c.provider_subscription_id, 'case ' || c.state,
                    CASE WHEN s.status = 'canceled' AND s.cancellation_origin = 'idle' THEN 'order ' || i.state
                        ELSE 'row ' || s.status || coalesce(' by ' || s.cancellation_origin, '') END
                FROM billing.idle_case c JOIN billing.subscription s ON s.id = c.subscription_id
                LEFT JOIN billing.intent i ON i.id = CASE c.state WHEN 'decided' THEN c.end_intent_id WHEN 'reversing' THEN c.clear_intent_id END
                WHERE c.state IN ('decided', 'confirmed', 'reversing')
                    AND (s.status <> 'canceled' OR s.cancellation_origin IS DISTINCT FROM 'idle'
                        OR i.state IN ('succeeded', 'refused', 'superseded'))
            ) AS m ORDER BY m.subscription_id, m.kind
            """, scope: .system
        ).map { row in
            IdleDifference(
                kind: try row.idleWord("kind"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
                idleCase: try row.decode("case_id"), object: try row.decode("object_id", as: String?.self).map { ProviderID($0) },
                ours: try row.decode("ours"), theirs: try row.decode("theirs"))
        }
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
