internal import Postgres

/// What counts as told: a mail that a relay accepted. What proves a notice reads this view and not the table, so that there is one answer (NOT-037).
enum M0830ShowAcceptedMails: Migration {
    static let id = "0830-notifications-show-accepted-mails"

    static let sql = #"""
        CREATE VIEW notifications.accepted_mail WITH (security_invoker = true) AS
            SELECT id, decision, template, recipient, user_id, org_id, queued_at, sent_at
            FROM notifications.mail WHERE status IN ('sent', 'delivered', 'complained');
        COMMENT ON VIEW notifications.accepted_mail IS 'Mails that a relay accepted; a mail that came back must not be shown here.';
        GRANT SELECT ON notifications.accepted_mail TO trellis_app, trellis_system;
        """#
}
