internal import Postgres

/// What those who run the product have to look at, from its beginning to its end (NOT-170).
enum M0849TellOperators: Migration {
    static let id = "0849-notifications-tell-operators"

    static let sql = #"""
        CREATE TABLE notifications.operator_alert (
            name text NOT NULL,
            opened_at timestamptz NOT NULL,
            severity text NOT NULL CHECK (severity IN ('warning', 'critical')),
            title text NOT NULL,
            detail text NOT NULL,
            seen_at timestamptz NOT NULL,
            told_at timestamptz NOT NULL,
            times integer NOT NULL CHECK (times > 0),
            closed_at timestamptz,
            PRIMARY KEY (name, opened_at)
        );
        COMMENT ON TABLE notifications.operator_alert IS 'What those who run the product had to look at, and since when.';
        CREATE UNIQUE INDEX operator_alert_open ON notifications.operator_alert (name) WHERE closed_at IS NULL;
        ALTER TABLE notifications.operator_alert ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.operator_alert FORCE ROW LEVEL SECURITY;
        CREATE POLICY system ON notifications.operator_alert USING ((SELECT trellis_is_system()));
        GRANT SELECT, INSERT, UPDATE ON notifications.operator_alert TO trellis_system;

        """#
}
