public import Billing
public import Core
public import Graphs
public import Identity
internal import Operations
public import Orgs
internal import Postgres

extension PostgresGraphTransaction {
    /// Reads a person's grant under a row lock: the one that is not revoked, else the newest.
    public func lockedRepositoryGrant(on repository: Repository.ID, of user: User.ID) async throws -> RepositoryGrant? {
        try await postgres.query(
            """
            SELECT * FROM graphs.repository_grant WHERE repository_id = \(repository.description) AND user_id = \(user)
            ORDER BY state <> 'revoked' DESC, created_at DESC, id DESC LIMIT 1 FOR UPDATE
            """
        ).first.map(RepositoryRow.grant)
    }

    /// Reads what a person has for an org's money and has not lost, under row locks.
    public func lockedRepositoryGrants(of user: User.ID, in org: Org.ID) async throws -> [RepositoryGrant] {
        try await postgres.query(
            """
            SELECT * FROM graphs.repository_grant WHERE org_id = \(org) AND user_id = \(user) AND state <> 'revoked' ORDER BY id FOR UPDATE
            """
        ).map(RepositoryRow.grant)
    }

    /// Stores a new grant.
    public func insert(_ grant: RepositoryGrant) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.repository_grant (id, repository_id, user_id, org_id, subscription_id, plan, access, expires_at, state,
                cause, created_at)
            VALUES (\(grant.id), \(grant.repository.description), \(grant.user), \(grant.org), \(grant.subscription), \(grant.plan),
                \(grant.access.rawValue), \(grant.expiresAt as Instant?), \(grant.state.rawValue), \(grant.cause.rawValue),
                \(grant.createdAt))
            """)
    }

    /// Stores what changed about a grant.
    public func save(_ grant: RepositoryGrant) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.repository_grant SET subscription_id = \(grant.subscription), plan = \(grant.plan),
                access = \(grant.access.rawValue), expires_at = \(grant.expiresAt as Instant?), state = \(grant.state.rawValue),
                cause = \(grant.cause.rawValue)
            WHERE id = \(grant.id)
            """)
    }
}

extension PostgresGraphStore {
    /// The repositories that a person's seats open now, newest first.
    public func repositories(for user: User.ID, at now: Instant) async throws -> [RepositoryForUser] {
        try await client.query(
            """
            SELECT r.id AS repository, r.name, r.description, r.created_at, p.access, p.plan
            FROM graphs.repository_grant p JOIN graphs.repository r ON r.id = p.repository_id
            WHERE p.user_id = \(user) AND p.state = 'active' AND (p.expires_at IS NULL OR p.expires_at > \(now))
            ORDER BY r.created_at DESC, r.id
            """, scope: .system
        ).map {
            RepositoryForUser(
                repository: try RepositoryRow.repository($0), access: try GraphRow.word($0, "access"), plan: try $0.decode("plan"))
        }
    }

    /// A repository by its slug.
    public func repository(_ id: Repository.ID) async throws -> Repository? {
        try await client.query(
            "SELECT r.id AS repository, r.name, r.description, r.created_at FROM graphs.repository r WHERE r.id = \(id.description)",
            scope: .system
        ).first.map(RepositoryRow.repository)
    }

    /// Everybody who ever had a seat, in the order of repository and person.
    public func repositorySeats(
        after repository: Repository.ID?, _ user: User.ID?, limit: Int
    ) async throws -> [(repository: Repository.ID, user: User.ID)] {
        let (last, person) = (repository?.description ?? "", user ?? User.ID(high: 0, low: 0))
        return try await client.query(
            """
            SELECT DISTINCT s.resource_id AS repository, s.subscriber_id AS user_id FROM billing.subscription s
            JOIN graphs.repository r ON r.id = s.resource_id
            WHERE s.resource_type = 'repository' AND s.subscriber_id IS NOT NULL AND (s.resource_id, s.subscriber_id) > (\(last), \(person))
            ORDER BY 1, 2 LIMIT \(Int64(limit))
            """, scope: .system
        ).map { (try GraphRow.text($0, "repository"), try $0.decode("user_id")) }
    }

    /// Whoever has a seat whose end has come, in the order of repository and person.
    public func endedRepositorySeats(
        at now: Instant, after repository: Repository.ID?, _ user: User.ID?, limit: Int
    ) async throws -> [(repository: Repository.ID, user: User.ID)] {
        let (last, person) = (repository?.description ?? "", user ?? User.ID(high: 0, low: 0))
        return try await client.query(
            """
            SELECT DISTINCT p.repository_id AS repository, p.user_id FROM graphs.repository_grant p
            WHERE p.state <> 'revoked' AND p.expires_at <= \(now) AND (p.repository_id, p.user_id) > (\(last), \(person))
            ORDER BY 1, 2 LIMIT \(Int64(limit))
            """, scope: .system
        ).map { (try GraphRow.text($0, "repository"), try $0.decode("user_id")) }
    }

    /// Brings the list in line with what the operator runs; one that is no longer named stays, since seats may be paid for it.
    public func register(_ repositories: [Repository]) async throws {
        try await client.withTransaction(scope: .system) { transaction in
            for repository in repositories {
                try await transaction.execute(
                    """
                    INSERT INTO graphs.repository AS r (id, name, description, created_at)
                    VALUES (\(repository.id.description), \(repository.name), \(repository.description), \(repository.createdAt))
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description
                    WHERE (r.name, r.description) IS DISTINCT FROM (excluded.name, excluded.description)
                    """)
            }
        }
    }
}

/// Reads rows about repositories.
enum RepositoryRow {
    static func repository(_ row: Row) throws -> Repository {
        Repository(
            id: try GraphRow.text(row, "repository"), name: try row.decode("name"), description: try row.decode("description"),
            createdAt: try row.decode("created_at"))
    }

    static func grant(_ row: Row) throws -> RepositoryGrant {
        RepositoryGrant(
            id: try row.decode("id"), repository: try GraphRow.text(row, "repository_id"), user: try row.decode("user_id"),
            org: try row.decode("org_id"), subscription: try row.decode("subscription_id"), plan: try row.decode("plan"),
            access: try GraphRow.word(row, "access"), expiresAt: try row.decode("expires_at"), state: try GraphRow.word(row, "state"),
            cause: try GraphRow.word(row, "cause"), createdAt: try row.decode("created_at"))
    }
}
