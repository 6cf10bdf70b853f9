internal import Postgres

/// What orgs used and which credits they were given and used, by the month (OPS-142).
enum M0507ReportMonths: Migration {
    static let id = "0507-operations-report-months"

    static let sql = #"""
        CREATE TABLE operations.monthly_report (
            month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
            stored_at timestamptz NOT NULL,
            orgs bigint NOT NULL CHECK (orgs >= 0),
            graphs bigint NOT NULL CHECK (graphs >= 0),
            average_bytes bigint NOT NULL CHECK (average_bytes >= 0),
            credits_granted bigint NOT NULL,
            credits_used bigint NOT NULL,
            lines jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array')
        );
        COMMENT ON TABLE operations.monthly_report IS 'Usage and credits of a month, with a line for each org; ids and numbers only.';
        ALTER TABLE operations.monthly_report ENABLE ROW LEVEL SECURITY;
        ALTER TABLE operations.monthly_report FORCE ROW LEVEL SECURITY;
        CREATE POLICY system ON operations.monthly_report USING ((SELECT trellis_is_system()));
        GRANT SELECT ON operations.monthly_report TO trellis_app;
        GRANT SELECT, INSERT ON operations.monthly_report TO trellis_system;

        """#
}
