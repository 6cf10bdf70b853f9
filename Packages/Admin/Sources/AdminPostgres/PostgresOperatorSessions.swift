public import Admin
internal import Audit
internal import AuditPostgres
public import Core
internal import Cryptography
public import Identity
public import JobsPostgres
internal import Notifications
public import Postgres

/// Passkeys and sessions of operators in PostgreSQL.
public struct PostgresOperatorSessions: OperatorSessions {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let notifier: JobNotifier?

    /// Makes them.
    ///
    /// - Parameter notifier: tells workers after each commit; `nil` where they find out by looking.
    public init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
    }

    /// One statement.
    public func enrolmentSecret(for id: Operator.ID) async throws -> SecretString {
        let (now, token) = (dateSource.now, "ope_" + RandomBytes.token())
        let made = try await client.withTransaction(scope: .system) { transaction in
            try await transaction.execute(
                """
                INSERT INTO admin.operator_enrolment (digest, operator_id, created_at, expires_at)
                SELECT \(SHA256.digest(of: token)), id, \(now), \(now + OperatorLifetimes.enrolment) FROM admin.operator
                WHERE id = \(id) AND disabled_at IS NULL
                """)
        }
        guard made == 1 else { throw OperatorRefusal.notFound }
        return SecretString(token)
    }

    /// One statement.
    public func enrolling(_ secret: SecretString) async throws -> Operator? {
        let (now, digest) = (dateSource.now, Self.digest(secret))
        return try await client.query(
            """
            SELECT o.id, o.name, o.email, o.role, o.created_at, o.disabled_at FROM admin.operator_enrolment AS e
            JOIN admin.operator AS o ON o.id = e.operator_id
            WHERE e.digest = \(digest) AND e.used_at IS NULL AND e.expires_at > \(now) AND o.disabled_at IS NULL
            """, scope: .system
        ).first.map(Operator.init)
    }

    /// Those that are over go at the same time.
    public func makeChallenge() async throws -> [UInt8] {
        let (now, challenge) = (dateSource.now, RandomBytes.make(count: 32))
        try await client.withTransaction(scope: .system) { transaction in
            try await transaction.execute("DELETE FROM admin.operator_challenge WHERE expires_at <= \(now)")
            try await transaction.execute(
                """
                INSERT INTO admin.operator_challenge (digest, expires_at)
                VALUES (\(SHA256.digest(of: challenge)), \(now + OperatorLifetimes.challenge))
                """)
        }
        return challenge
    }

    /// One statement: of two that show the same challenge, one is told that it is good.
    public func takeChallenge(_ challenge: [UInt8]) async throws -> Bool {
        let now = dateSource.now
        let rows = try await client.query(
            "DELETE FROM admin.operator_challenge WHERE digest = \(SHA256.digest(of: challenge)) RETURNING expires_at", scope: .system)
        return try rows.first?.decode("expires_at", as: Instant.self) ?? now > now
    }

    /// Link, passkey and entry are one transaction.
    public func enrol(_ passkey: OperatorPasskey, with secret: SecretString) async throws -> Bool {
        let (now, digest, dateSource) = (dateSource.now, Self.digest(secret), dateSource)
        do {
            return try await client.withTransaction(scope: .system) { transaction in
                let used = try await transaction.execute(
                    """
                    UPDATE admin.operator_enrolment SET used_at = \(now)
                    WHERE digest = \(digest) AND operator_id = \(passkey.owner) AND used_at IS NULL AND expires_at > \(now)
                    """)
                guard used == 1 else { return false }
                try await transaction.execute(
                    """
                    INSERT INTO admin.operator_passkey
                        (credential_id, operator_id, public_key, algorithm, sign_count, backup_eligible, created_at)
                    VALUES (\(passkey.credentialID), \(passkey.owner), \(passkey.publicKey), \(passkey.algorithm), \(passkey.signCount),
                        \(passkey.isBackupEligible), \(now))
                    """)
                try await OperatorRecorder(postgres: transaction, dateSource: dateSource).record(
                    OperatorPasskeyEnrolled(id: passkey.owner), by: .operator(AuditReference(passkey.owner)))
                return true
            }
        } catch let error as PostgresError where error.isUniqueViolation {
            return false
        }
    }

    /// One statement.
    public func passkey(_ credentialID: [UInt8]) async throws -> OperatorPasskey? {
        try await client.query(
            """
            SELECT p.* FROM admin.operator_passkey AS p JOIN admin.operator AS o ON o.id = p.operator_id
            WHERE p.credential_id = \(credentialID) AND o.disabled_at IS NULL
            """, scope: .system
        ).first.map { row in
            OperatorPasskey(
                credentialID: credentialID, owner: try row.decode("operator_id"), publicKey: try row.decode("public_key"),
                algorithm: try row.decode("algorithm"), signCount: try row.decode("sign_count"),
                isBackupEligible: try row.decode("backup_eligible"))
        }
    }

    /// Counter, session, entry and what is told by mail are one transaction.
    public func begin(with passkey: OperatorPasskey, signCount: Int64, from client: ClientContext) async throws -> SecretString? {
        let (now, dateSource, wakeUps) = (dateSource.now, dateSource, JobWakeUps())
        let (token, id, owner) = ("opc_" + RandomBytes.token(), OperatorSession.ID.make(at: now), passkey.owner)
        let network = client.network.auditKey
        let secret: SecretString? = try await self.client.withTransaction(scope: .system) { transaction in
            let work = OperatorWork(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps)
            // A counter of zero counts nothing (WebAuthn level 3, §6.1.1).
            let counted = try await transaction.execute(
                """
                UPDATE admin.operator_passkey SET sign_count = \(signCount), used_at = \(now)
                WHERE credential_id = \(passkey.credentialID) AND (sign_count < \(signCount) OR (sign_count = 0 AND \(signCount) = 0))
                """)
            guard counted == 1 else {
                try await work.record(
                    OperatorSignInFailed(id: owner, client: client.network, reason: "counter_went_back"),
                    by: .anonymous(AuditReference(client.network)))
                return nil
            }
            let known = try await !transaction.query(
                """
                SELECT FROM admin.operator_session
                WHERE operator_id = \(owner) AND network = \(network) AND client_family = \(client.family) AND started_at > \(now - .days(90))
                LIMIT 1
                """
            ).isEmpty
            try await transaction.execute(
                """
                INSERT INTO admin.operator_session (id, digest, operator_id, role, network, client_family, started_at, seen_at, expires_at)
                SELECT \(id), \(SHA256.digest(of: token)), o.id, o.role, \(network), \(client.family), \(now), \(now),
                    \(now + OperatorLifetimes.session)
                FROM admin.operator AS o WHERE o.id = \(owner)
                """)
            try await work.record(
                OperatorSignedIn(id: owner, session: id, client: client.network), by: .operator(AuditReference(owner)))
            if !known {
                try await work.publish(
                    OperatorSignedInAnew(
                        person: StaffMember.ID(uuid: owner.uuid), session: id.description, clientFamily: client.family, network: network,
                        at: now))
            }
            return SecretString(token)
        }
        notifier?.notify(wakeUps)
        return secret
    }

    /// One statement: it says who, and that the session was used.
    public func session(_ secret: SecretString) async throws -> OperatorSession? {
        let (now, digest) = (dateSource.now, Self.digest(secret))
        return try await client.withTransaction(scope: .system) { transaction in
            try await transaction.query(
                """
                UPDATE admin.operator_session AS s SET seen_at = \(now) FROM admin.operator AS o
                WHERE s.digest = \(digest) AND o.id = s.operator_id AND o.disabled_at IS NULL AND o.role = s.role AND s.ended_at IS NULL
                    AND s.expires_at > \(now) AND s.seen_at > \(now + (.zero - OperatorLifetimes.idle))
                RETURNING s.id AS session_id, s.network, s.started_at, s.seen_at, o.id, o.name, o.email, o.role, o.created_at, o.disabled_at
                """
            ).first.map(OperatorSession.init)
        }
    }

    /// One statement.
    public func sessions() async throws -> [OperatorSession] {
        let now = dateSource.now
        return try await client.query(
            """
            SELECT s.id AS session_id, s.network, s.started_at, s.seen_at, o.id, o.name, o.email, o.role, o.created_at, o.disabled_at
            FROM admin.operator_session AS s JOIN admin.operator AS o ON o.id = s.operator_id
            WHERE s.ended_at IS NULL AND s.expires_at > \(now) AND s.seen_at > \(now + (.zero - OperatorLifetimes.idle))
                AND o.disabled_at IS NULL AND o.role = s.role
            ORDER BY s.started_at DESC, s.id DESC LIMIT 200
            """, scope: .system
        ).map(OperatorSession.init)
    }

    /// One statement; twice is once.
    public func end(_ id: OperatorSession.ID) async throws -> Bool {
        let now = dateSource.now
        return try await client.withTransaction(scope: .system) { transaction in
            try await transaction.execute("UPDATE admin.operator_session SET ended_at = coalesce(ended_at, \(now)) WHERE id = \(id)") == 1
        }
    }

    private static func digest(_ secret: SecretString) -> [UInt8] { secret.withValue { SHA256.digest(of: $0) } }
}

extension OperatorSession {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.decode("session_id"), owner: try Operator(row: row), network: try row.decode("network"),
            startedAt: try row.decode("started_at"), seenAt: try row.decode("seen_at"))
    }
}
