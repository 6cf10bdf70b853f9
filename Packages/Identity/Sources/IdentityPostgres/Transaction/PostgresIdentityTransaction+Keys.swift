internal import Audit
internal import AuditPostgres
public import Core
public import Identity
internal import Postgres

extension PostgresIdentityTransaction {
    /// Stores a new key if there is room; the account's row is locked for that.
    public func insert(_ key: APIKey, digest: SecretDigest) async throws {
        let now = key.createdAt
        let inserted = try await postgres.execute(
            """
            WITH owner AS (SELECT id FROM identity.account WHERE id = \(key.user) FOR NO KEY UPDATE)
            INSERT INTO identity.api_key (id, user_id, epoch, name, description, prefix, key_hash, scopes, org_id, graph_id, networks,
                expires_at, created_at, updated_at)
            SELECT \(key.id), owner.id, \(Int32(key.epoch)), \(key.label.name), \(key.label.description), \(key.prefix), \(digest.bytes),
                \(key.scopes.map { $0.map(\.rawValue).sorted() }), \(key.org), \(key.graph),
                \(key.networks.map { $0.map(\.description) })::text[]::cidr[], \(key.expiresAt), \(now), \(now)
            FROM owner
            WHERE (SELECT count(*) FROM identity.api_key k WHERE k.user_id = owner.id AND k.epoch = \(Int32(key.epoch))
                AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > \(now))) < \(Int64(APIKey.limit))
            """)
        guard inserted == 1 else { throw IdentityError.keyLimitReached(APIKey.limit) }
    }

    /// A key of a person, locked.
    public func lockedKey(_ id: APIKey.ID, of user: User.ID) async throws -> APIKey? {
        try await postgres.query(
            "SELECT \(fragment: APIKey.columns) FROM identity.api_key WHERE id = \(id) AND user_id = \(user) FOR NO KEY UPDATE"
        ).first.map { try APIKey(row: $0) }
    }

    /// Stores the name and note of a key.
    public func setLabel(_ label: APIKeyLabel, of key: APIKey.ID, at now: Instant) async throws {
        try await postgres.execute(
            "UPDATE identity.api_key SET name = \(label.name), description = \(label.description), updated_at = \(now) WHERE id = \(key)")
    }

    /// Ends a key by one conditional update.
    public func revoke(_ key: APIKey.ID, because reason: String, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE identity.api_key SET revoked_at = \(now), revoke_reason = \(reason), updated_at = \(now)
            WHERE id = \(key) AND revoked_at IS NULL
            """) == 1
    }

    /// Raises the key epoch: one update of the account decides for keys that are being made at this moment as well.
    public func endKeys(of user: User.ID, because reason: String, at now: Instant) async throws -> [APIKey.ID] {
        try await postgres.execute("UPDATE identity.account SET key_epoch = key_epoch + 1, updated_at = \(now) WHERE id = \(user)")
        return try await postgres.query(
            """
            UPDATE identity.api_key SET revoked_at = \(now), revoke_reason = \(reason), updated_at = \(now)
            WHERE user_id = \(user) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > \(now))
            RETURNING id
            """
        ).map { try $0.decode("id") }
    }

    /// Ends the keys of a person that are bound to an org.
    public func revokeKeys(
        of user: User.ID, boundTo org: OrgReference, because reason: String, at now: Instant
    ) async throws -> [APIKey.ID] {
        try await postgres.query(
            """
            UPDATE identity.api_key SET revoked_at = \(now), revoke_reason = \(reason), updated_at = \(now)
            WHERE user_id = \(user) AND org_id = \(org) AND revoked_at IS NULL
            RETURNING id
            """
        ).map { try $0.decode("id") }
    }

    /// The keys that act for one org alone.
    public func orgs(ofKeys keys: [APIKey.ID]) async throws -> [(key: APIKey.ID, org: OrgReference)] {
        try await postgres.query(
            "SELECT id, org_id FROM identity.api_key WHERE id = ANY(\(keys)) AND org_id IS NOT NULL ORDER BY id"
        ).map { (try $0.decode("id"), try $0.decode("org_id")) }
    }

    /// Stores a new link in place of the open one of its kind.
    public func insert(_ link: LinkToken, digest: SecretDigest, at now: Instant) async throws {
        _ = try await postgres.pipeline([
            """
            UPDATE identity.link_token SET superseded_at = \(now)
            WHERE user_id = \(link.user) AND kind = \(link.kind.rawValue) AND kind <> 'email_revert'
                AND consumed_at IS NULL AND superseded_at IS NULL
            """,
            """
            INSERT INTO identity.link_token (id, user_id, kind, token_hash, address, expires_at, created_at)
            VALUES (\(link.id), \(link.user), \(link.kind.rawValue), \(digest.bytes), \(link.address.description), \(link.expiresAt), \(now))
            """,
        ])
    }

    /// Stores links by one statement.
    public func insert(first links: [(link: LinkToken, digest: SecretDigest)], at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO identity.link_token (id, user_id, kind, token_hash, address, expires_at, created_at)
            SELECT l.*, \(now) FROM unnest(\(links.map(\.link.id)), \(links.map(\.link.user)), \(links.map(\.link.kind.rawValue)),
                \(links.map(\.digest.bytes)), \(links.map(\.link.address.description)), \(links.map(\.link.expiresAt))) AS l
            """)
    }

    /// Reads.
    public func unusedLink(_ id: LinkToken.ID) async throws -> LinkToken? {
        try await postgres.query(
            "SELECT * FROM identity.link_token WHERE id = \(id) AND consumed_at IS NULL AND superseded_at IS NULL"
        ).first.map(LinkToken.init(row:))
    }

    /// The open link; there is one of a kind at most, but of those that take a change of address back.
    public func openLink(_ kind: LinkToken.Kind, of user: User.ID, at now: Instant) async throws -> LinkToken? {
        try await postgres.query(
            """
            SELECT * FROM identity.link_token WHERE user_id = \(user) AND kind = \(kind.rawValue)
                AND consumed_at IS NULL AND superseded_at IS NULL AND expires_at > \(now)
            """
        ).first.map(LinkToken.init(row:))
    }

    /// Counts the links of the last day, of the account and of its address, whoever had that before.
    public func takeLinkBudget(of user: User.ID, kind: LinkToken.Kind, apart gap: Duration, at now: Instant) async throws -> Int {
        let times = try await postgres.query(
            """
            SELECT created_at FROM (
                SELECT id, created_at FROM identity.link_token
                WHERE user_id = \(user) AND kind = \(kind.rawValue) AND created_at > \(now - .hours(24))
                UNION
                SELECT l.id, l.created_at FROM identity.account a JOIN identity.link_token l ON l.address = a.email
                WHERE a.id = \(user) AND l.kind = \(kind.rawValue) AND l.created_at > \(now - .hours(24))
            ) AS sent
            ORDER BY created_at DESC LIMIT 10
            """
        ).map { try $0.decode("created_at", as: Instant.self) }
        var next = now
        if let last = times.first { next = max(next, last + gap) }
        if times.count >= 3 { next = max(next, times[2] + .hours(1)) }
        if times.count >= 10 { next = max(next, times[9] + .hours(24)) }
        let wait = (next - now).components
        return Int(wait.seconds) + (wait.attoseconds > 0 ? 1 : 0)
    }

    /// Replaces all open links but those that take a change of address back.
    public func supersedeLinks(of user: User.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE identity.link_token SET superseded_at = \(now)
            WHERE user_id = \(user) AND kind <> 'email_revert' AND consumed_at IS NULL AND superseded_at IS NULL
            """)
    }

    /// Uses a link up by one conditional update; what stands in the way is read when it did not.
    public func consume(_ kind: LinkToken.Kind, digest: SecretDigest, at now: Instant) async throws -> LinkConsumption {
        let consumed = try await postgres.query(
            """
            UPDATE identity.link_token SET consumed_at = \(now)
            WHERE token_hash = \(digest.bytes) AND kind = \(kind.rawValue) AND consumed_at IS NULL AND superseded_at IS NULL
                AND expires_at > \(now)
            RETURNING *
            """)
        if let row = consumed.first { return .consumed(try LinkToken(row: row)) }
        let found = try await postgres.query(
            """
            SELECT consumed_at IS NOT NULL AS used, superseded_at IS NOT NULL AS replaced FROM identity.link_token
            WHERE token_hash = \(digest.bytes) AND kind = \(kind.rawValue)
            """)
        guard let row = found.first, try !row.decode("replaced", as: Bool.self) else { return .unknown }
        return try row.decode("used", as: Bool.self) ? .used : .expired
    }
}
