internal import AuditPostgres
public import Core
public import Identity
internal import JobsPostgres
internal import Postgres

extension PostgresIdentityTransaction {
    /// Two statements for all of them.
    public func insert(
        imported users: [(user: User, password: StoredPassword?)]
    ) async throws -> (made: Set<User.ID>, present: Set<User.ID>) {
        let ids = users.map(\.user.id)
        let before = try await postgres.query("SELECT id FROM identity.account WHERE id = ANY (\(ids))")
        let present = Set(try before.map { try $0.decode("id", as: User.ID.self) })
        let made = try await postgres.query(
            """
            INSERT INTO identity.account (id, email, name, password_hash, email_verified_at, status, session_epoch, key_epoch, created_at,
                updated_at)
            SELECT id, email, name, password, verified, 'active', 1, 1, created, updated
            FROM unnest(\(ids), \(users.map(\.user.email.description)), \(users.map(\.user.name.description)),
                \(users.map(\.password?.phc)), \(users.map(\.user.emailVerifiedAt)), \(users.map(\.user.createdAt)),
                \(users.map(\.user.updatedAt))) AS a (id, email, name, password, verified, created, updated)
            ON CONFLICT DO NOTHING
            RETURNING id
            """)
        return (Set(try made.map { try $0.decode("id", as: User.ID.self) }), present)
    }

    /// The column that a trigger sets with the first verification.
    public func wasVerified(_ user: User.ID) async throws -> Bool {
        try await postgres.query("SELECT was_verified FROM identity.account WHERE id = \(user)").first?.decode("was_verified") ?? false
    }

    /// The times at which links of a kind were made.
    public func linkTimes(of user: User.ID, kind: LinkToken.Kind, since: Instant) async throws -> [Instant] {
        try await postgres.query(
            """
            SELECT created_at FROM identity.link_token WHERE user_id = \(user) AND kind = \(kind.rawValue) AND created_at > \(since)
            ORDER BY created_at DESC
            """
        ).map { try $0.decode("created_at") }
    }

    /// Ends keys of a person.
    public func revokeKeys(of user: User.ID, madeSince: Instant?, because reason: String, at now: Instant) async throws -> [APIKey.ID] {
        try await postgres.query(
            """
            UPDATE identity.api_key SET revoked_at = \(now), revoke_reason = \(reason), updated_at = \(now)
            WHERE user_id = \(user) AND revoked_at IS NULL AND (\(madeSince)::timestamptz IS NULL OR created_at >= \(madeSince))
            RETURNING id
            """
        ).map { try $0.decode("id") }
    }

    /// The keys of a person that work.
    public func liveKeys(of user: User.ID, at now: Instant) async throws -> [APIKey] {
        try await postgres.query(
            """
            SELECT \(fragment: APIKey.columns) FROM identity.api_key
            WHERE user_id = \(user) AND revoked_at IS NULL AND epoch = (SELECT key_epoch FROM identity.account WHERE id = \(user))
                AND (expires_at IS NULL OR expires_at > \(now))
            ORDER BY created_at DESC, id DESC
            """
        ).map { try APIKey(row: $0) }
    }
}
