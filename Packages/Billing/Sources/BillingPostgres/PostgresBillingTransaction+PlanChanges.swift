public import Billing
public import Core
internal import Identity
internal import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// Stores a new change of plan.
    public func insert(_ change: PlanChange) async throws {
        try await postgres.execute(
            """
            INSERT INTO billing.plan_change (id, subscription_id, org_id, from_plan, from_version, to_plan, to_version,
                from_interval, to_interval, requested_by,
                operation_id, proration_date, state, deadline, created_at)
            VALUES (\(change.id), \(change.subscription), \(change.org), \(change.from.key.description), \(Int32(change.from.version)),
                \(change.to.key.description), \(Int32(change.to.version)), \(change.fromInterval.rawValue), \(change.toInterval.rawValue), \(change.requestedBy), \(change.operation),
                \(change.prorationDate), \(change.state.rawValue), \(change.deadline), \(change.createdAt))
            """)
    }

    /// Stores how far a change has come.
    public func save(_ change: PlanChange) async throws {
        try await postgres.execute(
            """
            UPDATE billing.plan_change SET state = \(change.state.rawValue), failure = \(change.failure.map(PostgresJSON.init)),
                ended_at = \(change.endedAt) WHERE id = \(change.id)
            """)
    }

    /// A change, without a lock.
    public func planChange(_ id: PlanChange.ID) async throws -> PlanChange? {
        try await postgres.query("SELECT * FROM billing.plan_change WHERE id = \(id)").first.map(PlanChange.init(row:))
    }

    /// A change, locked.
    public func lockedPlanChange(_ id: PlanChange.ID) async throws -> PlanChange? {
        try await postgres.query("SELECT * FROM billing.plan_change WHERE id = \(id) FOR UPDATE").first.map(PlanChange.init(row:))
    }

    /// The change of a subscription that is not over, locked.
    public func lockedUnfinishedPlanChange(of subscription: Subscription.ID) async throws -> PlanChange? {
        try await postgres.query(
            "SELECT * FROM billing.plan_change WHERE subscription_id = \(subscription) AND ended_at IS NULL FOR UPDATE"
        ).first.map(PlanChange.init(row:))
    }
}

extension PlanChange {
    init(row: Row) throws {
        func plan(_ prefix: String) throws -> PlanReference {
            guard let key = PlanKey(try row.decode(prefix + "_plan", as: String.self)) else {
                throw row[prefix + "_plan"].failure("is no plan")
            }
            return PlanReference(key: key, version: Int(try row.decode(prefix + "_version", as: Int32.self)))
        }
        self.init(
            id: try row.decode("id"), subscription: try row.decode("subscription_id"), org: try row.decode("org_id"),
            from: try plan("from"), to: try plan("to"),
            fromInterval: try row.word("from_interval"), toInterval: try row.word("to_interval"),
            requestedBy: try row.decode("requested_by"),
            operation: try row.decode("operation_id"), prorationDate: try row.decode("proration_date"), state: try row.word("state"),
            failure: try row.optionalOwn("failure"), deadline: try row.decode("deadline"),
            createdAt: try row.decode("created_at"), endedAt: try row.decode("ended_at"))
    }
}
