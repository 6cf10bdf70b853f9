internal import AuditPostgres
public import Core
public import Identity
internal import JobsPostgres
internal import Postgres

extension PostgresIdentityTransaction {
    /// Lets a key end in favour of another; a key that ends sooner anyway keeps its end.
    public func replace(_ key: APIKey.ID, by successor: APIKey.ID, endingAt end: Instant, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE identity.api_key SET replaced_by = \(successor), expires_at = least(expires_at, \(end)), updated_at = \(now)
            WHERE id = \(key)
            """)
    }

    /// Ends keys that reach one graph only.
    public func revokeKeys(
        ofGraph graph: String, of user: User.ID?, because reason: String, at now: Instant
    ) async throws -> [(User.ID, APIKey.ID)] {
        try await postgres.query(
            """
            UPDATE identity.api_key SET revoked_at = \(now), revoke_reason = \(reason), updated_at = \(now)
            WHERE graph_id = \(graph) AND revoked_at IS NULL AND (\(user)::uuid IS NULL OR user_id = \(user))
            RETURNING user_id, id
            """
        ).map { (try $0.decode("user_id"), try $0.decode("id")) }
    }

    /// Takes keys that end within a stage. A key that was made later than its stage is not told of, nor one that another has replaced.
    public func takeEndingKeys(_ stage: KeyEndingStage, at now: Instant, limit: Int) async throws -> [KeyNotice] {
        let column: Statement = stage == .early ? "warned_early_at" : "warned_late_at"
        // Who was not told early is told late, not twice in one hour.
        let soonest = stage == .early ? now + KeyEndingStage.late.lead : now
        return try await postgres.query(
            """
            UPDATE identity.api_key AS k SET \(fragment: column) = \(now)
            FROM identity.account a
            WHERE a.id = k.user_id AND k.id IN (
                SELECT id FROM identity.api_key
                WHERE revoked_at IS NULL AND expiry_recorded_at IS NULL AND replaced_by IS NULL AND expires_at > \(soonest)
                    AND expires_at <= \(now + stage.lead) AND created_at <= expires_at - make_interval(secs => \(Double(stage.lead.components.seconds))) AND \(fragment: column) IS NULL
                ORDER BY expires_at LIMIT \(Int64(limit)) FOR NO KEY UPDATE SKIP LOCKED)
                AND a.status = 'active' AND k.epoch = a.key_epoch
            RETURNING \(fragment: KeyNotice.columns)
            """
        ).map(KeyNotice.init(row:))
    }

    /// Takes keys whose time is over.
    public func takeExpiredKeys(at now: Instant, limit: Int) async throws -> [KeyNotice] {
        try await postgres.query(
            """
            UPDATE identity.api_key AS k SET expiry_recorded_at = \(now)
            FROM identity.account a
            WHERE a.id = k.user_id AND a.status <> 'purged' AND k.id IN (
                SELECT id FROM identity.api_key WHERE revoked_at IS NULL AND expiry_recorded_at IS NULL AND expires_at <= \(now)
                ORDER BY expires_at LIMIT \(Int64(limit)) FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING \(fragment: KeyNotice.columns)
            """
        ).map(KeyNotice.init(row:))
    }

    /// Takes uses from new networks.
    public func takeKeyNetworks(at now: Instant, limit: Int) async throws -> [KeyNetworkNotice] {
        try await postgres.query(
            """
            UPDATE identity.api_key_network AS n SET announced_at = \(now)
            FROM identity.api_key k JOIN identity.account a ON a.id = k.user_id
            WHERE k.id = n.key_id AND a.status <> 'purged' AND (n.key_id, n.network) IN (
                SELECT key_id, network FROM identity.api_key_network WHERE announced_at IS NULL
                ORDER BY first_used_at LIMIT \(Int64(limit)) FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING \(fragment: KeyNotice.columns), n.network, n.is_first, n.first_used_at
            """
        ).map { row in
            KeyNetworkNotice(
                notice: try KeyNotice(row: row), network: try row.decode("network"), isFirst: try row.decode("is_first"),
                usedAt: try row.decode("first_used_at"))
        }
    }
}

extension KeyNotice {
    /// The columns that `init(row:)` reads, of a key `k` and its account `a`.
    fileprivate static let columns: Statement =
        """
        k.id, k.user_id, k.epoch, k.name, k.description, k.prefix, k.scopes, k.org_id, k.graph_id, k.networks::text[] AS networks,
        k.expires_at, k.created_at, k.last_active_at, k.revoked_at, a.email AS owner_email, a.name AS owner_name
        """

    fileprivate init(row: Row) throws {
        guard let name = PersonName(try row.decode("owner_name", as: String.self)) else { throw row["owner_name"].failure("is not a name") }
        self.init(key: try APIKey(row: row), email: try EmailAddress(stored: row["owner_email"]), name: name)
    }
}
