internal import Billing
public import Core
internal import Identity
public import IdleCancellation
public import Notifications
internal import Postgres

extension PostgresNotificationTransaction {
    /// Held mails of decisions that begin so, moved on.
    public func releaseMails(ofDecisions prefix: String, at now: Instant) async throws -> [OutboxEntry] {
        let ids = try await postgres.query(
            """
            UPDATE notifications.mail SET status = 'queued', moved_at = \(now)
            WHERE status = 'held' AND starts_with(decision, \(prefix)) RETURNING id
            """
        ).map { try $0.decode("id", as: Mail.ID.self) }
        var entries: [OutboxEntry] = []
        for id in ids.sorted() {
            if let entry = try await lockMail(id) { entries.append(entry) }
        }
        return entries
    }

    /// Cancels held mails by a function of the database, which is all that a process without rights on mails may do to them.
    public func withdrawMails(ofDecisions prefix: String, because note: String, at now: Instant) async throws -> Int {
        let rows = try await postgres.query("SELECT notifications.withdraw_mails(\(prefix), \(note), \(now))")
        return try rows.first.map { Int(try $0.decode(Int32.self)) } ?? 0
    }

    /// Names and people by one statement for the org and one for its people; both in the caller's transaction.
    public func idleMatter(of idleCase: IdleCase) async throws -> IdleMatter? {
        let rows = try await postgres.query(
            """
            SELECT o.name AS org, coalesce(g.name, \(idleCase.resource?.description), 'the subscription') AS resource, b.billing_email
            FROM orgs.org o
            LEFT JOIN graphs.graph g ON g.id = \(idleCase.resource?.description) AND g.org_id = o.id
            LEFT JOIN billing.customer b ON b.org_id = o.id
            WHERE o.id = \(idleCase.org) AND o.name IS NOT NULL
            """)
        guard let row = rows.first else { return nil }
        let owners = try await postgres.query(
            """
            SELECT a.id, a.name, a.email FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
            WHERE m.org_id = \(idleCase.org) AND m.role = 'owner' AND m.ended_at IS NULL AND a.status = 'active' ORDER BY m.joined_at, a.id
            """
        ).map { try IdleMatter.Person($0) }
        return IdleMatter(
            org: try row.decode("org"), resource: try row.decode("resource"), owners: owners,
            billingAddress: try row.decode("billing_email", as: String?.self), subscriber: try await person(idleCase.subject.person),
            actor: try await person(idleCase.acceptedBy))
    }

    private func person(_ id: User.ID?) async throws -> IdleMatter.Person? {
        guard let id else { return nil }
        return try await postgres.query("SELECT id, name, email FROM identity.account WHERE id = \(id) AND status = 'active'").first.map {
            try IdleMatter.Person($0)
        }
    }
}

extension IdleMatter.Person {
    fileprivate init(_ row: Row) throws {
        self.init(user: try row.decode("id"), name: try row.decode("name"), email: try row.decode("email"))
    }
}
