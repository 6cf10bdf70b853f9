internal import Audit
public import Core
public import Identity
public import Notifications
public import Orgs
internal import Postgres

extension PostgresNotificationTransaction {
    /// Adds a notice; the one that it replaces is cleared.
    public func insertNotice(_ notice: Notice) async throws -> Bool {
        let inserted = try await postgres.execute(
            """
            INSERT INTO notifications.notice (id, user_id, kind, severity, decision, org_id, subscription_id, resource, via, renews_at,
                until, subject, created_at)
            VALUES (\(notice.id), \(notice.user), \(notice.kind.rawValue), \(notice.severity.rawValue), \(notice.decision), \(notice.org),
                \(notice.subscription), \(notice.resource), \(notice.via), \(notice.renewsAt), \(notice.until), \(notice.subject), \(notice.createdAt))
            ON CONFLICT (decision, kind, user_id) DO NOTHING
            """)
        guard inserted == 1 else { return false }
        try await postgres.execute(
            """
            UPDATE notifications.notice SET cleared_at = \(notice.createdAt)
            WHERE user_id = \(notice.user) AND subscription_id IS NOT DISTINCT FROM \(notice.subscription) AND kind = \(notice.kind.rawValue)
                AND id <> \(notice.id) AND (subscription_id IS NOT NULL OR org_id IS NOT DISTINCT FROM \(notice.org) AND resource = \(notice.resource))
                AND acknowledged_at IS NULL AND cleared_at IS NULL
            """)
        return true
    }

    /// What a person is to be told, the gravest first (NOT-177): nothing of a subscription whose latest decision is too old.
    public func pendingNotices(of user: User.ID, at now: Instant) async throws -> [Notice] {
        try await postgres.query(
            """
            SELECT n.* FROM notifications.notice n
            WHERE n.user_id = \(user) AND n.acknowledged_at IS NULL AND n.cleared_at IS NULL AND EXISTS (
                SELECT FROM notifications.notice r WHERE r.user_id = n.user_id AND r.kind = n.kind
                    AND r.subscription_id IS NOT DISTINCT FROM n.subscription_id
                    AND (n.subscription_id IS NOT NULL OR r.org_id IS NOT DISTINCT FROM n.org_id AND r.resource = n.resource)
                    AND r.created_at >= \(now - Notice.lifetime))
            ORDER BY array_position('{critical,warning,info}'::text[], n.severity), n.created_at DESC, n.id DESC LIMIT 50
            """
        ).map { try Notice($0) }
    }

    /// Takes notices away whose reason is gone.
    public func clearNotices(_ kind: Notice.Kind, of user: User.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE notifications.notice SET cleared_at = \(now)
            WHERE user_id = \(user) AND kind = \(kind.rawValue) AND acknowledged_at IS NULL AND cleared_at IS NULL
            """)
    }

    /// Zero where nothing was taken away yet.
    public func noticeRound(of org: Org.ID) async throws -> Int64? {
        let rows = try await postgres.query("SELECT round, is_erased FROM notifications.notice_round WHERE org_id = \(org)")
        guard let row = rows.first else { return 0 }
        return try row.decode("is_erased") ? nil : row.decode("round")
    }

    /// The row is locked for all others of the org, and is there from now on.
    public func isNoticeRound(_ round: Int64, of org: Org.ID) async throws -> Bool {
        try await postgres.execute(
            "INSERT INTO notifications.notice_round (org_id, round) VALUES (\(org), 0) ON CONFLICT (org_id) DO NOTHING")
        return try await postgres.query(
            "SELECT FROM notifications.notice_round WHERE org_id = \(org) AND round = \(round) AND NOT is_erased FOR UPDATE"
        ).count == 1
    }

    /// What is under way is waited for.
    public func moveNoticeRound(of org: Org.ID) async throws {
        try await postgres.execute(
            """
            INSERT INTO notifications.notice_round (org_id, round) VALUES (\(org), 1)
            ON CONFLICT (org_id) DO UPDATE SET round = notice_round.round + 1
            """)
    }

    /// What is under way is waited for.
    public func eraseNotices(of org: Org.ID) async throws {
        try await postgres.execute(
            """
            INSERT INTO notifications.notice_round (org_id, round, is_erased) VALUES (\(org), 1, true)
            ON CONFLICT (org_id) DO UPDATE SET round = notice_round.round + 1, is_erased = true
            """)
        try await postgres.execute("DELETE FROM notifications.notice WHERE org_id = \(org)")
    }

    /// Takes them away from all whom they were posted to.
    public func withdrawNotices(_ kinds: [Notice.Kind], of org: Org.ID, decisions prefix: String, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE notifications.notice SET cleared_at = \(now)
            WHERE org_id = \(org) AND kind = ANY(\(kinds.map(\.rawValue))) AND starts_with(decision, \(prefix))
                AND acknowledged_at IS NULL AND cleared_at IS NULL
            """)
    }

    /// By the mails to the address that came back, which are the decisions of those notices.
    public func withdrawUndeliverableNotices(about address: MailAddress, at now: Instant) async throws {
        let decisions = try await postgres.query(
            "SELECT id FROM notifications.mail WHERE recipient = \(address.normalized) AND bounces > 0"
        ).map { "\(MailUndeliverable.topic)/\(try $0.decode("id", as: Mail.ID.self))" }
        guard !decisions.isEmpty else { return }
        try await postgres.execute(
            """
            UPDATE notifications.notice SET cleared_at = \(now)
            WHERE kind = \(Notice.Kind.addressUndeliverable.rawValue) AND decision = ANY(\(decisions))
                AND acknowledged_at IS NULL AND cleared_at IS NULL
            """)
    }

    /// Marks a notice as seen.
    public func acknowledgeNotice(_ id: Notice.ID, of user: User.ID, at now: Instant) async throws -> (notice: Notice, isNew: Bool)? {
        let rows = try await postgres.query("SELECT * FROM notifications.notice WHERE id = \(id) AND user_id = \(user) FOR UPDATE")
        guard let row = rows.first else { return nil }
        let isNew = row["acknowledged_at"].isNull && row["cleared_at"].isNull
        if isNew { try await postgres.execute("UPDATE notifications.notice SET acknowledged_at = \(now) WHERE id = \(id)") }
        return (try Notice(row), isNew)
    }

    /// Clears what is too old: rows that another transaction holds are left for the next run.
    public func clearNotices(at now: Instant, limit: Int) async throws -> [Notice] {
        try await postgres.query(
            """
            UPDATE notifications.notice SET cleared_at = \(now) WHERE id IN (
                SELECT n.id FROM notifications.notice n
                WHERE n.acknowledged_at IS NULL AND n.cleared_at IS NULL AND n.created_at < \(now - Notice.lifetime) AND NOT EXISTS (
                    SELECT FROM notifications.notice r WHERE r.user_id = n.user_id AND r.kind = n.kind
                        AND r.subscription_id IS NOT DISTINCT FROM n.subscription_id
                        AND (n.subscription_id IS NOT NULL OR r.org_id IS NOT DISTINCT FROM n.org_id AND r.resource = n.resource)
                        AND r.created_at >= \(now - Notice.lifetime))
                ORDER BY n.created_at LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED)
            RETURNING *
            """
        ).map { try Notice($0) }
    }
}

extension Notice {
    fileprivate init(_ row: Row) throws {
        guard let kind = Kind(rawValue: try row.decode("kind")), let severity = Severity(rawValue: try row.decode("severity")) else {
            throw UnknownStoredValue(column: "kind")
        }
        self.init(
            id: try row.decode("id"), user: try row.decode("user_id"), kind: kind, severity: severity, decision: try row.decode("decision"),
            org: try row.decode("org_id"), subscription: try row.decode("subscription_id"), resource: try row.decode("resource"),
            via: try row.decode("via"), renewsAt: try row.decode("renews_at"), until: try row.decode("until"),
            subject: try row.decode("subject"), createdAt: try row.decode("created_at"))
    }
}
