public import Core
public import Notifications
internal import Postgres

extension PostgresNotificationTransaction {
    /// Keeps which relay took a mail.
    public func noteRelay(_ relay: String, queueID: String?, of id: Mail.ID) async throws {
        try await postgres.execute("UPDATE notifications.mail SET relay = \(relay), queue_id = \(queueID) WHERE id = \(id)")
    }

    /// Moves a mail to bounced and counts.
    public func bounceMail(_ id: Mail.ID, attempts: Int, note: String, at now: Instant) async throws -> Int {
        let rows = try await postgres.query(
            """
            UPDATE notifications.mail SET status = 'bounced', attempts = \(attempts), note = \(note), moved_at = \(now), bounces = bounces + 1
            WHERE id = \(id) RETURNING bounces
            """)
        return try rows.first.map { Int(try $0.decode(Int32.self)) } ?? 0
    }

    /// Keeps a report; the attempt it is about is part of its name, so that a mail may come back twice.
    public func insertFeedback(_ feedback: MailFeedback, mail: Mail.ID?, at now: Instant) async throws -> Bool {
        guard let mail else { return false }
        return try await postgres.execute(
            """
            INSERT INTO notifications.mail_feedback (mail_id, attempt, kind, code, org_id, reported_at)
            SELECT id, attempts, \(feedback.kind.rawValue), \(feedback.code ?? ""), org_id, \(now) FROM notifications.mail WHERE id = \(mail)
            ON CONFLICT DO NOTHING
            """) == 1
    }

    /// The mail that a report means. A report that names another address than the mail's is about somebody to whom it was passed on.
    public func mail(meantBy feedback: MailFeedback) async throws -> Mail.ID? {
        let recipient = feedback.recipient?.normalized
        if let id = feedback.mail {
            return try await postgres.query(
                "SELECT id FROM notifications.mail WHERE id = \(id) AND (\(recipient)::text IS NULL OR recipient = \(recipient))"
            ).first?.decode("id")
        }
        return try await postgres.query(
            """
            SELECT id FROM notifications.mail WHERE recipient = \(recipient) AND sent_at IS NOT NULL ORDER BY sent_at DESC, id DESC LIMIT 1
            """
        ).first?.decode("id")
    }

    /// Why an address gets no more mail; a hard bounce is forgotten after its time.
    public func suppression(of address: MailAddress, at now: Instant) async throws -> Suppression? {
        try await postgres.query(
            """
            SELECT kind, source_mail, suppressed_at FROM notifications.suppression
            WHERE address_hash = sha256(convert_to(\(address.normalized), 'UTF8')) AND lifted_at IS NULL
                AND (kind <> 'hard_bounce' OR suppressed_at > \(now - Suppression.lifetimeOfBounce))
            """
        ).first.map { try Suppression($0) }
    }

    /// Puts an address on the list; a complaint outweighs a bounce.
    public func suppress(_ address: MailAddress, as kind: Suppression.Kind, because source: Mail.ID?, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO notifications.suppression AS s (address_hash, kind, source_mail, suppressed_at)
            VALUES (sha256(convert_to(\(address.normalized), 'UTF8')), \(kind.rawValue), \(source), \(now))
            ON CONFLICT (address_hash) DO UPDATE SET suppressed_at = excluded.suppressed_at, source_mail = excluded.source_mail,
                lifted_at = NULL, lifted_because = NULL,
                kind = CASE WHEN s.lifted_at IS NULL AND s.kind <> 'hard_bounce' THEN s.kind ELSE excluded.kind END
            """)
    }

    /// Takes an address from the list; that it was there is kept.
    public func liftSuppression(of address: MailAddress, because reason: String, at now: Instant) async throws -> Suppression? {
        try await postgres.query(
            """
            UPDATE notifications.suppression SET lifted_at = \(now), lifted_because = \(reason)
            WHERE address_hash = sha256(convert_to(\(address.normalized), 'UTF8')) AND lifted_at IS NULL
            RETURNING kind, source_mail, suppressed_at
            """
        ).first.map { try Suppression($0) }
    }
}

extension Suppression {
    fileprivate init(_ row: Row) throws {
        guard let kind = Kind(rawValue: try row.decode("kind")) else { throw UnknownStoredValue(column: "kind") }
        self.init(kind: kind, source: try row.decode("source_mail"), since: try row.decode("suppressed_at"))
    }
}
