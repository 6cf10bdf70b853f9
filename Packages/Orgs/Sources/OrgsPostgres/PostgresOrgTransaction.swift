internal import Audit
internal import AuditPostgres
public import Core
public import Identity
public import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

/// Orgs by SQL on a transaction; adopt it to change them together with what belongs to a higher package.
public protocol PostgresOrgTransaction: OrgTransaction, PostgresIdentityTransaction {}

extension PostgresOrgTransaction {
    /// An org, locked.
    public func lockedOrg(_ id: Org.ID) async throws -> Org? {
        try await postgres.query(
            "SELECT \(fragment: Org.columns) FROM orgs.org o WHERE o.id = \(id) AND o.state <> 'purged' FOR NO KEY UPDATE"
        ).first.map(Org.init(row:))
    }

    /// An org as it is.
    public func org(_ id: Org.ID) async throws -> Org? {
        try await postgres.query("SELECT \(fragment: Org.columns) FROM orgs.org o WHERE o.id = \(id) AND o.state <> 'purged'").first
            .map(Org.init(row:))
    }

    /// Stores a new org with its limits.
    public func insert(_ org: Org, maxGraphs: Limit) async throws {
        do {
            _ = try await postgres.pipeline([
                """
                INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, version, created_at, updated_at)
                VALUES (\(org.id), \(org.name.description), \(org.type.rawValue), \(org.personalOwner), \(org.state.rawValue),
                    \(Int64(org.version)), \(org.createdAt), \(org.updatedAt))
                """,
                """
                INSERT INTO orgs.org_limits (org_id, max_graphs, source) VALUES (\(org.id), \(maxGraphs.number.map(Int32.init)), 'catalogue')
                """,
            ])
        } catch let error as PostgresError where error.violates("org_one_personal") {
            throw OrgsError.alreadyExists
        }
    }

    /// Stores what changed about an org, if it is still the one that was read.
    public func save(_ org: Org) async throws {
        let saved: Int
        do {
            saved = try await postgres.execute(
                """
                UPDATE orgs.org SET name = \(org.name.description), org_type = \(org.type.rawValue), personal_owner_id = \(org.personalOwner),
                    state = \(org.state.rawValue), updated_at = \(org.updatedAt), version = version + 1
                WHERE id = \(org.id) AND version = \(Int64(org.version))
                """)
        } catch let error as PostgresError where error.violates("org_one_personal") {
            throw OrgsError.typeNotAllowed
        }
        guard saved == 1 else { throw OrgsError.preconditionFailed }
    }

    /// A live membership, locked.
    public func lockedMembership(of user: User.ID, in org: Org.ID) async throws -> Membership? {
        try await postgres.query(
            "SELECT * FROM orgs.membership WHERE user_id = \(user) AND org_id = \(org) AND ended_at IS NULL FOR NO KEY UPDATE"
        ).first.map(Membership.init(row:))
    }

    /// Stores a new membership.
    public func insert(_ membership: Membership) async throws {
        do {
            try await postgres.execute(
                """
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                VALUES (\(membership.id), \(membership.org), \(membership.user), \(membership.role.rawValue), \(membership.joinedAt),
                    \(membership.joinedThrough.rawValue), \(membership.joinedAt))
                """)
        } catch let error as PostgresError where error.violates("membership_live") {
            throw OrgsError.alreadyMember
        }
    }

    /// Stores the role of a membership.
    @discardableResult
    public func setRole(_ role: OrgRole, of membership: Membership.ID, at now: Instant) async throws -> Member? {
        try await postgres.query(
            """
            UPDATE orgs.membership m SET role = \(role.rawValue), version = m.version + 1, updated_at = \(now)
            FROM identity.account a
            WHERE m.id = \(membership) AND m.ended_at IS NULL AND a.id = m.user_id
            RETURNING m.user_id, a.name, a.email, m.role, m.joined_at, a.status = 'active' AS is_active
            """
        ).first.map(Member.init(row:))
    }

    /// Ends a membership, and keeps until when its person was active (ORG-109).
    public func end(_ membership: Membership.ID, because reason: Membership.EndReason, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE orgs.membership SET ended_at = \(now), end_reason = \(reason.rawValue), version = version + 1, updated_at = \(now),
                activity_until = (SELECT l.used_at FROM identity.last_use(membership.user_id) AS l)
            WHERE id = \(membership) AND ended_at IS NULL
            """)
    }

    /// How many live owners an org has.
    public func countOwners(of org: Org.ID) async throws -> Int {
        try await postgres.query("SELECT owner_count FROM orgs.org WHERE id = \(org)").first.map { Int(try $0.decode(Int32.self)) } ?? 0
    }

    /// How many live members an org has.
    public func countMembers(of org: Org.ID) async throws -> Int {
        let rows = try await postgres.query("SELECT count(*) FROM orgs.membership WHERE org_id = \(org) AND ended_at IS NULL")
        return try rows.first.map { Int(try $0.decode(Int64.self)) } ?? 0
    }

    /// How many orgs a person owns.
    public func countOwnedOrgs(of user: User.ID) async throws -> Int {
        let rows = try await postgres.query(
            """
            SELECT count(*) FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            WHERE m.user_id = \(user) AND m.role = 'owner' AND m.ended_at IS NULL AND o.state IN ('active', 'frozen')
            """)
        return try rows.first.map { Int(try $0.decode(Int64.self)) } ?? 0
    }
}
