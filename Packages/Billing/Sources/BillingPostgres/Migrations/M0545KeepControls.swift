internal import Audit
internal import AuditPostgres
internal import Billing
internal import Postgres

/// The switches of Billing: a row for each one that was ever flipped, and for everything else that the log calls a control (BIL-131).
enum M0545KeepControls: Migration {
    static let id = "0545-billing-keep-controls"

    static var sql: String {
        tables + AuditSchema.register(BillingAuditTypes.controls)
            + AuditSchema.locate(.control, in: "billing.control", column: "name")
    }

    private static let tables = #"""
        CREATE TABLE billing.control (
            name text PRIMARY KEY CHECK (name ~ '^[a-z_]{2,40}$'),
            is_on boolean NOT NULL DEFAULT true,
            changed_by text CHECK (length(changed_by) BETWEEN 1 AND 100),
            reason text CHECK (length(reason) BETWEEN 10 AND 200),
            changed_at timestamptz,
            CHECK ((changed_by IS NULL) = (changed_at IS NULL) AND (changed_by IS NULL) = (reason IS NULL))
        );
        -- The guard of idle cancellation is a control to the log as well.
        INSERT INTO billing.control (name) VALUES ('idle_guard');
        GRANT SELECT ON billing.control TO trellis_app;
        GRANT SELECT, INSERT, UPDATE ON billing.control TO trellis_system;

        """#
}
