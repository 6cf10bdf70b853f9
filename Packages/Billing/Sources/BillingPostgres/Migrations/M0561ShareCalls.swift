internal import Postgres

/// How many calls to the provider are left, for all processes together (STR-017): a row for each share and each endpoint, and the pace.
enum M0561ShareCalls: Migration {
    static let id = "0561-billing-share-calls"

    static let sql = #"""
        CREATE TABLE billing.call_bucket (
            name text PRIMARY KEY CHECK (name ~ '^(pace|share:[a-z]{2,20}|endpoint:[a-z_]{1,60})$'),
            level double precision NOT NULL,
            filled_at timestamptz NOT NULL
        ) WITH (fillfactor = 50);
        GRANT SELECT, INSERT, UPDATE ON billing.call_bucket TO trellis_app, trellis_system;

        """#
}
