internal import AuditPostgres
public import Core
public import Identity
internal import JobsPostgres
internal import Postgres

extension PostgresIdentityTransaction {
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
