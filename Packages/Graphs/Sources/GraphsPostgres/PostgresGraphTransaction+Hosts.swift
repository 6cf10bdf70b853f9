internal import Billing
public import Core
public import Graphs
internal import Operations
internal import Orgs
internal import Postgres

extension PostgresGraphTransaction {
    /// Stores a host that is new, and its slots.
    public func insert(_ host: NewGraphHost, id: GraphHost.ID, at now: Instant) async throws -> Bool {
        let rows = try await postgres.query(
            """
            INSERT INTO graphs.graph_host (id, name, tiers, slots, state, storage_budget_bytes, created_at, updated_at)
            VALUES (\(id), \(host.name), \(host.tiers.map(\.rawValue)), \(Int32(host.slots)), 'ready', \(host.storageBudget as Int64?), \(now), \(now))
            ON CONFLICT (name) DO NOTHING RETURNING id
            """)
        guard !rows.isEmpty else { return false }
        try await postgres.execute(
            """
            INSERT INTO graphs.host_slot (host_id, number) SELECT \(id), n FROM generate_series(1, \(Int32(host.slots))) AS n
            """)
        return true
    }

    /// As an operator drains one.
    public func giveUp(_ host: GraphHost.ID, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE graphs.graph_host SET state = 'draining', is_given_up = true, updated_at = \(now)
            WHERE id = \(host) AND state <> 'retired'
            """) == 1
    }

    /// Under a lock that lets no probe say anything else meanwhile.
    public func lockedHost(of graph: GraphID) async throws -> (host: GraphHost, isGivenUp: Bool)? {
        try await postgres.query(
            """
            SELECT h.* FROM graphs.graph_host h
            WHERE h.id = (SELECT g.host_id FROM graphs.graph g WHERE g.id = \(graph.description)) FOR UPDATE
            """
        ).first.map { (host: try GraphRow.host($0), isGivenUp: try $0.decode("is_given_up")) }
    }

    /// Each graph with its newest complete backup and the newest attempt to bring it elsewhere.
    public func lostGraphs(on host: GraphHost.ID) async throws -> [LostGraph] {
        try await postgres.query(
            """
            SELECT g.id, g.org_id, g.name, b.id AS backup, b.as_of, o.id AS attempt, o.created_at AS attempted_at,
                coalesce(o.ended_at IS NULL AND o.id IS NOT NULL, false) AS under_way,
                EXISTS (SELECT FROM operations.operation x WHERE x.exclusive_scope = g.id AND x.ended_at IS NULL) AS busy
            FROM graphs.graph g
            LEFT JOIN LATERAL (
                SELECT n.id, coalesce(n.started_at, n.created_at) AS as_of FROM graphs.graph_backup n
                WHERE n.graph_id = g.id AND n.status = 'completed' AND NOT \(fragment: GraphRow.isMissing("n"))
                ORDER BY n.completed_at DESC, n.id DESC LIMIT 1) b ON true
            LEFT JOIN LATERAL (
                SELECT p.id, p.created_at, p.ended_at FROM operations.operation p
                WHERE p.graph_id = g.id AND p.kind = \(OperationKind.graphMove.name) ORDER BY p.created_at DESC, p.id DESC LIMIT 1) o ON true
            WHERE g.host_id = \(host) AND g.status IN ('active', 'suspended') ORDER BY g.id
            """
        ).map { row in
            LostGraph(
                graph: try GraphRow.text(row, "id"), org: try row.decode("org_id"), name: try row.decode("name"),
                backup: try row.decode("backup"), dataAsOf: try row.decode("as_of"), attempt: try row.decode("attempt"),
                attemptedAt: try row.decode("attempted_at"), isUnderWay: try row.decode("under_way"), isBusy: try row.decode("busy"))
        }
    }

    /// It is held until the recovery gives it back, however long that takes.
    public func holdNewSlot(of graph: Graph, besides host: GraphHost.ID, at now: Instant) async throws -> HostSlot? {
        if let held = try await newSlot(of: graph.id) { return held }
        return try await postgres.query(
            """
            \(fragment: PostgresHostLoad.pick(of: graph.tier, besides: host, moving: graph.id, now: now))
            UPDATE graphs.host_slot s SET state = 'reserved', org_id = \(graph.org), subscription_id = NULL,
                moving_graph_id = \(graph.id.description), reserved_until = \(now + .days(3_650))
            FROM pick, graphs.graph_host h WHERE s.host_id = pick.host_id AND s.number = pick.number AND h.id = s.host_id
            RETURNING s.host_id, h.name AS host_name, s.number
            """
        ).first.map(GraphRow.slot)
    }

    /// Reads the slot that is held.
    public func newSlot(of graph: GraphID) async throws -> HostSlot? {
        try await postgres.query(
            """
            SELECT s.host_id, h.name AS host_name, s.number FROM graphs.host_slot s JOIN graphs.graph_host h ON h.id = s.host_id
            WHERE s.moving_graph_id = \(graph.description)
            """
        ).first.map(GraphRow.slot)
    }

    /// The old one is freed first: a graph, and what pays for it, has one slot.
    public func takeNewSlot(of graph: GraphID) async throws -> HostSlot? {
        let old = try await postgres.query("SELECT subscription_id FROM graphs.host_slot WHERE graph_id = \(graph.description) FOR UPDATE")
        let payer: Subscription.ID? = try old.first?.decode("subscription_id")
        try await freeSlot(of: graph, or: nil)
        return try await postgres.query(
            """
            UPDATE graphs.host_slot s SET state = 'occupied', graph_id = s.moving_graph_id, subscription_id = \(payer),
                moving_graph_id = NULL, reserved_until = NULL
            FROM graphs.graph_host h WHERE s.moving_graph_id = \(graph.description) AND h.id = s.host_id
            RETURNING s.host_id, h.name AS host_name, s.number
            """
        ).first.map(GraphRow.slot)
    }

    /// Frees it.
    public func giveNewSlotBack(of graph: GraphID) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.host_slot SET state = 'free', org_id = NULL, moving_graph_id = NULL, reserved_until = NULL
            WHERE moving_graph_id = \(graph.description)
            """)
    }

    /// Free slots do not count.
    public func holdsPlaces(_ host: GraphHost.ID) async throws -> Bool {
        let found = try await postgres.query(
            "SELECT EXISTS (SELECT FROM graphs.host_slot s WHERE s.host_id = \(host) AND s.state <> 'free') AS holds")
        return try found.first?.decode("holds") ?? false
    }

    /// One row for a place; a copy that is made anew replaces what the last one found.
    public func note(_ place: LeftPlace) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.left_place (graph_id, host_id, operation_id, nodes, edges, digest)
            VALUES (\(place.graph.description), \(place.host), \(place.operation), \(place.nodes), \(place.edges), \(place.digest as String?))
            ON CONFLICT (graph_id, host_id) DO UPDATE SET operation_id = excluded.operation_id, nodes = excluded.nodes, edges = excluded.edges,
                digest = excluded.digest
            WHERE graphs.left_place.moved_at IS NULL
            """)
    }

    /// Fills the instants.
    public func leavePlace(of graph: GraphID, on host: GraphHost.ID, until release: Instant, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.left_place SET moved_at = \(now), release_at = \(release)
            WHERE graph_id = \(graph.description) AND host_id = \(host) AND moved_at IS NULL
            """)
    }

    /// Reads it under a lock.
    public func leftPlace(of graph: GraphID, on host: GraphHost.ID) async throws -> LeftPlace? {
        try await postgres.query(
            """
            SELECT operation_id, nodes, edges, digest, moved_at FROM graphs.left_place
            WHERE graph_id = \(graph.description) AND host_id = \(host) FOR UPDATE
            """
        ).first.map { row in
            LeftPlace(
                graph: graph, host: host, operation: try row.decode("operation_id"), nodes: try row.decode("nodes"),
                edges: try row.decode("edges"), digest: try row.decode("digest"), leftAt: try row.decode("moved_at"))
        }
    }

    /// Deletes the row.
    public func forgetPlace(of graph: GraphID, on host: GraphHost.ID) async throws {
        try await postgres.execute("DELETE FROM graphs.left_place WHERE graph_id = \(graph.description) AND host_id = \(host)")
    }

    /// Deletes all rows of the host.
    public func forgetPlaces(on host: GraphHost.ID) async throws {
        try await postgres.execute("DELETE FROM graphs.left_place WHERE host_id = \(host)")
    }
}
