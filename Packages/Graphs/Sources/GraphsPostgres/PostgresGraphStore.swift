public import Core
public import Graphs
public import Identity
public import Postgres

/// The reads of graphs by SQL: adopt it, beside the stores of the packages below, to meet `GraphStore`.
///
/// Whose a graph is, is known only once it is read, so these work on the product's behalf; they give nothing to persons outside of its org.
public protocol PostgresGraphStore: Sendable {
    /// The control database.
    var client: PostgresClient { get }
    /// The business time.
    var dateSource: any DateSource { get }
}

extension PostgresGraphStore {
    /// A graph with one person's roles, in one statement.
    public func graph(_ id: GraphID, for user: User.ID) async throws -> GraphForUser? {
        try await client.query(
            """
            SELECT \(fragment: GraphRow.columns), t.role AS granted, m.role AS org_role, false AS is_selected
            FROM graphs.graph g \(fragment: GraphRow.people(user)) WHERE g.id = \(id.description)
            """, scope: .system
        ).first.map(GraphRow.graphForUser)
    }

    /// The graphs a person can open, in one statement.
    public func graphs(for user: User.ID, includingEnded: Bool) async throws -> (graphs: [GraphForUser], selected: GraphID?) {
        let rows = try await client.query(
            """
            SELECT \(fragment: GraphRow.columns), t.role AS granted, m.role AS org_role, s.graph_id IS NOT NULL AS is_selected
            FROM graphs.graph g \(fragment: GraphRow.people(user))
            LEFT JOIN graphs.selected_graph s ON s.user_id = \(user) AND s.graph_id = g.id
            WHERE (m.role IN ('owner', 'admin') OR t.role IS NOT NULL)
              AND (\(includingEnded) OR g.status NOT IN ('deprovisioned', 'failed'))
            ORDER BY g.created_at DESC, g.id
            """, scope: .system)
        let selected = try rows.first { try $0.decode("is_selected", as: Bool.self) }
        return (try rows.map(GraphRow.graphForUser), try selected.map { try GraphRow.text($0, "id") })
    }

    /// A backup by its id.
    public func backup(_ id: GraphBackup.ID) async throws -> GraphBackup? {
        try await client.query(
            "SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup WHERE id = \(id)", scope: .system
        ).first.map(GraphRow.backup)
    }

    /// Completed backups of a graph, newest first.
    public func backups(of graph: GraphID) async throws -> [GraphBackup] {
        try await client.query(
            """
            SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup
            WHERE graph_id = \(graph.description) AND status = 'completed' ORDER BY id DESC
            """, scope: .system
        ).map(GraphRow.backup)
    }

    /// The credentials of a graph, newest first.
    public func credentials(of graph: GraphID) async throws -> [GraphCredential] {
        try await client.query(
            """
            SELECT \(fragment: GraphRow.credentialColumns) FROM graphs.graph_credential
            WHERE graph_id = \(graph.description) ORDER BY id DESC
            """, scope: .system
        ).map(GraphRow.credential)
    }

    /// The grants on a graph, by time.
    public func grants(on graph: GraphID) async throws -> [GraphGrant] {
        try await client.query(
            """
            SELECT user_id, role, granted_at FROM graphs.graph_grant WHERE graph_id = \(graph.description) ORDER BY granted_at, user_id
            """, scope: .system
        ).map { GraphGrant(user: try $0.decode("user_id"), role: try GraphRow.word($0, "role"), grantedAt: try $0.decode("granted_at")) }
    }

    /// Free slots by tier of ready hosts.
    public func capacity() async throws -> [TierCapacity] {
        let now = dateSource.now
        return try await client.query(
            """
            SELECT tier, count(*) FILTER (WHERE s.state = 'free'
                OR (s.state = 'reserved' AND s.graph_id IS NULL AND s.reserved_until <= \(now))) AS free
            FROM graphs.graph_host h CROSS JOIN unnest(h.tiers) AS tier JOIN graphs.host_slot s ON s.host_id = h.id
            WHERE h.state = 'ready' GROUP BY tier ORDER BY tier
            """, scope: .system
        ).map { TierCapacity(tier: TierName(rawValue: try $0.decode("tier")), freeSlots: Int(try $0.decode("free", as: Int64.self))) }
    }

    /// What marks this installation's objects on its hosts.
    public func deployment() async throws -> String {
        guard let row = try await client.query("SELECT id FROM graphs.deployment").first else { throw DeploymentIsUnknown() }
        return try row.decode("id")
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

    /// Asks the one function that knows (GRA-054).
    public func dueGraphs(at now: Instant, limit: Int) async throws -> [DueGraph] {
        try await client.query(
            "SELECT graph_id, step, reason FROM graphs.due_graphs(\(now), NULL) ORDER BY graph_id LIMIT \(Int64(limit))", scope: .system
        ).map(GraphRow.due)
    }

    /// Adds hosts that are new and the slots they lack; hosts that are no longer named stay as they are, since graphs may be on them.
    public func register(_ hosts: [NewGraphHost], at now: Instant) async throws {
        try await client.withTransaction(scope: .system) { transaction in
            for host in hosts {
                let tiers = host.tiers.map(\.rawValue)
                try await transaction.pipeline([
                    """
                    INSERT INTO graphs.graph_host AS h (id, name, tiers, slots, state, created_at, updated_at)
                    VALUES (\(GraphHost.ID.make(at: now)), \(host.name), \(tiers), \(Int32(host.slots)), 'ready', \(now), \(now))
                    ON CONFLICT (name) DO UPDATE SET tiers = excluded.tiers, slots = greatest(h.slots, excluded.slots),
                        updated_at = excluded.updated_at
                    WHERE (h.tiers, h.slots) IS DISTINCT FROM (excluded.tiers, greatest(h.slots, excluded.slots))
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
}

extension GraphRow {
    static func people(_ user: User.ID) -> Statement {
        """
        JOIN identity.org_membership m ON m.org_id = g.org_id AND m.user_id = \(user) AND m.org_state <> 'deleted'
        LEFT JOIN graphs.graph_grant t ON t.graph_id = g.id AND t.user_id = m.user_id
        """
    }

    static func host(_ row: Row) throws -> GraphHost {
        GraphHost(
            id: try row.decode("id"), name: try row.decode("name"),
            tiers: try row.decode("tiers", as: [String].self).map(TierName.init(rawValue:)),
            slots: Int(try row.decode("slots", as: Int32.self)), state: try GraphRow.word(row, "state"))
    }

    static func graphForUser(_ row: Row) throws -> GraphForUser {
        GraphForUser(
            graph: try GraphRow.graph(row), granted: try row.decode("granted", as: String?.self).flatMap(GraphRole.init(rawValue:)),
            orgRole: try GraphRow.word(row, "org_role"))
    }
}

/// The row that the schema's step made is gone.
struct DeploymentIsUnknown: Error, Hashable, Sendable, CustomStringConvertible {
    var description: String { "graphs.deployment has no row: which objects on the hosts are this installation's cannot be told" }
}
