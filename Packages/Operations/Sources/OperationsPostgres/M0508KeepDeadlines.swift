internal import Postgres

/// By when an operation is to have ended (OPS-030).
enum M0508KeepDeadlines: Migration {
    static let id = "0508-operations-keep-deadlines"
    static let sql = #"""
        ALTER TABLE operations.operation ADD COLUMN deadline timestamptz;
        COMMENT ON COLUMN operations.operation.deadline IS 'The job operations.pass_deadline applies the rule of the kind when it has not ended by then.';
        CREATE INDEX operation_deadline ON operations.operation (id) WHERE deadline IS NOT NULL AND ended_at IS NULL;
        """#
}
