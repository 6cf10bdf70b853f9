public import Core
public import Notifications
internal import Postgres

extension PostgresNotificationTransaction {
    /// By one statement over what is on its way and what ended in the last day.
    public func mailHealth(at now: Instant) async throws -> MailHealth {
        let rows = try await postgres.query(
            """
            SELECT
                (SELECT min(queued_at) FROM notifications.mail
                    WHERE class = 'security' AND status IN ('queued', 'rendered', 'sending', 'deferred', 'unknown')) AS security,
                (SELECT min(queued_at) FROM notifications.mail
                    WHERE class <> 'security' AND status IN ('queued', 'rendered', 'sending')) AS other,
                count(*) FILTER (WHERE status IN ('sent', 'delivered', 'complained', 'bounced')) AS taken,
                count(*) FILTER (WHERE status = 'bounced') AS bounced,
                count(*) FILTER (WHERE status = 'failed' AND rendered_at IS NULL) AS unwritten
            FROM notifications.mail WHERE moved_at > \(now - .hours(24))
            """)
        guard let row = rows.first else { return MailHealth(oldestSecurity: nil, oldestOther: nil, taken: 0, bounced: 0, unwritten: 0) }
        return MailHealth(
            oldestSecurity: try row.decode("security"), oldestOther: try row.decode("other"), taken: try row.decode("taken"),
            bounced: try row.decode("bounced"), unwritten: try row.decode("unwritten"))
    }
}
