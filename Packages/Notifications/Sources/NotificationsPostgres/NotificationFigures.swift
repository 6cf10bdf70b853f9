internal import Notifications
public import Postgres

/// What the outbox and the way to customers' systems look like from outside, counted in the database (NOT-193).
public enum NotificationFigures {
    /// The business time as every process has it: the machine's, or where the sandbox's clock stands (OPS-089).
    private static let businessTime = """
        coalesce((SELECT coalesce(frozen_at, clock_timestamp() + ahead_us * interval '1 microsecond') FROM jobs.clock_state),
            clock_timestamp())
        """
    private static let classes = "(VALUES ('security'), ('required'), ('service'), ('optional')) AS c (name)"
    private static let waiting = "('queued', 'rendered', 'sending', 'deferred', 'unknown')"

    /// All of them. Words of a closed set label them, never ids or addresses.
    public static let all = [
        DatabaseFigure(
            "trellis_mails_waiting", "Mails on their way, by class.", by: "class",
            Statement(
                """
                SELECT c.name AS label, count(m.id) AS value FROM \(classes)
                LEFT JOIN notifications.mail AS m ON m.class = c.name AND m.status IN \(waiting) GROUP BY c.name
                """, [])),
        DatabaseFigure(
            "trellis_mails_held", "Mails that wait for a condition.",
            "SELECT count(*) AS value FROM notifications.mail WHERE status = 'held'"),
        DatabaseFigure(
            "trellis_mails_oldest_waiting_seconds", "Age of the oldest mail on its way that was not put off, by class.", by: "class",
            Statement(
                """
                SELECT c.name AS label, coalesce(extract(epoch FROM (SELECT \(businessTime)) - min(m.queued_at)), 0)::bigint AS value
                FROM \(classes) LEFT JOIN notifications.mail AS m
                    ON m.class = c.name AND m.status IN ('queued', 'rendered', 'sending') GROUP BY c.name
                """, [])),
        ended(
            "trellis_mails_sent_today", "Mails that a relay took in the last 24 hours, by template.", "('sent', 'delivered', 'complained')"),
        ended("trellis_mails_failed_today", "Mails that were given up in the last 24 hours, by template.", "('failed', 'unknown')"),
        ended(
            "trellis_mails_skipped_today", "Mails that were not sent on purpose in the last 24 hours, by template.",
            "('skipped', 'suppressed')"),
        ended("trellis_mails_bounced_today", "Mails that came back in the last 24 hours, by template.", "('bounced')"),
        DatabaseFigure(
            "trellis_mails_bounce_permille", "Of a thousand mails of the last 24 hours, how many came back.",
            Statement(
                """
                SELECT coalesce(1000 * count(*) FILTER (WHERE status = 'bounced') / nullif(count(*), 0), 0)::bigint AS value
                FROM notifications.mail WHERE status IN ('sent', 'delivered', 'complained', 'bounced')
                    AND moved_at > (SELECT \(businessTime)) - interval '24 hours'
                """, [])),
        DatabaseFigure(
            "trellis_webhook_attempts_today", "Attempts to hand messages to customers' systems in the last 24 hours, by result.",
            by: "result",
            Statement(
                """
                SELECT r.name AS label, count(a.number) AS value FROM (VALUES ('taken'), ('refused'), ('unreachable')) AS r (name)
                LEFT JOIN notifications.webhook_attempt AS a ON a.began_at > (SELECT \(businessTime)) - interval '24 hours'
                    AND r.name = CASE WHEN a.answer_status BETWEEN 200 AND 299 THEN 'taken' WHEN a.answer_status IS NOT NULL THEN 'refused'
                        ELSE 'unreachable' END
                GROUP BY r.name
                """, [])),
        DatabaseFigure(
            "trellis_webhook_delay_seconds", "Age of the oldest message that waits for its first attempt.",
            Statement(
                """
                SELECT coalesce(extract(epoch FROM (SELECT \(businessTime)) - min(created_at)), 0)::bigint AS value
                FROM notifications.webhook_delivery WHERE status = 'pending' AND attempts = 0
                """, [])),
        DatabaseFigure(
            "trellis_webhook_endpoints", "Endpoints of customers, by whether they are asked.", by: "status",
            Statement(
                """
                SELECT s.name AS label, count(e.id) AS value FROM (VALUES ('enabled'), ('disabled')) AS s (name)
                LEFT JOIN notifications.webhook_endpoint AS e ON e.status = s.name GROUP BY s.name
                """, [])),
        DatabaseFigure(
            "trellis_notices_pending", "Notices that nobody has seen yet.",
            "SELECT count(*) AS value FROM notifications.notice WHERE acknowledged_at IS NULL AND cleared_at IS NULL"),
    ]

    private static func ended(_ name: String, _ help: String, _ statuses: String) -> DatabaseFigure {
        DatabaseFigure(
            name, help, by: "template",
            Statement(
                """
                SELECT template AS label, count(*) AS value FROM notifications.mail
                WHERE status IN \(statuses) AND moved_at > (SELECT \(businessTime)) - interval '24 hours' GROUP BY template
                """, []))
    }
}
