public import Core
public import Graphs
internal import Identity
internal import IdentityPostgres
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
    /// A graph with one caller's roles, in one statement.
    public func graph(_ id: GraphID, for caller: GraphCaller) async throws -> GraphForUser? {
        try await client.query(
            """
            SELECT \(fragment: GraphRow.columns), t.role AS granted, \(fragment: SecondFactorStanding.prefixedColumns)
            FROM graphs.graph g \(fragment: GraphRow.people(caller.user)) WHERE g.id = \(id.description)
            """, scope: .system
        ).first.flatMap { try GraphRow.graphForUser($0, caller) }
    }

    /// The graphs a caller can open, in one statement.
    public func graphs(for caller: GraphCaller, includingEnded: Bool) async throws -> (graphs: [GraphForUser], selected: GraphID?) {
        let rows = try await client.query(
            """
            SELECT \(fragment: GraphRow.columns), t.role AS granted, s.graph_id IS NOT NULL AS is_selected,
                \(fragment: SecondFactorStanding.prefixedColumns)
            FROM graphs.graph g \(fragment: GraphRow.people(caller.user))
            LEFT JOIN graphs.selected_graph s ON s.user_id = \(caller.user) AND s.graph_id = g.id
            WHERE (m.role IN ('owner', 'admin') OR t.role IS NOT NULL)
              AND (\(includingEnded) OR g.status NOT IN ('deprovisioned', 'failed'))
            ORDER BY g.created_at DESC, g.id
            """, scope: .system)
        var (graphs, selected): ([GraphForUser], GraphID?) = ([], nil)
        for row in rows {
            // What the credential leaves no role on is not in its list.
            guard let found = try GraphRow.listedGraph(row, caller) else { continue }
            graphs.append(found)
            if try row.decode("is_selected", as: Bool.self) { selected = found.graph.id }
        }
        return (graphs, selected)
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

    /// What is sealed, by its owner's role.
    public func sealedLogins(of graph: GraphID) async throws -> [SealedLogin] {
        try await client.query(
            """
            SELECT role, access, sealed_verifier FROM graphs.graph_credential
            WHERE graph_id = \(graph.description) AND revoked_at IS NULL AND sealed_verifier IS NOT NULL ORDER BY id
            """, scope: .system
        ).map { row in
            SealedLogin(
                specification: LoginSpecification(role: try row.decode("role"), access: try GraphRow.word(row, "access")),
                sealed: try row.decode("sealed_verifier"))
        }
    }

    /// The grants on a graph, by time.
    public func grants(on graph: GraphID) async throws -> [GraphGrant] {
        try await client.query(
            """
            SELECT user_id, role, granted_at FROM graphs.graph_grant WHERE graph_id = \(graph.description) ORDER BY granted_at, user_id
            """, scope: .system
        ).map { GraphGrant(user: try $0.decode("user_id"), role: try GraphRow.word($0, "role"), grantedAt: try $0.decode("granted_at")) }
    }

    /// What marks this installation's objects on its hosts.
    public func deployment() async throws -> String {
        guard let row = try await client.query("SELECT id FROM graphs.deployment").first else { throw DeploymentIsUnknown() }
        return try row.decode("id")
    }

    /// Asks the one function that knows (GRA-054).
    public func dueGraphs(at now: Instant, limit: Int) async throws -> [DueGraph] {
        try await client.query(
            "SELECT graph_id, step, reason FROM graphs.due_graphs(\(now), NULL) ORDER BY graph_id LIMIT \(Int64(limit))", scope: .system
        ).map(GraphRow.due)
    }

    /// What the function leaves out because an owner protects it, until the log says so once.
    public func protectedDue(at now: Instant, limit: Int) async throws -> [GraphID] {
        try await client.query(
            """
            SELECT g.id FROM graphs.graph g
            WHERE g.status = 'suspended' AND g.purge_at <= \(now) AND g.purge_hold IS NULL AND g.delete_protected
                AND NOT EXISTS (SELECT FROM audit.entry e
                    WHERE e.ref_graph = g.id AND e.type = 'graph_purge_deferred' AND e.occurred_at >= g.purge_at)
            ORDER BY g.id LIMIT \(Int64(limit))
            """, scope: .system
        ).compactMap { GraphID(try $0.decode("id", as: String.self)) }
    }

    /// Suspended graphs whose purge is held for a reason that begins so, by their ids.
    public func heldGraphs(because prefix: String, after graph: GraphID?, limit: Int) async throws -> [GraphID] {
        try await client.query(
            """
            SELECT id FROM graphs.graph
            WHERE id > \(graph?.description ?? "") AND status = 'suspended' AND starts_with(purge_hold, \(prefix)) ORDER BY id LIMIT \(Int64(limit))
            """, scope: .system
        ).compactMap { GraphID(try $0.decode("id", as: String.self)) }
    }
}

extension GraphRow {
    /// Whoever is switched off is nobody here, whatever link they still hold.
    static func people(_ user: User.ID) -> Statement {
        """
        JOIN identity.org_membership m ON m.org_id = g.org_id AND m.user_id = \(user) AND m.org_state <> 'deleted'
        JOIN identity.account a ON a.id = m.user_id AND a.status = 'active'
        LEFT JOIN graphs.graph_grant t ON t.graph_id = coalesce(g.parent_id, g.id) AND t.user_id = m.user_id
        """
    }

    static func host(_ row: Row) throws -> GraphHost {
        GraphHost(
            id: try row.decode("id"), name: try row.decode("name"),
            tiers: try row.decode("tiers", as: [String].self).map(TierName.init(rawValue:)),
            slots: Int(try row.decode("slots", as: Int32.self)), state: try GraphRow.word(row, "state"))
    }

    static func graphForUser(_ row: Row, _ caller: GraphCaller) throws -> GraphForUser? {
        guard let standing = try SecondFactorStanding(row: row, prefix: "m_") else { throw row["m_role"].failure("is no role") }
        return try GraphForUser(
            graph: try GraphRow.graph(row), granted: try row.decode("granted", as: String?.self).flatMap(GraphRole.init(rawValue:)),
            standing: standing, for: caller)
    }

    static func listedGraph(_ row: Row, _ caller: GraphCaller) throws -> GraphForUser? {
        do {
            return try graphForUser(row, caller)
        } catch IdentityError.mfaEnrollmentRequired {
            return nil
        }
    }
}

/// The row that the schema's step made is gone.
struct DeploymentIsUnknown: Error, Hashable, Sendable, CustomStringConvertible {
    var description: String { "graphs.deployment has no row: which objects on the hosts are this installation's cannot be told" }
}
