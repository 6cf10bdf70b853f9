internal import Audit
internal import AuditPostgres
public import Core
@_spi(Authentication) public import Identity
public import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

/// Orgs in PostgreSQL; adopt it to have one store for several packages.
public protocol PostgresOrgStoring: OrgStore, PostgresIdentityStoring where Transaction: PostgresOrgTransaction {}

extension PostgresOrgStoring {
    /// One statement for any number of orgs; both counts are joined aggregates (ORG-119).
    public func overviews(of user: User.ID, includingDeleted: Bool) async throws -> [OrgOverview] {
        try await client.query(
            """
            WITH mine AS MATERIALIZED (
                SELECT m.org_id, m.role, m.joined_at FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
                WHERE m.user_id = \(user) AND m.ended_at IS NULL AND (o.state IN ('active', 'frozen')
                    OR (\(includingDeleted) AND o.state = 'deleted' AND m.role = 'owner'))
            ), people AS (
                SELECT org_id, count(*) AS n FROM orgs.membership WHERE org_id IN (SELECT org_id FROM mine) AND ended_at IS NULL GROUP BY org_id
            ), seen AS (
                SELECT g.org_id, count(*) AS n FROM orgs.org_graph g JOIN mine USING (org_id)
                WHERE g.ended_at IS NULL AND (mine.role <> 'member'
                    OR EXISTS (SELECT FROM orgs.org_graph_grant p WHERE p.graph_id = g.graph_id AND p.user_id = \(user)))
                GROUP BY g.org_id
            )
            SELECT \(fragment: Org.columns), mine.role, mine.joined_at, coalesce(people.n, 0) AS member_count, coalesce(seen.n, 0) AS graph_count,
                o.id IS NOT DISTINCT FROM (SELECT default_org_id FROM identity.account WHERE id = \(user)) AS is_default
            FROM mine JOIN orgs.org o ON o.id = mine.org_id LEFT JOIN people ON people.org_id = o.id LEFT JOIN seen ON seen.org_id = o.id
            ORDER BY mine.joined_at, o.id
            """, scope: .system
        ).map { row in
            guard let role = OrgRole(rawValue: try row.decode("role")) else { throw row["role"].failure("is no role") }
            return OrgOverview(
                org: try Org(row: row), role: role, joinedAt: try row.decode("joined_at"),
                memberCount: Int(try row.decode("member_count", as: Int64.self)),
                graphCount: Int(try row.decode("graph_count", as: Int64.self)), isDefault: try row.decode("is_default"))
        }
    }

    /// An org.
    public func org(_ id: Org.ID) async throws -> Org? {
        try await client.query(
            "SELECT \(fragment: Org.columns) FROM orgs.org o WHERE o.id = \(id) AND o.state <> 'purged'", scope: .org(id.uuid)
        ).first.map(Org.init(row:))
    }

    /// An org with what limits it.
    public func orgWithLimits(_ id: Org.ID) async throws -> (org: Org, limits: OrgLimits)? {
        try await client.query(
            """
            SELECT \(fragment: Org.columns), l.org_id, l.max_graphs, l.max_members, l.graphs_held, l.graphs_reserved
            FROM orgs.org o JOIN orgs.org_limits l ON l.org_id = o.id WHERE o.id = \(id) AND o.state <> 'purged'
            """, scope: .org(id.uuid)
        ).first.map { (try Org(row: $0), try OrgLimits(row: $0)) }
    }

    /// The live members of an org; those of purged accounts are not listed.
    public func members(of org: Org.ID) async throws -> [Member] {
        try await client.query(
            """
            SELECT m.user_id, a.name, a.email, m.role, m.joined_at, a.status = 'active' AS is_active
            FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
            WHERE m.org_id = \(org) AND m.ended_at IS NULL AND a.status <> 'purged'
            ORDER BY m.joined_at, m.id
            """, scope: .org(org.uuid)
        ).map(Member.init(row:))
    }

    /// The active people of an org with at least a role.
    public func recipients(with role: OrgRole, of org: Org.ID) async throws -> [Member] {
        try await members(of: org).filter { $0.isActive && $0.role >= role }
    }

    /// The graphs of an org that are not gone.
    public func graphs(of org: Org.ID, grantedTo user: User.ID?) async throws -> [OrgGraph] {
        try await client.query(
            """
            SELECT * FROM orgs.org_graph g WHERE g.org_id = \(org) AND g.ended_at IS NULL
                AND (\(user)::uuid IS NULL OR EXISTS (SELECT FROM orgs.org_graph_grant p WHERE p.graph_id = g.graph_id AND p.user_id = \(user)))
            ORDER BY g.created_at, g.graph_id
            """, scope: .org(org.uuid)
        ).map(OrgGraph.init(row:))
    }

    /// What limits an org.
    public func limits(of org: Org.ID) async throws -> OrgLimits? {
        try await client.query("SELECT * FROM orgs.org_limits WHERE org_id = \(org)", scope: .org(org.uuid)).first.map(OrgLimits.init(row:))
    }

    /// The live membership of a person in an org.
    public func scope(of user: User.ID, in org: Org.ID) async throws -> OrgScope? {
        try await withTransaction(.system) { try await $0.scope(of: user, in: org) }
    }

    /// The greatest over live members and what is kept of former ones.
    public func lastActivity(of org: Org.ID) async throws -> Instant? {
        try await client.query("SELECT used_at FROM orgs.last_use(\(org))", scope: .system).first?.decode("used_at")
    }

    /// Days of use and the graphs that were used, by one statement each.
    public func usage(of org: Org.ID, from first: CalendarDate, through last: CalendarDate) async throws -> OrgUsageRows {
        let days = try await client.query(
            """
            SELECT graph_id, day, credits, ai_operations FROM orgs.org_usage_day
            WHERE org_id = \(org) AND day BETWEEN \(first) AND \(last) ORDER BY day, graph_id
            """, scope: .org(org.uuid)
        ).map { row in
            OrgUsageRows.Day(
                graph: try row.decode("graph_id"), day: try row.decode("day"), credits: try row.decode("credits"),
                aiOperations: try row.decode("ai_operations"))
        }
        let graphs = try await client.query(
            """
            SELECT graph_id, graph_name, credits_available, credits_allocated, storage_bytes, ended_at FROM orgs.org_graph
            WHERE org_id = \(org) AND (ended_at IS NULL OR ended_at >= \(first.startOfDay)) ORDER BY created_at, graph_id
            """, scope: .org(org.uuid)
        ).map { row in
            OrgUsageRows.Graph(
                id: try row.decode("graph_id"), name: try row.decode("graph_name"), creditsAvailable: try row.decode("credits_available"),
                creditsAllocated: try row.decode("credits_allocated"), storageBytes: try row.decode("storage_bytes", as: Int64?.self) ?? 0,
                hasEnded: !row["ended_at"].isNull)
        }
        return OrgUsageRows(days: days, graphs: graphs)
    }
}
