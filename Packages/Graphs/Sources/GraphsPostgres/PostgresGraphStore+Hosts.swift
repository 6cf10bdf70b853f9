public import Core
public import Graphs
internal import Postgres

extension PostgresGraphStore {
    /// For how long after its last answer a host still counts as healthy: three probes and a little.
    private static var healthy: Duration { .seconds(100) }

    /// Free slots by tier of hosts that are ready, have answered lately and have room in their storage budget; what is not known is no room.
    public func capacity() async throws -> [TierCapacity] {
        let now = dateSource.now
        return try await client.query(
            """
            WITH open AS MATERIALIZED (
                SELECT h.id, h.tiers FROM graphs.graph_host h
                WHERE h.state = 'ready' AND h.last_healthy_at > now() - \(Self.healthy)
                    AND (h.storage_budget_bytes IS NULL OR h.storage_budget_bytes > \(fragment: PostgresHostLoad.bytes))
            )
            SELECT tier, count(*) FILTER (WHERE s.state = 'free'
                OR (s.state = 'reserved' AND s.graph_id IS NULL AND s.reserved_until <= \(now))) AS free
            FROM open h CROSS JOIN unnest(h.tiers) AS tier JOIN graphs.host_slot s ON s.host_id = h.id
            GROUP BY tier ORDER BY tier
            """, scope: .system
        ).map { TierCapacity(tier: TierName(rawValue: try $0.decode("tier")), freeSlots: Int(try $0.decode("free", as: Int64.self))) }
    }

    /// Beside the newest sample of its size.
    public func remember(_ facts: GraphFacts, of graph: Graph, at now: Instant) async throws {
        try await client.execute(
            """
            INSERT INTO graphs.storage_sample AS s (graph_id, org_id, bytes, sampled_at, facts, facts_at)
            VALUES (\(graph.id.description), \(graph.org), \(facts.bytes), \(now), \(PostgresJSON(facts)), \(now))
            ON CONFLICT (graph_id) DO UPDATE SET facts = excluded.facts, facts_at = excluded.facts_at
            WHERE s.facts_at IS NULL OR s.facts_at <= \(now - .minutes(5))
            """, scope: .system)
    }

    /// The same, read back.
    public func rememberedFacts(of graph: GraphID) async throws -> (facts: GraphFacts, at: Instant)? {
        try await client.query(
            "SELECT facts, facts_at FROM graphs.storage_sample WHERE graph_id = \(graph.description) AND facts IS NOT NULL",
            scope: .system
        ).first.map { (facts: try $0.decode("facts", as: PostgresJSON<GraphFacts>.self).value, at: try $0.decode("facts_at")) }
    }

    /// What hosts said when they were probed; one that is retired serves nobody.
    public func machineMemory() async throws -> [TierName: Int] {
        let rows = try await client.query(
            """
            SELECT tier, min(h.memory_mb) AS memory FROM graphs.graph_host h CROSS JOIN unnest(h.tiers) AS tier
            WHERE h.state <> 'retired' AND h.memory_mb IS NOT NULL GROUP BY tier ORDER BY tier
            """, scope: .system)
        return Dictionary(
            try rows.map { (TierName(rawValue: try $0.decode("tier")), Int(try $0.decode("memory", as: Int32.self))) }
        ) { first, _ in first }
    }

    /// All hosts, by name.
    public func hosts() async throws -> [GraphHost] {
        try await client.query("SELECT id, name, tiers, slots, state FROM graphs.graph_host ORDER BY name", scope: .system).map(
            GraphRow.host)
    }

    /// A host by its id.
    public func host(_ id: GraphHost.ID) async throws -> GraphHost? {
        try await client.query("SELECT id, name, tiers, slots, state FROM graphs.graph_host WHERE id = \(id)", scope: .system).first
            .map(GraphRow.host)
    }

    /// Adds hosts that are new and the slots they lack; hosts that are no longer named stay as they are, since graphs may be on them.
    public func register(_ hosts: [NewGraphHost], at now: Instant) async throws {
        try await client.withTransaction(scope: .system) { transaction in
            for host in hosts {
                let (tiers, budget) = (host.tiers.map(\.rawValue), host.storageBudget as Int64?)
                try await transaction.pipeline([
                    """
                    INSERT INTO graphs.graph_host AS h (id, name, tiers, slots, state, storage_budget_bytes, created_at, updated_at)
                    VALUES (\(GraphHost.ID.make(at: now)), \(host.name), \(tiers), \(Int32(host.slots)), 'ready', \(budget), \(now), \(now))
                    ON CONFLICT (name) DO UPDATE SET tiers = excluded.tiers, slots = greatest(h.slots, excluded.slots),
                        storage_budget_bytes = excluded.storage_budget_bytes, updated_at = excluded.updated_at
                    WHERE (h.tiers, h.slots, h.storage_budget_bytes)
                        IS DISTINCT FROM (excluded.tiers, greatest(h.slots, excluded.slots), excluded.storage_budget_bytes)
                    """,
                    """
                    INSERT INTO graphs.host_slot (host_id, number)
                    SELECT h.id, n FROM graphs.graph_host h CROSS JOIN generate_series(1, h.slots) AS n WHERE h.name = \(host.name)
                    ON CONFLICT DO NOTHING
                    """,
                ])
            }
        }
    }

    /// One process gets it; the others find the host looked after.
    public func claimProbe(of host: GraphHost.ID, every interval: Duration) async throws -> Bool {
        try await client.execute(
            """
            UPDATE graphs.graph_host SET probed_at = now()
            WHERE id = \(host) AND state <> 'retired' AND (probed_at IS NULL OR probed_at <= now() - \(interval))
            """, scope: .system) == 1
    }

    /// Counts, and changes the state where the count is full.
    public func noteProbe(
        of host: GraphHost.ID, _ facts: HostFacts?, threshold: Int
    ) async throws -> (before: GraphHost.State, after: GraphHost.State)? {
        let (isHealthy, limit) = (facts?.mayMaintain == true, Int32(threshold))
        let row = try await client.query(
            """
            WITH before AS MATERIALIZED (SELECT id, state FROM graphs.graph_host WHERE id = \(host) FOR UPDATE)
            UPDATE graphs.graph_host h
            SET last_healthy_at = CASE WHEN \(isHealthy) THEN now() ELSE h.last_healthy_at END,
                server_version = coalesce(\(facts?.serverVersion), h.server_version),
                memory_mb = coalesce(\((facts?.memoryMegabytes).map { Int32($0) }), h.memory_mb),
                failures_in_a_row = CASE WHEN \(isHealthy) THEN 0 ELSE h.failures_in_a_row + 1 END,
                successes_in_a_row = CASE WHEN \(isHealthy) THEN h.successes_in_a_row + 1 ELSE 0 END,
                is_given_up = h.is_given_up AND NOT \(isHealthy),
                state = CASE WHEN h.state = 'ready' AND NOT \(isHealthy) AND h.failures_in_a_row + 1 >= \(limit) THEN 'offline'
                    WHEN h.state = 'offline' AND \(isHealthy) AND h.successes_in_a_row + 1 >= \(limit) THEN 'ready' ELSE h.state END
            FROM before WHERE before.id = h.id RETURNING before.state AS before, h.state AS after
            """, scope: .system
        ).first
        guard let row else { return nil }
        return (before: try GraphRow.word(row, "before"), after: try GraphRow.word(row, "after"))
    }

    /// Graphs in use or suspended; what is being made or destroyed has a login of its saga alone.
    public func tenants(on host: GraphHost.ID) async throws -> [(graph: GraphID, tier: TierName, logins: [String])] {
        try await client.query(
            """
            SELECT g.id, g.tier, coalesce(array_agg(c.role) FILTER (WHERE c.role IS NOT NULL), '{}') AS logins
            FROM graphs.graph g LEFT JOIN graphs.graph_credential c ON c.graph_id = g.id AND c.revoked_at IS NULL
            WHERE g.host_id = \(host) AND g.status IN ('active', 'suspended') GROUP BY g.id, g.tier ORDER BY g.id
            """, scope: .system
        ).compactMap { row in
            guard let id = GraphID(try row.decode("id", as: String.self)) else { return nil }
            return (graph: id, tier: TierName(rawValue: try row.decode("tier")), logins: try row.decode("logins"))
        }
    }
}

/// What the graphs of a host take, in statements that call the host `h`.
enum PostgresHostLoad {
    /// The newest samples of the graphs with a place on it.
    static let bytes: Statement = """
        (SELECT coalesce(sum(m.bytes), 0) FROM graphs.storage_sample m JOIN graphs.host_slot o ON o.graph_id = split_part(m.graph_id, '_', 1)
            WHERE o.host_id = h.id)
        """

    /// The beginning of a statement that takes a free slot of the fittest host as `pick`: the lowest share of slots, then of storage, then the
    /// id, with a skip-locked row, so that no host ever holds more than its slots (GRA-098).
    ///
    /// - Parameter graph: one that comes from another host; not to one on which a place that it has left is still kept.
    static func pick(of tier: TierName, besides host: GraphHost.ID?, moving graph: GraphID? = nil, now: Instant) -> Statement {
        let isFree: Statement =
            graph.map {
                "NOT EXISTS (SELECT FROM graphs.left_place l WHERE l.host_id = h.id AND split_part(l.graph_id, '_', 1) = \($0.description))"
            }
            ?? "true"
        return """
            WITH load AS (
                SELECT h.id, count(*) FILTER (WHERE s.state <> 'free')::float8 / h.slots AS share,
                    coalesce(\(fragment: bytes)::float8 / h.storage_budget_bytes, 0) AS stored
                FROM graphs.graph_host h JOIN graphs.host_slot s ON s.host_id = h.id
                WHERE h.state = 'ready' AND \(tier.rawValue) = ANY(h.tiers) AND h.id IS DISTINCT FROM \(host) AND \(fragment: isFree)
                GROUP BY h.id, h.slots
            ), pick AS MATERIALIZED (
                SELECT s.host_id, s.number FROM graphs.host_slot s JOIN load ON load.id = s.host_id
                WHERE load.stored < 1 AND (s.state = 'free'
                    OR (s.state = 'reserved' AND s.graph_id IS NULL AND s.moving_graph_id IS NULL AND s.reserved_until <= \(now)))
                ORDER BY load.share, load.stored, s.host_id, s.number LIMIT 1 FOR UPDATE OF s SKIP LOCKED
            )
            """
    }
}
