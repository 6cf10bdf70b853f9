public import Billing
public import Core
public import Graphs
public import Identity
public import Operations
public import Orgs
public import Postgres

/// Graphs by SQL on a transaction: adopt it, beside the mixins of the packages below, to meet `GraphTransaction`.
public protocol PostgresGraphTransaction {
    /// The transaction.
    var postgres: PostgresTransaction { get }
    /// The business time.
    var dateSource: any DateSource { get }
}

extension PostgresGraphTransaction {
    /// Stores a new graph.
    public func insert(_ graph: Graph) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions,
                custom_schema, initial_entity, tier, subscription_id, status, status_since, mode, access_epoch, source_backup_id, host_id,
                subgraph_index, subgraph_type, metadata)
            VALUES (\(graph.id.description), \(graph.org), \(graph.kind.rawValue), \(graph.createdBy), \(graph.createdAt),
                \(graph.provisioning), \(graph.name), \(graph.description), \(graph.tags), \(graph.extensions),
                \(graph.customSchema as JSONValue?), \(graph.initialEntity as JSONValue?), \(graph.tier.rawValue),
                \(graph.subscription as Subscription.ID?), \(graph.status.rawValue), \(graph.statusSince), \(graph.mode.rawValue),
                \(graph.accessEpoch), \(graph.source as GraphBackup.ID?), \(graph.host as GraphHost.ID?),
                \((graph.subgraph?.index).map { Int32($0) } as Int32?), \(graph.subgraph?.kind.rawValue as String?),
                \(graph.subgraph?.metadata as JSONValue?))
            """)
    }

    /// Reads a graph under a row lock.
    public func lockedGraph(_ id: GraphID) async throws -> Graph? {
        try await postgres.query(
            "SELECT \(fragment: GraphRow.columns) FROM graphs.graph g WHERE g.id = \(id.description) FOR UPDATE"
        ).first.map(GraphRow.graph)
    }

    /// Reads a graph.
    public func graph(_ id: GraphID) async throws -> Graph? {
        try await postgres.query("SELECT \(fragment: GraphRow.columns) FROM graphs.graph g WHERE g.id = \(id.description)").first
            .map(GraphRow.graph)
    }

    /// Reads the graph a subscription pays for.
    public func graph(paidBy subscription: Subscription.ID) async throws -> Graph? {
        try await postgres.query(
            "SELECT \(fragment: GraphRow.columns) FROM graphs.graph g WHERE g.subscription_id = \(subscription)"
        ).first.map(GraphRow.graph)
    }

    /// Stores what changed; a trigger knows the allowed moves.
    public func save(_ graph: Graph) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.graph SET name = \(graph.name), description = \(graph.description), tags = \(graph.tags), tier = \(graph.tier.rawValue),
                subscription_id = \(graph.subscription as Subscription.ID?), host_id = \(graph.host as GraphHost.ID?), status = \(graph.status.rawValue), status_since = \(graph.statusSince),
                status_reason = \(graph.statusReason as String?), mode = \(graph.mode.rawValue), access_epoch = \(graph.accessEpoch),
                purge_at = \(graph.purgeAt as Instant?), purge_hold = \(graph.purgeHold as String?),
                over_storage_cap = \(graph.isOverStorageCap), being_moved = \(graph.isBeingMoved), delete_protected = \(graph.isDeleteProtected)
            WHERE id = \(graph.id.description)
            """)
    }

    /// Sales that are paid for and have no graph.
    public func salesWithoutGraph(paidBy instant: Instant, after id: Subscription.ID?, limit: Int) async throws -> [Subscription.ID] {
        try await postgres.query(
            """
            SELECT s.id FROM billing.subscription s
            WHERE s.resource_type = 'graph' AND s.resource_id IS NULL AND s.status = 'provisioning' AND s.backing_kind IS NOT NULL
                AND s.updated_at <= \(instant) AND (\(id)::uuid IS NULL OR s.id > \(id))
                AND NOT EXISTS (SELECT FROM graphs.graph g WHERE g.subscription_id = s.id)
            ORDER BY s.id LIMIT \(Int64(limit))
            """
        ).map { try $0.decode("id") }
    }

    /// Asks the one function that knows (GRA-054).
    public func dueStep(of graph: GraphID, at now: Instant) async throws -> DueGraph? {
        try await postgres.query(
            "SELECT graph_id, step, reason FROM graphs.due_graphs(\(now), \(graph.description))"
        ).first.map(GraphRow.due)
    }

    /// Reads which graphs are due for a step.
    public func dueGraphs(_ step: DueGraph.Step, at now: Instant, limit: Int) async throws -> [GraphID] {
        try await postgres.query(
            """
            SELECT graph_id, step, reason FROM graphs.due_graphs(\(now), NULL) WHERE step = \(step.rawValue)
            ORDER BY graph_id LIMIT \(Int64(limit))
            """
        ).map { try GraphRow.due($0).graph }
    }

    /// Counts the graphs that are active or suspended.
    public func standingGraphs() async throws -> Int {
        let rows = try await postgres.query("SELECT count(*) AS graphs FROM graphs.graph WHERE status IN ('active', 'suspended')")
        return Int(try rows.first?.decode("graphs", as: Int64.self) ?? 0)
    }

    /// Reads the unfinished exclusive operation of a graph.
    public func exclusiveOperation(of graph: GraphID) async throws -> Operation.ID? {
        try await postgres.query(
            "SELECT id FROM operations.operation WHERE exclusive_scope = \(graph.description) AND ended_at IS NULL"
        ).first?.decode("id")
    }

    /// Reads the graphs of an org that are not gone.
    public func remainingGraphs(of org: Org.ID) async throws -> [Graph] {
        try await postgres.query(
            """
            SELECT \(fragment: GraphRow.columns) FROM graphs.graph g
            WHERE g.org_id = \(org) AND g.parent_id IS NULL AND g.status NOT IN ('deprovisioned', 'failed') ORDER BY g.id
            """
        ).map(GraphRow.graph)
    }

    /// The graphs of an org with an unfinished exclusive operation.
    public func busyGraphs(of org: Org.ID) async throws -> Set<GraphID> {
        Set(
            try await postgres.query(
                """
                SELECT g.id FROM graphs.graph g JOIN operations.operation o ON o.exclusive_scope = g.id AND o.ended_at IS NULL
                WHERE g.org_id = \(org)
                """
            ).map { try GraphRow.text($0, "id") })
    }

    /// Grants a role, or raises the one that is there.
    public func grant(_ role: GraphRole, on graph: GraphID, to user: User.ID, by granter: User.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.graph_grant AS t (graph_id, user_id, org_id, role, granted_by, granted_at)
            SELECT g.id, \(user), g.org_id, \(role.rawValue), \(granter), \(now) FROM graphs.graph g WHERE g.id = \(graph.description)
            ON CONFLICT (graph_id, user_id) DO UPDATE SET role = excluded.role
            WHERE array_position(ARRAY['viewer', 'member', 'admin'], t.role)
                < array_position(ARRAY['viewer', 'member', 'admin'], excluded.role)
            """)
    }

    /// Replaces a person's selection.
    public func select(_ graph: GraphID, for user: User.ID) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.selected_graph (user_id, graph_id) VALUES (\(user), \(graph.description))
            ON CONFLICT (user_id) DO UPDATE SET graph_id = excluded.graph_id
            """)
    }

    /// Ends grants and selections.
    public func closeGrants(of graph: GraphID) async throws {
        try await postgres.pipeline([
            "DELETE FROM graphs.graph_grant WHERE graph_id = \(graph.description)",
            "DELETE FROM graphs.selected_graph WHERE graph_id = \(graph.description)",
        ])
    }

    /// Lowers admin grants.
    public func lowerAdminGrants(of user: User.ID, in org: Org.ID) async throws {
        try await postgres.execute(
            "UPDATE graphs.graph_grant SET role = 'member' WHERE org_id = \(org) AND user_id = \(user) AND role = 'admin'")
    }

    /// Ends grants and the selection, and reads the credentials that are left to be revoked.
    public func endAccess(of user: User.ID, in org: Org.ID) async throws -> [GraphCredential] {
        let results = try await postgres.pipeline([
            "DELETE FROM graphs.graph_grant WHERE org_id = \(org) AND user_id = \(user)",
            """
            DELETE FROM graphs.selected_graph s USING graphs.graph g
            WHERE s.user_id = \(user) AND g.id = s.graph_id AND g.org_id = \(org)
            """,
            """
            SELECT \(fragment: GraphRow.credentialColumns) FROM graphs.graph_credential
            WHERE org_id = \(org) AND created_by = \(user) AND revoked_at IS NULL ORDER BY id
            """,
        ])
        return try results[2].map(GraphRow.credential)
    }

    /// Stores a credential; the graph's row is locked while they are counted.
    public func insert(_ credential: GraphCredential, replacing old: GraphCredential.ID?) async throws {
        let results = try await postgres.pipeline([
            "SELECT id FROM graphs.graph WHERE id = \(credential.graph.description) FOR UPDATE",
            """
            INSERT INTO graphs.graph_credential (id, graph_id, org_id, role, access, label, created_by, created_at, expires_at)
            SELECT \(credential.id), g.id, g.org_id, \(credential.role), \(credential.access.rawValue), \(credential.label),
                \(credential.createdBy), \(credential.createdAt), \(credential.expiresAt as Instant?)
            FROM graphs.graph g WHERE g.id = \(credential.graph.description)
              AND (SELECT count(*) FROM graphs.graph_credential c WHERE c.graph_id = g.id AND c.revoked_at IS NULL
                  AND c.id IS DISTINCT FROM \(old as GraphCredential.ID?)) < \(Int64(GraphCredential.limit))
            RETURNING id
            """,
        ])
        guard !results[1].isEmpty else { throw GraphError.credentialLimitReached }
    }

    /// Reads a credential under a row lock.
    public func lockedCredential(_ id: GraphCredential.ID, of graph: GraphID) async throws -> GraphCredential? {
        try await postgres.query(
            """
            SELECT \(fragment: GraphRow.credentialColumns) FROM graphs.graph_credential
            WHERE id = \(id) AND graph_id = \(graph.description) FOR UPDATE
            """
        ).first.map(GraphRow.credential)
    }

    /// Reads those that still let somebody in.
    public func liveCredentials(of graph: GraphID) async throws -> [GraphCredential] {
        try await postgres.query(
            """
            SELECT \(fragment: GraphRow.credentialColumns) FROM graphs.graph_credential
            WHERE graph_id = \(graph.description) AND revoked_at IS NULL ORDER BY id
            """
        ).map(GraphRow.credential)
    }

    /// Of one that is revoked nothing is kept.
    public func keep(_ sealed: String, of credential: GraphCredential.ID) async throws {
        try await postgres.execute(
            "UPDATE graphs.graph_credential SET sealed_verifier = \(sealed) WHERE id = \(credential) AND revoked_at IS NULL")
    }

    /// Marks credentials as revoked; those that were keep their time.
    public func revokeCredentials(_ id: GraphCredential.ID?, of graph: GraphID, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.graph_credential SET revoked_at = \(now), sealed_verifier = NULL
            WHERE graph_id = \(graph.description) AND revoked_at IS NULL
              AND (\(id as GraphCredential.ID?)::uuid IS NULL OR id = \(id as GraphCredential.ID?))
            """)
    }

    /// Removes the rows whose time is that of the graph on its host.
    public func forgetParts(of graph: GraphID) async throws {
        try await postgres.pipeline([
            "DELETE FROM graphs.graph_credential WHERE graph_id = \(graph.description)",
            "DELETE FROM graphs.storage_sample WHERE graph_id = \(graph.description)",
            "DELETE FROM graphs.orphan_finding WHERE graph_id = \(graph.description) AND kind <> 'backup_row'",
            "DELETE FROM graphs.teardown WHERE graph_id = \(graph.description)",
        ])
    }

    /// Takes graphs out of a selection that neither a grant nor the org role opens.
    public func unselectLost(of user: User.ID, in org: Org.ID) async throws {
        try await postgres.execute(
            """
            DELETE FROM graphs.selected_graph s USING graphs.graph g
            WHERE s.user_id = \(user) AND g.id = s.graph_id AND g.org_id = \(org)
              AND NOT EXISTS (SELECT FROM graphs.graph_grant t WHERE t.graph_id = coalesce(g.parent_id, g.id) AND t.user_id = s.user_id)
            """)
    }

    /// Stores how far a destruction is; constraints and a trigger refuse a drop without a verified backup.
    public func save(_ teardown: Teardown) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.teardown AS t
                (graph_id, org_id, operation_id, closed_at, backup_id, verified_at, drop_allowed_at, absent_at, waived_at)
            SELECT g.id, g.org_id, \(teardown.operation), \(teardown.closedAt as Instant?), \(teardown.backup as GraphBackup.ID?),
                \(teardown.verifiedAt as Instant?), \(teardown.dropAllowedAt as Instant?), \(teardown.absentAt as Instant?),
                \(teardown.waivedAt as Instant?)
            FROM graphs.graph g WHERE g.id = \(teardown.graph.description)
            ON CONFLICT (graph_id) DO UPDATE SET closed_at = excluded.closed_at, backup_id = excluded.backup_id,
                verified_at = excluded.verified_at, drop_allowed_at = excluded.drop_allowed_at, absent_at = excluded.absent_at,
                waived_at = excluded.waived_at
            """)
    }

    /// Reads how far a destruction is, under a row lock.
    public func lockedTeardown(of graph: GraphID) async throws -> Teardown? {
        try await postgres.query("SELECT * FROM graphs.teardown WHERE graph_id = \(graph.description) FOR UPDATE").first
            .map(GraphRow.teardown)
    }
}
