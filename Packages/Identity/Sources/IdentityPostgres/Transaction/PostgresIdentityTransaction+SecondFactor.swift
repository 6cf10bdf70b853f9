internal import AuditPostgres
public import Core
public import Identity
public import Postgres

extension PostgresIdentityTransaction {
    /// Stores a token between two steps.
    public func insert(_ token: MFAToken, digest: SecretDigest, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO identity.mfa_token (id, user_id, epoch, purpose, token_hash, methods, org_id, created_at, expires_at)
            VALUES (\(token.id), \(token.user), \(Int32(token.epoch)), \(token.purpose.rawValue), \(digest.bytes), \(token.methods),
                \(token.org), \(now), \(token.expiresAt))
            """)
    }

    /// A token that can be used now.
    public func mfaToken(_ digest: SecretDigest, for purpose: MFAToken.Purpose, at now: Instant) async throws -> MFAToken? {
        try await postgres.query(
            """
            SELECT t.id, t.user_id, t.epoch, t.methods, t.org_id, t.expires_at
            FROM identity.mfa_token t JOIN identity.account a ON a.id = t.user_id
            WHERE t.token_hash = \(digest.bytes) AND t.purpose = \(purpose.rawValue) AND t.consumed_at IS NULL AND t.expires_at > \(now)
                AND t.failures < \(Int32(MFAToken.attempts)) AND a.status = 'active' AND a.session_epoch = t.epoch
            """
        ).first.map { row in
            MFAToken(
                id: try row.decode("id"), user: try row.decode("user_id"), epoch: Int(try row.decode("epoch", as: Int32.self)),
                purpose: purpose, methods: try row.decode("methods"), org: try row.decode("org_id"),
                expiresAt: try row.decode("expires_at"))
        }
    }

    /// Counts a try by one conditional update.
    public func takeAttempt(on token: MFAToken.ID, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE identity.mfa_token SET failures = failures + 1
            WHERE id = \(token) AND consumed_at IS NULL AND expires_at > \(now) AND failures < \(Int32(MFAToken.attempts))
            """) == 1
    }

    /// Uses a token up by one conditional update.
    public func consume(_ token: MFAToken.ID, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            "UPDATE identity.mfa_token SET consumed_at = \(now) WHERE id = \(token) AND consumed_at IS NULL AND expires_at > \(now)") == 1
    }

    /// Stores a challenge with its person's present epoch.
    public func insert(_ challenge: CeremonyChallenge, digest: SecretDigest, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO identity.ceremony_challenge (id, challenge_hash, flow, user_id, epoch, mfa_token_id, created_at, expires_at)
            VALUES (\(challenge.id), \(digest.bytes), \(challenge.flow.rawValue), \(challenge.user),
                (SELECT session_epoch FROM identity.account WHERE id = \(challenge.user)), \(challenge.mfaToken), \(now),
                \(challenge.expiresAt))
            """)
    }

    /// Uses a challenge up by one conditional update.
    public func consumeChallenge(
        _ digest: SecretDigest, flow: CeremonyChallenge.Flow, user: User.ID?, mfaToken: MFAToken.ID?, at now: Instant
    ) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE identity.ceremony_challenge c SET consumed_at = \(now)
            WHERE c.challenge_hash = \(digest.bytes) AND c.consumed_at IS NULL AND c.expires_at > \(now) AND c.flow = \(flow.rawValue)
                AND c.user_id IS NOT DISTINCT FROM \(user) AND c.mfa_token_id IS NOT DISTINCT FROM \(mfaToken)
                AND c.epoch IS NOT DISTINCT FROM (SELECT a.session_epoch FROM identity.account a WHERE a.id = c.user_id)
            """) == 1
    }

    /// The live passkeys of a person.
    public func passkeys(of user: User.ID) async throws -> [Passkey] {
        try await postgres.query(
            "SELECT * FROM identity.passkey WHERE user_id = \(user) AND removed_at IS NULL ORDER BY created_at, id"
        ).map(Passkey.init(row:))
    }

    /// The live passkey of a credential.
    public func passkey(withCredential id: [UInt8]) async throws -> Passkey? {
        try await postgres.query("SELECT * FROM identity.passkey WHERE credential_id = \(id) AND removed_at IS NULL").first.map(
            Passkey.init(row:))
    }

    /// Stores a passkey unless its credential is live already, also one that is being stored at this moment.
    public func insert(_ passkey: Passkey) async throws -> Bool {
        let facts = passkey.facts
        return try await postgres.execute(
            """
            INSERT INTO identity.passkey (id, user_id, credential_id, public_key, algorithm, model, transports, name, sign_count,
                is_backup_eligible, is_backed_up, created_at, updated_at)
            VALUES (\(passkey.id), \(passkey.user), \(facts.credentialID), \(facts.publicKey), \(facts.algorithm), \(facts.model),
                \(facts.transports), \(passkey.name), \(passkey.signCount), \(facts.isBackupEligible), \(passkey.isBackedUp),
                \(passkey.createdAt), \(passkey.createdAt))
            ON CONFLICT (credential_id) WHERE removed_at IS NULL DO NOTHING
            """) == 1
    }

    /// Writes the name of a live passkey of the person.
    public func rename(_ passkey: Passkey.ID, of user: User.ID, to name: String, at now: Instant) async throws -> Passkey? {
        try await postgres.query(
            """
            UPDATE identity.passkey SET name = \(name), updated_at = \(now)
            WHERE id = \(passkey) AND user_id = \(user) AND removed_at IS NULL RETURNING *
            """
        ).first.map(Passkey.init(row:))
    }

    /// Notes a use under the row's lock, so that of two at once the second compares with the first.
    public func recordUse(_ use: PasskeyUse, of passkey: Passkey.ID, at now: Instant) async throws -> Int64? {
        try await postgres.query(
            """
            WITH before AS (SELECT id, sign_count FROM identity.passkey WHERE id = \(passkey) AND removed_at IS NULL FOR UPDATE)
            UPDATE identity.passkey p SET sign_count = \(use.signCount), is_backed_up = \(use.isBackedUp), last_used_at = \(now),
                updated_at = \(now)
            FROM before b WHERE p.id = b.id RETURNING b.sign_count
            """
        ).first.map { try $0.decode("sign_count") }
    }

    /// Ends a live passkey.
    public func remove(_ passkey: Passkey.ID, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            "UPDATE identity.passkey SET removed_at = \(now), updated_at = \(now) WHERE id = \(passkey) AND removed_at IS NULL") == 1
    }

    /// The passkeys first, because codes stand in for those that are left.
    public func removeSecondFactors(of user: User.ID, madeSince: Instant?, at now: Instant) async throws -> [Passkey] {
        let removed = try await postgres.query(
            """
            UPDATE identity.passkey SET removed_at = \(now), updated_at = \(now)
            WHERE user_id = \(user) AND removed_at IS NULL AND (\(madeSince)::timestamptz IS NULL OR created_at >= \(madeSince))
            RETURNING *
            """
        ).map(Passkey.init(row:))
        try await postgres.execute(
            """
            DELETE FROM identity.recovery_code c
            WHERE c.user_id = \(user) AND (\(madeSince)::timestamptz IS NULL OR c.created_at >= \(madeSince)
                OR NOT EXISTS (SELECT FROM identity.passkey p WHERE p.user_id = c.user_id AND p.removed_at IS NULL))
            """)
        return removed
    }

    /// Replaces all codes.
    public func replaceRecoveryCodes(of user: User.ID, with digests: [SecretDigest], at now: Instant) async throws {
        try await postgres.execute("DELETE FROM identity.recovery_code WHERE user_id = \(user)")
        try await postgres.execute(
            """
            INSERT INTO identity.recovery_code (id, user_id, code_hash, created_at)
            SELECT t.id, \(user), t.hash, \(now)
            FROM unnest(\(digests.map { _ in Identifier<RecoveryCodeEntity>.make(at: now).uuid }), \(digests.map(\.bytes))) AS t (id, hash)
            """)
    }

    /// Uses a code up by one conditional update.
    public func useRecoveryCode(_ digest: SecretDigest, of user: User.ID, at now: Instant) async throws -> Int? {
        let used = try await postgres.execute(
            "UPDATE identity.recovery_code SET used_at = \(now) WHERE user_id = \(user) AND code_hash = \(digest.bytes) AND used_at IS NULL"
        )
        return used == 1 ? try await recoveryCodesLeft(of: user) : nil
    }

    /// How many codes are left.
    public func recoveryCodesLeft(of user: User.ID) async throws -> Int {
        let rows = try await postgres.query(
            "SELECT count(*) AS codes FROM identity.recovery_code WHERE user_id = \(user) AND used_at IS NULL")
        return Int(try rows.first?.decode("codes", as: Int64.self) ?? 0)
    }

    /// By the view of memberships.
    public func secondFactorStandings(of user: User.ID) async throws -> [SecondFactorStanding] {
        try await postgres.query(
            """
            SELECT \(fragment: SecondFactorStanding.columns) FROM identity.org_membership m WHERE m.user_id = \(user) AND m.org_state <> 'deleted'
            """
        ).compactMap { try SecondFactorStanding(row: $0) }
    }

    /// What authenticators know the person by.
    public func userHandle(of user: User.ID) async throws -> [UInt8]? {
        try await postgres.query("SELECT user_handle FROM identity.account WHERE id = \(user) AND status <> 'purged'").first.map {
            try $0.decode("user_handle")
        }
    }

    /// Each method once.
    public func addMethods(_ methods: [String], to session: Session.ID) async throws {
        try await postgres.execute(
            """
            UPDATE identity.session SET methods = methods || ARRAY(SELECT m FROM unnest(\(methods)) AS m WHERE NOT m = ANY (methods))
            WHERE id = \(session)
            """)
    }
}

extension Passkey {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.decode("id"), user: try row.decode("user_id"), name: try row.decode("name"),
            facts: PasskeyFacts(
                credentialID: try row.decode("credential_id"), publicKey: try row.decode("public_key"),
                algorithm: try row.decode("algorithm"), model: try row.decode("model"), transports: try row.decode("transports"),
                isBackupEligible: try row.decode("is_backup_eligible")),
            signCount: try row.decode("sign_count"), isBackedUp: try row.decode("is_backed_up"),
            lastUsedAt: try row.decode("last_used_at"), createdAt: try row.decode("created_at"))
    }
}

extension SecondFactorStanding {
    /// The columns that `init(row:prefix:)` reads, of a row of `identity.org_membership` that is called `m`.
    static let columns = selection(prefix: "")

    /// The same for a statement with columns of other things in it, of the prefix `m_`.
    public static let prefixedColumns = selection(prefix: "m_")

    private static func selection(prefix: String) -> Statement {
        func name(_ name: String) -> Statement { "\(identifier: prefix + name)" }
        return """
            m.role AS \(fragment: name("role")), m.org_type AS \(fragment: name("org_type")), m.mfa_rule AS \(fragment: name("mfa_rule")),
            \(fragment: isAlone) AS \(fragment: name("is_alone"))
            """
    }

    /// Whether nobody else is in a personal org, of a row of `identity.org_membership` that is called `m`.
    static let isAlone: Statement = """
        (m.org_type = 'personal' AND NOT EXISTS (
            SELECT FROM identity.org_membership o WHERE o.org_id = m.org_id AND o.user_id <> m.user_id))
        """

    /// Reads the columns above; `nil` where there is no membership.
    ///
    /// - Parameter prefix: what the names of the columns begin with.
    public init?(row: Row, prefix: String = "") throws {
        guard let role = try row.decode(prefix + "role", as: String?.self).flatMap(OrgRole.init),
            let type = try row.decode(prefix + "org_type", as: String?.self).flatMap(OrgType.init)
        else { return nil }
        self.init(
            role: role, type: type, rule: try row.decode(prefix + "mfa_rule", as: String?.self),
            isAlone: try row.decode(prefix + "is_alone", as: Bool?.self) ?? false)
    }
}
