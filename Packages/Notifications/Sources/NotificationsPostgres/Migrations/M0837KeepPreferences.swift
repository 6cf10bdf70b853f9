internal import AuditPostgres
internal import Notifications
internal import Postgres

/// What people want to be told by mail (NOT-060), and which addresses want no more of it (NOT-059).
enum M0837KeepPreferences: Migration {
    static let id = "0837-notifications-keep-preferences"

    static var sql: String { table + AuditSchema.register(PreferenceAuditTypes.first) }

    private static let table = #"""
        CREATE TABLE notifications.preference (
            user_id uuid NOT NULL,
            category text NOT NULL CHECK (category IN ('billing_reminders', 'product_activity', 'graph_work', 'digest')),
            is_on boolean NOT NULL,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, category)
        );
        COMMENT ON TABLE notifications.preference IS 'What a person has turned on or off; what is not here is on.';
        ALTER TABLE notifications.preference ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.preference FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON notifications.preference USING ((SELECT trellis_is_system()) OR user_id = (SELECT trellis_user_id()));
        GRANT SELECT, INSERT, UPDATE ON notifications.preference TO trellis_app, trellis_system;
        GRANT DELETE ON notifications.preference TO trellis_system;

        CREATE TABLE notifications.unsubscription (
            address_hash bytea NOT NULL CHECK (octet_length(address_hash) = 32),
            category text NOT NULL CHECK (category IN ('billing_reminders', 'product_activity', 'graph_work', 'digest')),
            taken_at timestamptz NOT NULL,
            lifted_at timestamptz,
            PRIMARY KEY (address_hash, category)
        );
        COMMENT ON TABLE notifications.unsubscription IS 'Addresses, by their hash, that turned a category off by the link of a mail.';
        ALTER TABLE notifications.unsubscription ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.unsubscription FORCE ROW LEVEL SECURITY;
        CREATE POLICY system ON notifications.unsubscription USING ((SELECT trellis_is_system()));
        GRANT SELECT, INSERT, UPDATE ON notifications.unsubscription TO trellis_app, trellis_system;
        -- Whether a mail is one of ours, and nothing else of it.
        GRANT SELECT (id) ON notifications.mail TO trellis_app;

        """#
}
