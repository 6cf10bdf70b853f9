internal import Postgres

/// Guards of what closes and destroys, and what all guards have let through in the last day (OPS-099).
///
/// Decisions of the day before the migration are not taken over: the guards begin to count anew with it.
enum M0584GuardDestruction: Migration {
    static let id = "0584-billing-guard-destruction"

    static var sql: String {
        #"""
        CREATE TABLE billing.guarded_action (
            class text NOT NULL REFERENCES billing.action_guard (class),
            at timestamptz NOT NULL,
            is_released boolean NOT NULL
        );
        CREATE INDEX guarded_action_by_time ON billing.guarded_action (class, at);
        ALTER TABLE billing.guarded_action ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.guarded_action FORCE ROW LEVEL SECURITY;
        CREATE POLICY guarded_action_of_system ON billing.guarded_action USING (trellis_is_system());
        GRANT SELECT, INSERT, DELETE ON billing.guarded_action TO trellis_app, trellis_system;
        ALTER TABLE billing.action_guard NO FORCE ROW LEVEL SECURITY;
        INSERT INTO billing.action_guard (class) VALUES ('graph_suspend'), ('graph_purge'), ('org_purge');
        ALTER TABLE billing.action_guard FORCE ROW LEVEL SECURITY;
        -- They are controls to the log as well; that they are there is no event.
        ALTER TABLE billing.control DISABLE TRIGGER covered_insert;
        INSERT INTO billing.control (name) VALUES ('graph_suspend_guard'), ('graph_purge_guard'), ('org_purge_guard');
        ALTER TABLE billing.control ENABLE TRIGGER covered_insert;
        """#
    }
}
