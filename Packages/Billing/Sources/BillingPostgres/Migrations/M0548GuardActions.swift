internal import AuditPostgres
internal import Billing
internal import Postgres

/// The guards of automatic actions: one row for each class, whose lock serialises counting (BIL-132).
enum M0548GuardActions: Migration {
    static let id = "0548-billing-guard-actions"

    static var sql: String { table + AuditSchema.register(BillingAuditTypes.guards) }

    private static let table = #"""
        CREATE TABLE billing.action_guard (
            class text PRIMARY KEY CHECK (class ~ '^[a-z_]{2,40}$'),
            is_open boolean NOT NULL DEFAULT false,
            reason text,
            opened_at timestamptz,
            allowance integer NOT NULL DEFAULT 0 CHECK (allowance >= 0),
            CHECK (is_open = (opened_at IS NOT NULL))
        );
        INSERT INTO billing.action_guard (class) VALUES ('dunning_end'), ('repair_end');
        -- They are controls to the log as well.
        INSERT INTO billing.control (name) VALUES ('dunning_end_guard'), ('repair_end_guard');
        ALTER TABLE billing.action_guard ENABLE ROW LEVEL SECURITY;
        ALTER TABLE billing.action_guard FORCE ROW LEVEL SECURITY;
        CREATE POLICY action_guard_of_system ON billing.action_guard USING (trellis_is_system());
        GRANT SELECT, UPDATE ON billing.action_guard TO trellis_app, trellis_system;
        CREATE INDEX subscription_to_end_unpaid ON billing.subscription (final_deadline) WHERE status = 'unpaid' AND closed_at IS NULL;

        """#
}
