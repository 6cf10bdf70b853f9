internal import AuditPostgres
public import Core
public import Identity
internal import Postgres

extension PostgresIdentityTransaction {
    /// Looks a client up by the index of clients.
    public func hasSession(of user: User.ID, like session: Session, since: Instant) async throws -> Bool {
        try await !postgres.query(
            """
            SELECT FROM identity.session
            WHERE user_id = \(user) AND network = \(session.network) AND client_family = \(session.clientFamily) AND created_at > \(since)
                AND id <> \(session.id)
            LIMIT 1
            """
        ).isEmpty
    }

    /// Takes a notice by one conditional write: of two at once one is told.
    public func takeNotice(_ kind: NoticeKind, of user: User.ID, every interval: Duration, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            INSERT INTO identity.notice_budget AS b (user_id, kind, sent_at) VALUES (\(user), \(kind.rawValue), \(now))
            ON CONFLICT (user_id, kind) DO UPDATE SET sent_at = EXCLUDED.sent_at WHERE b.sent_at <= \(now - interval)
            """) == 1
    }
}
