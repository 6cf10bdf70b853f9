public import Audit
public import AuditPostgres
public import Core
public import FoundationEssentials
public import JobsPostgres
public import Notifications
public import Orgs
public import Postgres

/// The outbox by SQL on a transaction of the system.
public protocol PostgresNotificationTransaction: NotificationTransaction, PostgresJobTransaction, PostgresAuditTransaction {
    /// The transaction.
    var postgres: PostgresTransaction { get }
    /// The business time.
    var dateSource: any DateSource { get }
    /// The mails of a program's own that may be in the outbox, besides those of the catalogue (NOT-197).
    var ownMails: [OwnMailTemplate] { get }
}

extension PostgresNotificationTransaction {
    /// None: the catalogue is all there is.
    public var ownMails: [OwnMailTemplate] { [] }

    /// Adds a mail unless decision, template and recipient are there (NOT-027).
    public func insertMail(_ mail: Mail, user: UUID?, about: AuditReferences) async throws -> Bool {
        let stored = PostgresJSON(about)
        return try await postgres.execute(
            """
            INSERT INTO notifications.mail (id, decision, template, class, recipient, address, user_id, org_id, reason, locale, about, context,
                status, attempts, queued_at, moved_at, brand)
            VALUES (\(mail.id), \(mail.decision), \(mail.template.rawValue), \(mail.template.mailClass.rawValue),
                \(mail.recipient.normalized), \(mail.recipient.description), \(user), \(about.org), \(mail.reason), \(mail.locale), \(stored),
                \(mail.context), \(mail.status.rawValue), \(mail.attempts), \(mail.queuedAt), \(mail.queuedAt),
                coalesce(\(mail.brand), (SELECT b.brand FROM notifications.org_brand b WHERE b.org_id = \(about.org))))
            ON CONFLICT (decision, template, recipient) DO NOTHING
            """) == 1
    }

    /// The one that was selected.
    public func brand(of org: Org.ID) async throws -> String? {
        try await postgres.query("SELECT brand FROM notifications.org_brand WHERE org_id = \(org)").first?.decode(String.self)
    }

    /// The latest order counts.
    public func setBrand(_ brand: String?, of org: Org.ID, at now: Instant) async throws {
        guard let brand else {
            try await postgres.execute("DELETE FROM notifications.org_brand WHERE org_id = \(org)")
            return
        }
        try await postgres.execute(
            """
            INSERT INTO notifications.org_brand (org_id, brand, changed_at) VALUES (\(org), \(brand), \(now))
            ON CONFLICT (org_id) DO UPDATE SET brand = excluded.brand, changed_at = excluded.changed_at
            """)
    }

    /// Reads a mail and locks its row.
    public func lockMail(_ id: Mail.ID) async throws -> OutboxEntry? {
        try await postgres.query(
            """
            SELECT id, decision, template, address, reason, locale, context, status, attempts, queued_at, about, subject, html, plain_text,
                content_hash, template_hash, bounces, brand
            FROM notifications.mail WHERE id = \(id) FOR UPDATE
            """
        ).first.map { try OutboxEntry($0, own: ownMails) }
    }

    /// Keeps what was written and moves the mail to rendered.
    public func saveRendering(_ rendering: RenderedMail, of id: Mail.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE notifications.mail SET status = 'rendered', subject = \(rendering.subject), html = \(rendering.html),
                plain_text = \(rendering.text), content_hash = \(rendering.contentHash), template_hash = \(rendering.templateHash),
                rendered_at = \(now), moved_at = \(now)
            WHERE id = \(id)
            """)
    }

    /// By what was written, of mails that did not wait for more than two days; the lock makes those that are written at once count each other.
    public func hasRoom(in budget: AccessNoticeBudget, at now: Instant) async throws -> Bool {
        let (org, recipient) = (budget.org, budget.recipient.normalized)
        _ = try await postgres.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('notifications.notices/' || \(org)::text || '/' || \(recipient), 0))")
        for limit in AccessNoticeBudget.limits {
            let written = try await postgres.query(
                """
                SELECT count(*) FROM notifications.mail
                WHERE org_id = \(org) AND recipient = \(recipient) AND template = ANY(\(AccessNoticeBudget.templates.map(\.rawValue)))
                    AND rendered_at > \(now - limit.within) AND id > \(Mail.ID.make(at: now - limit.within - .days(2)))
                """)
            if try written[0].decode(Int.self) >= limit.count { return false }
        }
        return true
    }

    /// Empties mails; what they were is kept by their hashes. What the person wanted to be told goes.
    public func eraseMails(of user: UUID, at now: Instant) async throws {
        try await postgres.execute("DELETE FROM notifications.preference WHERE user_id = \(user)")
        try await postgres.execute(
            """
            UPDATE notifications.mail SET erased_at = \(now), recipient = 'erased-' || mail.id || '@erased.invalid',
                address = 'erased-' || mail.id || '@erased.invalid', context = '{}', note = NULL,
                html = CASE WHEN html IS NOT NULL THEN '' END, plain_text = CASE WHEN plain_text IS NOT NULL THEN '' END,
                moved_at = CASE WHEN m.leaves THEN \(now) ELSE mail.moved_at END,
                status = CASE WHEN m.leaves THEN 'canceled' ELSE mail.status END
            FROM (
                -- What came back once and has to be read would leave again.
                SELECT l.id, l.status IN ('held', 'queued', 'rendered', 'deferred')
                    OR l.status = 'bounced' AND l.bounces = 1 AND l.class IN ('security', 'required') AS leaves
                FROM notifications.mail AS l WHERE l.user_id = \(user) AND l.erased_at IS NULL FOR UPDATE
            ) AS m
            WHERE mail.id = m.id
            """)
    }

    /// Moves a mail; the trigger refuses what the table does not allow.
    public func moveMail(_ id: Mail.ID, to status: MailStatus, attempts: Int, note: String?, at now: Instant) async throws {
        let sentAt = status == .sent ? now : nil
        try await postgres.execute(
            """
            UPDATE notifications.mail
            SET status = \(status.rawValue), attempts = \(attempts), note = \(note), moved_at = \(now), sent_at = coalesce(\(sentAt), sent_at)
            WHERE id = \(id)
            """)
    }
}

extension AuditReferences {
    /// The org among the references.
    fileprivate var org: UUID? {
        for reference in all where reference.kind == .org {
            if case .id(let uuid) = reference.key { return uuid }
        }
        return nil
    }
}

extension OutboxEntry {
    init(_ row: Row, own: [OwnMailTemplate]) throws {
        func template(_ name: String) -> MailTemplate? {
            MailTemplate(rawValue: name) ?? own.first { $0.name == name }.map { .own($0) }
        }
        let mail = Mail(
            id: try row.decode("id"), decision: try row.decode("decision"),
            template: try Self.decode(row, "template", template), recipient: try Self.decode(row, "address", MailAddress.init),
            reason: try row.decode("reason"), locale: try row.decode("locale"), context: try row.decode("context"),
            status: try Self.decode(row, "status", MailStatus.init), attempts: try row.decode("attempts"),
            queuedAt: try row.decode("queued_at"), bounces: Int(try row.decode("bounces", as: Int32.self)), brand: try row.decode("brand"))
        var rendered: RenderedMail?
        if let hash = try row.decode("content_hash", as: [UInt8]?.self) {
            rendered = RenderedMail(
                subject: try row.decode("subject"), html: try row.decode("html"), text: try row.decode("plain_text"), contentHash: hash,
                templateHash: try row.decode("template_hash"))
        }
        self.init(mail: mail, about: try row.decode("about", as: PostgresJSON<AuditReferences>.self).value, rendered: rendered)
    }

    private static func decode<Value>(_ row: Row, _ column: String, _ make: (String) -> Value?) throws -> Value {
        let text = try row.decode(column, as: String.self)
        guard let value = make(text) else { throw UnknownStoredValue(column: column) }
        return value
    }
}

/// A row holds a word that this program does not know, as after a step back to an older version.
struct UnknownStoredValue: Error, Hashable, Sendable, CustomStringConvertible {
    let column: String

    var description: String { "a row of notifications.mail has an unknown \(column)" }
}
