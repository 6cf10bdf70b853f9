internal import Billing
public import Core
public import Graphs
public import Identity
internal import Operations
internal import Orgs
internal import Postgres

extension PostgresGraphTransaction {
    /// Reads a grant under a row lock.
    public func lockedGrant(on graph: GraphID, of user: User.ID) async throws -> GraphGrant? {
        try await postgres.query(
            """
            SELECT role, granted_at FROM graphs.graph_grant WHERE graph_id = \(graph.description) AND user_id = \(user) FOR UPDATE
            """
        ).first.map { GraphGrant(user: user, role: try GraphRow.word($0, "role"), grantedAt: try $0.decode("granted_at")) }
    }

    /// Replaces a role.
    public func setRole(_ role: GraphRole, on graph: GraphID, of user: User.ID) async throws {
        try await postgres.execute(
            "UPDATE graphs.graph_grant SET role = \(role.rawValue) WHERE graph_id = \(graph.description) AND user_id = \(user)")
    }

    /// Ends a grant.
    public func removeGrant(on graph: GraphID, of user: User.ID) async throws {
        try await postgres.execute("DELETE FROM graphs.graph_grant WHERE graph_id = \(graph.description) AND user_id = \(user)")
    }

    /// Takes a graph out of a selection.
    public func unselect(_ graph: GraphID, for user: User.ID) async throws {
        try await postgres.execute(
            """
            DELETE FROM graphs.selected_graph
            WHERE user_id = \(user) AND graph_id IN (SELECT f.id FROM graphs.graph f WHERE f.id = \(graph.description) OR f.parent_id = \(graph.description))
            """)
    }

    /// Reads a person's live credentials.
    public func credentials(of graph: GraphID, takenOutBy user: User.ID) async throws -> [GraphCredential] {
        try await postgres.query(
            """
            SELECT \(fragment: GraphRow.credentialColumns) FROM graphs.graph_credential
            WHERE graph_id IN (SELECT f.id FROM graphs.graph f WHERE f.id = \(graph.description) OR f.parent_id = \(graph.description)) AND created_by = \(user) AND revoked_at IS NULL ORDER BY id
            """
        ).map(GraphRow.credential)
    }

    /// Notes which credential takes the place of another, and until when that works.
    public func replaceCredential(
        _ old: GraphCredential, by new: GraphCredential.ID, endingAt end: Instant
    ) async throws -> GraphCredential {
        try await postgres.query(
            """
            UPDATE graphs.graph_credential SET replaced_by = \(new), expires_at = \(end) WHERE id = \(old.id)
            RETURNING \(fragment: GraphRow.credentialColumns)
            """
        ).first.map(GraphRow.credential) ?? old
    }
}

extension PostgresGraphStore {
    /// Credentials whose time is over and that are not revoked.
    public func credentialsDue(at now: Instant, limit: Int) async throws -> [GraphCredential] {
        try await client.query(
            """
            SELECT \(fragment: GraphRow.credentialColumns) FROM graphs.graph_credential
            WHERE revoked_at IS NULL AND expires_at <= \(now) ORDER BY expires_at LIMIT \(Int64(limit))
            """, scope: .system
        ).map(GraphRow.credential)
    }
}
