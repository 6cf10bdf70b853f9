internal import AuditPostgres
public import Core
public import Identity
internal import Postgres

extension PostgresIdentityTransaction {
    /// Stores a new handoff.
    public func insert(_ handoff: Handoff, digest: SecretDigest, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO identity.handoff (id, session_id, user_id, epoch, token_hash, created_at, expires_at)
            VALUES (\(handoff.id), \(handoff.session), \(handoff.user), \(Int32(handoff.epoch)), \(digest.bytes), \(now), \(handoff.expiresAt))
            """)
    }

    /// Swaps a token for a ticket by one conditional update.
    public func exchangeHandoff(
        _ token: SecretDigest, for app: String, ticket: SecretDigest, ticketExpiresAt: Instant, at now: Instant
    ) async throws -> HandoffStep {
        let taken = try await postgres.query(
            """
            UPDATE identity.handoff h SET exchanged_at = \(now), target_app = \(app), exchange_hash = \(ticket.bytes),
                exchange_expires_at = \(ticketExpiresAt)
            FROM identity.session s, identity.account a
            WHERE h.token_hash = \(token.bytes) AND h.exchanged_at IS NULL AND h.expires_at > \(now)
                AND s.id = h.session_id AND s.revoked_at IS NULL AND s.absolute_expires_at > \(now)
                AND a.id = h.user_id AND a.session_epoch = h.epoch AND a.status = 'active'
            RETURNING h.id, h.session_id, h.user_id, h.epoch, h.expires_at
            """)
        if let row = taken.first { return .taken(try Handoff(row: row)) }
        return try await dead("token_hash", token)
    }

    /// Uses a ticket up by one conditional update.
    public func completeHandoff(_ ticket: SecretDigest, at now: Instant) async throws -> HandoffStep {
        let taken = try await postgres.query(
            """
            UPDATE identity.handoff SET completed_at = \(now)
            WHERE exchange_hash = \(ticket.bytes) AND completed_at IS NULL AND exchange_expires_at > \(now)
            RETURNING id, session_id, user_id, epoch, expires_at
            """)
        if let row = taken.first { return .taken(try Handoff(row: row)) }
        return try await dead("exchange_hash", ticket)
    }

    /// Notes which session another one was made from.
    public func setParent(_ parent: Session.ID, of session: Session.ID) async throws {
        try await postgres.execute("UPDATE identity.session SET parent_id = \(parent) WHERE id = \(session)")
    }

    private func dead(_ column: String, _ digest: SecretDigest) async throws -> HandoffStep {
        let found = try await postgres.query(
            "SELECT id, session_id, user_id, epoch, expires_at FROM identity.handoff WHERE \(identifier: column) = \(digest.bytes)")
        return try found.first.map { .dead(try Handoff(row: $0)) } ?? .unknown
    }
}

extension Handoff {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.decode("id"), session: try row.decode("session_id"), user: try row.decode("user_id"),
            epoch: Int(try row.decode("epoch", as: Int32.self)), expiresAt: try row.decode("expires_at"))
    }
}
