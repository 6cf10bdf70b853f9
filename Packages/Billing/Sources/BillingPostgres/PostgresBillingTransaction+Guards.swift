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

    /// By what was noted of those that were let through.
    public func actionCounts(_ actionClass: ActionClass, at now: Instant) async throws -> ActionCounts {
        let rows = try await postgres.query(
            """
            SELECT count(*) FILTER (WHERE at > \(now - .hours(1))) AS last_hour, count(*) AS last_day
            FROM billing.guarded_action WHERE class = \(actionClass.rawValue) AND at > \(now - .hours(24)) AND NOT is_released
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("action guard") }
        return ActionCounts(
            lastHour: Int(try row.decode("last_hour", as: Int64.self)), lastDay: Int(try row.decode("last_day", as: Int64.self)))
    }

    /// Notes an action, and forgets those that count no longer.
    public func noteAction(_ actionClass: ActionClass, isReleased: Bool, at now: Instant) async throws {
        _ = try await postgres.pipeline([
            "DELETE FROM billing.guarded_action WHERE class = \(actionClass.rawValue) AND at <= \(now - .hours(24))",
            "INSERT INTO billing.guarded_action (class, at, is_released) VALUES (\(actionClass.rawValue), \(now), \(isReleased))",
        ])
    }

    /// Counts what the provider or our own invoices are paid for.
    public func payingSubscriptions() async throws -> Int {
        let rows = try await postgres.query(
            """
            SELECT count(*) AS eligible FROM billing.subscription
            WHERE closed_at IS NULL AND started_at IS NOT NULL AND backing_kind IN ('provider_subscription', 'net_terms')
            """)
        return Int(try rows.first?.decode("eligible", as: Int64.self) ?? 0)
    }

    /// By the deadline in the row.
    public func subscriptionsToEnd(at now: Instant, limit: Int) async throws -> [Subscription.ID] {
        try await postgres.query(
            """
            SELECT id FROM billing.subscription WHERE status = 'unpaid' AND final_deadline <= \(now) AND started_at IS NOT NULL
                AND closed_at IS NULL ORDER BY final_deadline, id LIMIT \(limit)
            """
        ).map { try $0.decode("id") }
    }

    /// By the open difference.
    public func subscriptionsToRepair(limit: Int) async throws -> [Subscription.ID] {
        try await postgres.query(
            """
            SELECT subscription_id AS id FROM billing.drift_item WHERE state = 'open' AND category = 'service_without_payment'
                AND subscription_id IS NOT NULL ORDER BY found_at, id LIMIT \(limit)
            """
        ).map { try $0.decode("id") }
    }
}
