public import Billing
public import Core
public import Identity
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// Stores a pool without credits, unless there is an open one.
    public func openPool(_ pool: CreditPool) async throws -> CreditPool {
        try await postgres.execute(
            """
            INSERT INTO billing.credit_pool (id, org_id, subscription_id, scope, resource_id, subscriber_id, allocation, anchor, window_start,
                window_end, created_at)
            VALUES (\(pool.id), \(pool.org), \(pool.subscription), \(pool.subscriber == nil ? "graph" : "seat"), \(pool.resource.description),
                \(pool.subscriber), \(pool.allocation.hundredths), \(pool.anchor), \(pool.window.start), \(pool.window.end), \(pool.createdAt))
            ON CONFLICT DO NOTHING
            """)
        guard let open = try await lockedPool(of: pool.resource, subscriber: pool.subscriber) else { throw BillingStoreError.lost("pool") }
        return open
    }

    /// The open pool of a graph or seat, locked.
    public func lockedPool(of resource: ResourceID, subscriber: User.ID?) async throws -> CreditPool? {
        try await pool(
            """
            p.scope = \(subscriber == nil ? "graph" : "seat") AND p.resource_id = \(resource.description)
            AND p.subscriber_id IS NOT DISTINCT FROM \(subscriber) AND p.closed_at IS NULL
            """)
    }

    /// The open pool that a subscription pays for, locked.
    public func lockedPool(of subscription: Subscription.ID, org: Org.ID) async throws -> CreditPool? {
        try await pool("p.org_id = \(org) AND p.subscription_id = \(subscription) AND p.closed_at IS NULL")
    }

    /// A pool, locked.
    public func lockedPool(_ id: CreditPool.ID) async throws -> CreditPool? {
        try await pool("p.id = \(id)")
    }

    private func pool(_ filter: Statement) async throws -> CreditPool? {
        try await postgres.query(
            "SELECT \(fragment: CreditPool.columns) FROM billing.credit_pool p WHERE \(fragment: filter) FOR UPDATE"
        ).first.map(CreditPool.init(row:))
    }

    /// The open pools whose month is over.
    public func duePools(at now: Instant, limit: Int) async throws -> [CreditPool] {
        try await postgres.query(
            """
            SELECT \(fragment: CreditPool.columns) FROM billing.credit_pool p WHERE p.closed_at IS NULL AND p.window_end <= \(now)
            ORDER BY p.window_end LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED
            """
        ).map(CreditPool.init(row:))
    }

    /// Stores window, allocation and end; a new month makes its notices due again.
    public func save(_ pool: CreditPool) async throws {
        try await postgres.execute(
            """
            UPDATE billing.credit_pool SET allocation = \(pool.allocation.hundredths),
                low_notice = CASE WHEN window_start = \(pool.window.start) THEN low_notice ELSE 101 END,
                window_start = \(pool.window.start), window_end = \(pool.window.end), allocated_at = \(pool.allocatedAt),
                closed_at = \(pool.closedAt) WHERE id = \(pool.id)
            """)
    }

    /// Posts a line by the one function that may.
    public func post(
        _ posting: CreditPosting, to pool: CreditPool.ID, at now: Instant
    ) async throws -> CreditOutcome<CreditTransaction.ID> {
        let row = try await postgres.query(
            """
            SELECT outcome, id, amount, balance, available FROM billing.post_credits(\(CreditTransaction.ID.make(at: now)), \(pool),
                \(posting.kind.rawValue), \(posting.amount.hundredths), \(posting.key), \(posting.drains), \(posting.settling),
                \(posting.operationType), \(posting.operation), \(posting.description), \(posting.user), \(posting.request), \(now))
            """
        ).first
        guard let row else { return .absent }
        switch try row.decode("outcome", as: String.self) {
        case "insufficient": return .insufficient(have: AICredits(hundredths: try row.decode("available")))
        case "conflict": return .keyReused
        case let outcome:
            return .posted(
                try row.decode("id"), amount: AICredits(hundredths: try row.decode("amount")),
                balance: AICredits(hundredths: try row.decode("balance")), isNew: outcome == "posted")
        }
    }

    /// Reserves credits.
    public func hold(
        _ amount: AICredits, of pool: CreditPool.ID, key: String, until: Instant, at now: Instant
    ) async throws -> CreditOutcome<CreditHoldID> {
        let row = try await postgres.query(
            """
            SELECT outcome, id, available FROM billing.hold_credits(\(CreditHoldID.make(at: now)), \(pool), \(amount.hundredths), \(key),
                \(until), \(now))
            """
        ).first
        guard let row else { return .absent }
        switch try row.decode("outcome", as: String.self) {
        case "insufficient": return .insufficient(have: AICredits(hundredths: try row.decode("available")))
        case "conflict": return .keyReused
        case let outcome:
            return .posted(
                try row.decode("id"), amount: amount, balance: AICredits(hundredths: try row.decode("available")),
                isNew: outcome == "posted")
        }
    }

    /// Ends a hold.
    public func closeHold(
        _ id: CreditHoldID, settling: Bool, at now: Instant
    ) async throws -> (pool: CreditPool.ID, amount: AICredits)? {
        try await postgres.query(
            "SELECT pool_id, amount FROM billing.close_hold(\(id), \(settling ? "settled" : "released"), \(now))"
        ).first.map { (try $0.decode("pool_id"), AICredits(hundredths: try $0.decode("amount"))) }
    }

    /// Releases holds whose time is over; nothing counts them any more.
    public func releaseLapsedHolds(at now: Instant, limit: Int) async throws -> Int {
        try await postgres.query(
            """
            SELECT closed.pool_id
            FROM (SELECT id FROM billing.credit_hold WHERE state = 'open' AND expires_at <= \(now) ORDER BY id LIMIT \(Int64(limit))) lapsed
            CROSS JOIN LATERAL billing.close_hold(lapsed.id, 'released', \(now)) closed
            """
        ).count
    }

    /// Takes the right to tell that a pool is low.
    public func takeLowNotice(_ percent: Int16, of pool: CreditPool.ID) async throws -> Bool {
        try await postgres.execute("UPDATE billing.credit_pool SET low_notice = \(percent) WHERE id = \(pool) AND low_notice > \(percent)")
            == 1
    }
}
