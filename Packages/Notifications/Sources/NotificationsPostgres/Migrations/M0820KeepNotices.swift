internal import Audit
internal import AuditPostgres
internal import Notifications
internal import Postgres

/// Notices in the product, the view by which a profile shows them, and the way to withdraw held mails without being able to read or change any other.
enum M0820KeepNotices: Migration {
    static let id = "0820-notifications-keep-notices"

    static var sql: String {
        table + view + withdrawing + AuditSchema.register(NoticeAuditTypes.all)
            + AuditSchema.locate(.notice, in: "notifications.notice", column: "id")
    }

    private static let table = #"""
        CREATE TABLE notifications.notice (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('subscription_kept')),
            severity text NOT NULL CHECK (severity IN ('info', 'warning')),
            decision text NOT NULL,
            org_id uuid NOT NULL,
            subscription_id uuid NOT NULL,
            resource text NOT NULL,
            via text NOT NULL,
            renews_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            acknowledged_at timestamptz,
            cleared_at timestamptz,
            CONSTRAINT notice_once_for_each_decision UNIQUE (decision, kind, user_id)
        );
        CREATE INDEX notice_pending ON notifications.notice (user_id, created_at DESC) WHERE acknowledged_at IS NULL AND cleared_at IS NULL;
        CREATE INDEX notice_by_age ON notifications.notice (created_at) WHERE acknowledged_at IS NULL AND cleared_at IS NULL;
        CREATE INDEX notice_of_subject ON notifications.notice (user_id, subscription_id, kind, created_at DESC);
        CREATE INDEX notice_by_org ON notifications.notice (org_id, created_at DESC);
        COMMENT ON TABLE notifications.notice IS 'What one person is told in the product, until it is seen or old.';
        ALTER TABLE notifications.notice ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.notice FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON notifications.notice USING (trellis_is_system() OR user_id = trellis_user_id());
        GRANT SELECT, INSERT ON notifications.notice TO trellis_app, trellis_system;
        GRANT UPDATE (acknowledged_at, cleared_at) ON notifications.notice TO trellis_app, trellis_system;


        """#

    /// Where Identity is not installed there is no profile to show them.
    private static let view = #"""
        DO $do$
        BEGIN
            IF to_regclass('identity.pending_notice') IS NOT NULL THEN
                EXECUTE $view$
                    CREATE OR REPLACE VIEW identity.pending_notice AS
                        SELECT n.user_id, identity.id_text('ntc', n.id) AS notice_id, n.kind, n.severity, n.org_id,
                            identity.id_text('bsub', n.subscription_id) AS subscription_id, n.resource, n.via, n.renews_at, n.created_at,
                            n.kind = 'subscription_kept' AS is_kept_banner,
                            (SELECT max(r.created_at) FROM notifications.notice r
                             WHERE r.user_id = n.user_id AND r.subscription_id = n.subscription_id AND r.kind = n.kind) + interval '14 days'
                                AS expires_at
                        FROM notifications.notice n WHERE n.acknowledged_at IS NULL AND n.cleared_at IS NULL
                $view$;
            END IF;
        END $do$;


        """#

    private static let withdrawing = #"""
        CREATE FUNCTION notifications.withdraw_mails(p_prefix text, p_note text, p_now timestamptz) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            withdrawn integer;
        BEGIN
            UPDATE notifications.mail SET status = 'canceled', note = p_note, moved_at = p_now
            WHERE status = 'held' AND starts_with(decision, p_prefix);
            GET DIAGNOSTICS withdrawn = ROW_COUNT;
            RETURN withdrawn;
        END $$;
        REVOKE ALL ON FUNCTION notifications.withdraw_mails(text, text, timestamptz) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION notifications.withdraw_mails(text, text, timestamptz) TO trellis_app, trellis_system;
        CREATE INDEX mail_held ON notifications.mail (decision) WHERE status = 'held';
        """#
}
