internal import Audit
internal import AuditPostgres
public import Core
internal import FoundationEssentials
public import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// People who never were in an org.
    public func peopleWithoutOrg(after last: User.ID?, limit: Int) async throws -> [User.ID] {
        try await postgres.query(
            """
            SELECT a.id FROM identity.account a
            WHERE a.status = 'active' AND (\(last)::uuid IS NULL OR a.id > \(last)) AND NOT EXISTS (
                SELECT FROM orgs.membership m WHERE m.user_id = a.id)
            ORDER BY a.id LIMIT \(Int64(limit)) FOR NO KEY UPDATE OF a SKIP LOCKED
            """
        ).map { try $0.decode("id") }
    }

    /// Stores many personal orgs by three statements.
    public func insert(_ founded: [(org: Org, membership: Membership)], maxGraphs: Limit) async throws {
        guard let now = founded.first?.org.createdAt, let name = founded.first?.org.name.description else { return }
        let orgs = founded.map(\.org.id.uuid)
        let people = founded.map(\.membership.user.uuid)
        _ = try await postgres.pipeline([
            """
            INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, created_at, updated_at)
            SELECT t.org, \(name), 'personal', t.person, 'active', \(now), \(now)
            FROM unnest(\(orgs)::uuid[], \(people)::uuid[]) AS t (org, person)
            """,
            """
            INSERT INTO orgs.org_limits (org_id, max_graphs, source)
            SELECT t.org, \(maxGraphs.number.map(Int32.init(clamping:))), 'catalogue' FROM unnest(\(orgs)::uuid[]) AS t (org)
            """,
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            SELECT t.id, t.org, t.person, 'owner', \(now), 'import', \(now)
            FROM unnest(\(founded.map(\.membership.id.uuid))::uuid[], \(orgs)::uuid[], \(people)::uuid[]) AS t (id, org, person)
            """,
        ])
    }

    /// The personal org of a person, or the only org that it owns.
    public func homeOrg(of user: User.ID) async throws -> Org.ID? {
        let rows = try await postgres.query(
            """
            SELECT o.id, o.personal_owner_id IS NOT DISTINCT FROM m.user_id AS is_home
            FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            WHERE m.user_id = \(user) AND m.role = 'owner' AND m.ended_at IS NULL AND o.state IN ('active', 'frozen')
            ORDER BY is_home DESC LIMIT 2
            """)
        guard let first = rows.first else { return nil }
        let isHome: Bool = try first.decode("is_home")
        return isHome || rows.count == 1 ? try first.decode("id") : nil
    }
}

extension PostgresOrgStoring {
    /// How many orgs, memberships and invitations there are, by one statement.
    public func figures(at now: Instant) async throws -> OrgFigures {
        let rows = try await client.query(
            """
            SELECT 'org' AS what, state AS kind, count(*) AS n FROM orgs.org GROUP BY state
            UNION ALL SELECT 'membership', role, count(*) FROM orgs.membership WHERE ended_at IS NULL GROUP BY role
            UNION ALL SELECT 'invitation', state, count(*) FROM orgs.invitation GROUP BY state
            UNION ALL SELECT 'purge', 'backlog', count(*) FROM orgs.org WHERE state IN ('deleted', 'purging') AND purge_at <= \(now)
            UNION ALL SELECT 'purge', 'age', coalesce(extract(epoch FROM \(now) - min(purge_at)), 0)::bigint
                FROM orgs.org WHERE state IN ('deleted', 'purging') AND purge_at <= \(now)
            """, scope: .system)
        var found: [String: [String: Int]] = [:]
        for row in rows {
            found[try row.decode("what"), default: [:]][try row.decode("kind")] = Int(try row.decode("n", as: Int64.self))
        }
        return OrgFigures(
            orgs: found["org"] ?? [:], memberships: found["membership"] ?? [:], invitations: found["invitation"] ?? [:],
            purgeBacklog: found["purge"]?["backlog"] ?? 0, purgeAge: found["purge"]?["age"] ?? 0)
    }
}
