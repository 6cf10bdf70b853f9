public import Billing
public import Core
internal import Identity
internal import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// The guard of a class, locked.
    public func lockedActionGuard(_ actionClass: ActionClass) async throws -> ActionGuardState {
        let rows = try await postgres.query(
            "SELECT is_open, reason, opened_at, allowance FROM billing.action_guard WHERE class = \(actionClass.rawValue) FOR UPDATE")
        guard let row = rows.first else { throw BillingStoreError.lost("action guard") }
        return ActionGuardState(
            actionClass: actionClass, isOpen: try row.decode("is_open"), reason: try row.decode("reason"),
            openedAt: try row.decode("opened_at"), allowance: Int(try row.decode("allowance", as: Int32.self)))
    }

    /// Stores how a guard stands.
    public func save(_ state: ActionGuardState) async throws {
        try await postgres.execute(
            """
            UPDATE billing.action_guard SET is_open = \(state.isOpen), reason = \(state.reason), opened_at = \(state.openedAt),
                allowance = \(Int32(state.allowance)) WHERE class = \(state.actionClass.rawValue)
            """)
    }

    /// By the decisions that were stored with the actions.
    public func actionCounts(_ actionClass: ActionClass, floor: Int, at now: Instant) async throws -> ActionCounts {
        let (rule, field, value) =
            switch actionClass {
            case .dunningEnd: (Decision.Rule.dunning, "outcome", JSONValue.object(["action": "end"]))
            case .repairEnd: (Decision.Rule.driftRepair, "inputs", JSONValue.object(["category": "service_without_payment"]))
            }
        let rows = try await postgres.query(
            """
            WITH done AS (SELECT count(*) FILTER (WHERE at > \(now - .hours(1))) AS last_hour, count(*) AS last_day
                FROM billing.decision WHERE rule = \(rule.rawValue) AND at > \(now - .hours(24)) AND actor = 'billing'
                    AND CASE \(field)::text WHEN 'outcome' THEN outcome ELSE inputs END @> \(value)::jsonb
                    AND NOT 'released' = ANY(effects))
            SELECT last_hour, last_day, CASE WHEN last_day < \(Int64(floor)) THEN 0 ELSE (SELECT count(*) FROM billing.subscription
                WHERE closed_at IS NULL AND started_at IS NOT NULL AND backing_kind IN ('provider_subscription', 'net_terms')) END AS eligible
            FROM done
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("action guard") }
        func count(_ name: String) throws -> Int { Int(try row.decode(name, as: Int64.self)) }
        return ActionCounts(lastHour: try count("last_hour"), lastDay: try count("last_day"), eligible: try count("eligible"))
    }

    /// What is due by its own row or difference.
    public func dueActions(_ actionClass: ActionClass, at now: Instant, limit: Int) async throws -> [Subscription.ID] {
        let rows =
            switch actionClass {
            case .dunningEnd:
                try await postgres.query(
                    """
                    SELECT id FROM billing.subscription WHERE status = 'unpaid' AND final_deadline <= \(now) AND started_at IS NOT NULL
                        AND closed_at IS NULL ORDER BY final_deadline, id LIMIT \(limit)
                    """)
            case .repairEnd:
                try await postgres.query(
                    """
                    SELECT subscription_id AS id FROM billing.drift_item WHERE state = 'open' AND category = 'service_without_payment'
                        AND subscription_id IS NOT NULL ORDER BY found_at, id LIMIT \(limit)
                    """)
            }
        return try rows.map { try $0.decode("id") }
    }
}
