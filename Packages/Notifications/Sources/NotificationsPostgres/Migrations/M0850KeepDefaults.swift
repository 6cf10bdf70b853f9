internal import Postgres

/// What an org's owners have said about mails for whoever has chosen nothing (NOT-060).
enum M0850KeepDefaults: Migration {
    static let id = "0850-notifications-keep-defaults"

    static let sql = #"""
        CREATE TABLE notifications.org_default (
            org_id uuid NOT NULL,
            category text NOT NULL CHECK (category IN ('billing_reminders', 'graph_work')),
            is_on boolean NOT NULL,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (org_id, category)
        );
        COMMENT ON TABLE notifications.org_default IS 'Which mails of an org go to whoever has chosen nothing; what is not here is on.';
        ALTER TABLE notifications.org_default ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.org_default FORCE ROW LEVEL SECURITY;
        CREATE POLICY org_default_of_org ON notifications.org_default
            USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        GRANT SELECT, INSERT, UPDATE ON notifications.org_default TO trellis_app, trellis_system;
        GRANT DELETE ON notifications.org_default TO trellis_system;

        """#
}
