internal import Audit
internal import AuditPostgres
public import Core
public import Identity
internal import Jobs
internal import Postgres

extension PostgresIdentityTransaction {
    /// Stores a new session; the row of its person is locked by whoever signs in, so that the count holds.
    public func insert(_ session: Session) async throws {
        _ = try await postgres.pipeline([
            """
            INSERT INTO identity.session (id, user_id, epoch, generation, confirmed_generation, rotated_at, active_org_id, methods,
                authenticated_at, network, client_family, last_active_at, token_expires_at, absolute_expires_at, created_at)
            VALUES (\(session.id), \(session.user), \(Int32(session.epoch)), \(Int32(session.generation)),
                \(Int32(session.confirmedGeneration)), \(session.rotatedAt), \(session.activeOrg), \(session.methods),
                \(session.authenticatedAt), \(session.network), \(session.clientFamily), \(session.lastActiveAt),
                \(session.tokenExpiresAt), \(session.absoluteExpiresAt), \(session.lastActiveAt))
            """,
            """
            UPDATE identity.session SET revoked_at = \(session.lastActiveAt), revoke_reason = 'limit'
            WHERE id IN (
                SELECT id FROM identity.session
                WHERE user_id = \(session.user) AND revoked_at IS NULL AND absolute_expires_at > \(session.lastActiveAt) AND id <> \(session.id)
                ORDER BY last_active_at DESC, id DESC OFFSET 99)
            """,
        ])
    }

    /// A session, locked.
    public func lockedSession(_ id: Session.ID) async throws -> Session? {
        try await postgres.query("SELECT * FROM identity.session WHERE id = \(id) FOR NO KEY UPDATE").first.map { try Session(row: $0) }
    }

    /// Moves a session on by one conditional update.
    public func advance(
        _ session: Session.ID, from generation: Int, tokenExpiresAt: Instant, at now: Instant
    ) async throws -> Session? {
        try await postgres.query(
            """
            UPDATE identity.session SET generation = generation + 1, rotated_at = \(now), token_expires_at = \(tokenExpiresAt),
                last_active_at = \(now)
            WHERE id = \(session) AND generation = \(Int32(generation)) AND revoked_at IS NULL
            RETURNING *
            """
        ).first.map { try Session(row: $0) }
    }

    /// Moves a session on and reads what belongs to it; the conditions are judged again on the row as it is once its lock is had (manual 13.2.1).
    public func refresh(
        _ session: Session.ID, of user: User.ID, from generation: Int, lifetime: Duration, at now: Instant
    ) async throws -> SessionState? {
        let rows = try await postgres.query(
            """
            WITH moved AS (
                UPDATE identity.session s SET generation = s.generation + 1, rotated_at = \(now),
                    token_expires_at = least(\(now + lifetime), s.absolute_expires_at), last_active_at = greatest(s.last_active_at, \(now))
                FROM identity.account a
                WHERE s.id = \(session) AND s.user_id = \(user) AND s.generation = \(Int32(clamping: generation)) AND s.revoked_at IS NULL
                    AND s.absolute_expires_at > \(now) AND a.id = s.user_id AND a.status = 'active' AND a.session_epoch = s.epoch
                RETURNING s.*
            )
            SELECT \(fragment: User.accountColumns), \(fragment: Session.prefixedColumns), m.org_id AS m_org_id,
                m.membership_id AS m_membership_id, m.role AS m_role, m.org_state AS m_org_state, m.org_name AS m_org_name,
                m.org_type AS m_org_type, m.mfa_rule AS m_mfa_rule, \(fragment: SecondFactorStanding.isAlone) AS m_is_alone
            FROM moved s JOIN identity.account a ON a.id = s.user_id
            LEFT JOIN identity.org_membership m ON m.user_id = s.user_id AND m.org_id = s.active_org_id
            """)
        return try rows.first.map { row in
            let user = try User(row: row)
            return SessionState(
                user: user, session: try Session(row: row, prefix: "s_", user: user.id),
                org: try OrgScope(row: row, prefix: "m_", user: user.id))
        }
    }

    /// Both by one statement.
    public func lockedUser(_ user: User.ID, with session: Session.ID) async throws -> (User, Session)? {
        try await postgres.query(
            """
            SELECT \(fragment: User.accountColumns), \(fragment: Session.prefixedColumns)
            FROM identity.account a JOIN identity.session s ON s.user_id = a.id
            WHERE a.id = \(user) AND a.status <> 'purged' AND s.id = \(session) FOR NO KEY UPDATE OF a, s
            """
        ).first.map { (try User(row: $0), try Session(row: $0, prefix: "s_", user: user)) }
    }

    /// One conditional update; the membership is read by the same statement, after the lock that an earlier one took.
    public func enter(_ org: OrgReference, with session: Session, lifetime: Duration, at now: Instant) async throws -> (Session, OrgScope)?
    {
        let ends = min(now + lifetime, session.absoluteExpiresAt)
        let rows = try await postgres.query(
            """
            UPDATE identity.session s SET active_org_id = m.org_id, generation = s.generation + 1, rotated_at = \(now),
                token_expires_at = \(ends), last_active_at = greatest(s.last_active_at, \(now))
            FROM identity.org_membership m
            WHERE s.id = \(session.id) AND s.generation = \(Int32(session.generation)) AND s.revoked_at IS NULL
                AND m.user_id = \(session.user) AND m.org_id = \(org) AND m.org_state <> 'deleted'
            RETURNING \(fragment: Session.prefixedColumns), m.org_id, m.membership_id, m.role, m.org_state, m.org_name, m.org_type,
                m.mfa_rule, \(fragment: SecondFactorStanding.isAlone) AS is_alone
            """)
        guard let row = rows.first, let scope = try OrgScope(row: row, user: session.user) else { return nil }
        return (try Session(row: row, prefix: "s_", user: session.user), scope)
    }

    /// Ends a session by one conditional update.
    public func end(_ session: Session.ID, because reason: Session.EndReason, at now: Instant, isUse: Bool) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE identity.session SET revoked_at = \(now), revoke_reason = \(reason.rawValue),
                last_active_at = CASE WHEN \(isUse) THEN \(now) ELSE last_active_at END
            WHERE id = \(session) AND revoked_at IS NULL
            """) == 1
    }

    /// Raises the epoch: one update of the account decides for sessions that are being made at this moment as well.
    public func endSessions(
        of user: User.ID, except kept: Session.ID?, because reason: Session.EndReason, at now: Instant
    ) async throws -> Int {
        try await postgres.execute(
            "UPDATE identity.account SET session_epoch = session_epoch + 1, updated_at = \(now) WHERE id = \(user)")
        if let kept {
            try await postgres.execute(
                """
                UPDATE identity.session SET epoch = (SELECT session_epoch FROM identity.account WHERE id = \(user))
                WHERE id = \(kept) AND user_id = \(user) AND revoked_at IS NULL
                """)
        }
        return try await postgres.execute(
            """
            UPDATE identity.session SET revoked_at = \(now), revoke_reason = \(reason.rawValue)
            WHERE user_id = \(user) AND revoked_at IS NULL AND id IS DISTINCT FROM \(kept)
            """)
    }

    /// Takes a person's sessions out of an org. The account's lock comes first: whoever moves a session into the org holds it while it reads the
    /// membership, so that this statement sees what was moved before, and what is moved later sees that the membership has ended (ID-076).
    public func leaveOrg(_ org: OrgReference, user: User.ID, at now: Instant) async throws {
        _ = try await postgres.pipeline([
            """
            UPDATE identity.account SET default_org_id = nullif(default_org_id, \(org)),
                updated_at = CASE WHEN default_org_id = \(org) THEN \(now) ELSE updated_at END
            WHERE id = \(user)
            """,
            "UPDATE identity.session SET active_org_id = NULL WHERE user_id = \(user) AND active_org_id = \(org) AND revoked_at IS NULL",
        ])
        try await enqueue(ReviewOrphan(user: user), JobOptions(uniqueKey: user.description))
    }
}
