public import Billing
public import Core
public import Identity
public import Orgs
internal import Postgres

extension PostgresBillingStoring {
    /// The open pools of an org, by resource: one statement.
    public func creditPools(of org: Org.ID) async throws -> [CreditPoolView] {
        try await poolViews("p.org_id = \(org) AND p.closed_at IS NULL", scope: .org(org.uuid))
    }

    /// The open pool of a graph or seat.
    public func creditPool(of resource: ResourceID, subscriber: User.ID?) async throws -> CreditPoolView? {
        try await poolViews(
            """
            p.scope = \(subscriber == nil ? "graph" : "seat") AND p.resource_id = \(resource.description)
            AND p.subscriber_id IS NOT DISTINCT FROM \(subscriber) AND p.closed_at IS NULL
            """, scope: .system
        ).first
    }

    private func poolViews(_ filter: Statement, scope: TransactionScope) async throws -> [CreditPoolView] {
        try await client.query(
            """
            SELECT \(fragment: CreditPool.columns), s.plan_key, month.used, month.lines FROM billing.credit_pool p
            JOIN billing.subscription s ON s.org_id = p.org_id AND s.id = p.subscription_id
            CROSS JOIN LATERAL (SELECT coalesce(-sum(t.amount) FILTER (WHERE t.type IN ('consumption', 'refund')), 0)::bigint AS used,
                    count(*) AS lines
                FROM billing.credit_transaction t WHERE t.org_id = p.org_id AND t.pool_id = p.id AND t.created_at >= p.window_start) month
            WHERE \(fragment: filter) ORDER BY p.resource_id, p.id
            """, scope: scope
        ).map { row in
            guard let plan = PlanKey(try row.decode("plan_key", as: String.self)) else { throw row["plan_key"].failure("is no plan") }
            return CreditPoolView(
                pool: try CreditPool(row: row), plan: plan, used: AICredits(hundredths: try row.decode("used")),
                transactionCount: Int(try row.decode("lines", as: Int64.self)))
        }
    }

    /// A part of a pool's ledger and what was wanted adds up to: two statements.
    public func creditTransactions(of pool: CreditPool.ID, org: Org.ID, _ query: CreditQuery) async throws -> CreditPage {
        var filter: Statement = "t.org_id = \(org) AND t.pool_id = \(pool)"
        if let kind = query.kind { filter += " AND t.type = \(kind.rawValue)" }
        if let type = query.operationType { filter += " AND t.operation_type = \(type)" }
        if let from = query.from { filter += " AND t.created_at >= \(from)" }
        if let until = query.until { filter += " AND t.created_at < \(until)" }
        let results = try await client.pipeline(
            [
                """
                SELECT \(fragment: CreditTransaction.columns) FROM billing.credit_transaction t WHERE \(fragment: filter)
                ORDER BY t.created_at DESC, t.seq DESC LIMIT \(Int64(query.limit)) OFFSET \(Int64(query.offset))
                """,
                """
                SELECT t.type, coalesce(t.operation_type, t.type) AS operation_type, (-sum(t.amount))::bigint AS total, count(*) AS lines,
                    min(t.created_at) AS first, max(t.created_at) AS last
                FROM billing.credit_transaction t WHERE \(fragment: filter) GROUP BY 1, 2 ORDER BY 2
                """,
            ], scope: .org(org.uuid))
        guard results.count == 2 else { throw BillingStoreError.lost("credit transactions") }
        var total = 0
        var uses: [CreditUse] = []
        for row in results[1] {
            let count = try row.decode("lines", as: Int64.self)
            total += Int(count)
            guard try row.decode("type", as: String.self) == CreditTransaction.Kind.consumption.rawValue else { continue }
            uses.append(
                CreditUse(
                    operationType: try row.decode("operation_type"), total: AICredits(hundredths: try row.decode("total")), count: count,
                    first: try row.decode("first"), last: try row.decode("last")))
        }
        return CreditPage(transactions: try results[0].map(CreditTransaction.init(row:)), uses: uses, total: total)
    }
}
