internal import Audit
internal import AuditPostgres
public import Core
public import Identity
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

    /// Sets the org a session acts for.
    public func setActiveOrg(_ org: OrgReference?, of session: Session.ID) async throws {
        try await postgres.execute("UPDATE identity.session SET active_org_id = \(org) WHERE id = \(session)")
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
            "SELECT FROM identity.account WHERE id = \(user) FOR NO KEY UPDATE",
            "UPDATE identity.account SET default_org_id = NULL, updated_at = \(now) WHERE id = \(user) AND default_org_id = \(org)",
            "UPDATE identity.session SET active_org_id = NULL WHERE user_id = \(user) AND active_org_id = \(org) AND revoked_at IS NULL",
        ])
    }
}
