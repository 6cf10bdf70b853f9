internal import Postgres

/// What belongs to an operation belongs to its org (SEC-038), and rows are found by org first, as their policies look for them (SEC-049).
enum M0501BindEventsToTheirOrg: Migration {
    static let id = "0501-operations-bind-events-to-their-org"

    // The unique index takes the place of operation_by_org and is what the references of the children point to.
    static let sql = #"""
        ALTER TABLE operations.operation ADD CONSTRAINT operation_of_org UNIQUE (org_id, id);
        DROP INDEX operations.operation_by_org;
        ALTER TABLE operations.operation DROP CONSTRAINT operation_parent_id_fkey,
            ADD CONSTRAINT operation_parent_of_same_org FOREIGN KEY (org_id, parent_id) REFERENCES operations.operation (org_id, id);
        CREATE INDEX operation_by_parent ON operations.operation (parent_id) WHERE parent_id IS NOT NULL;

        CREATE INDEX operation_event_by_org ON operations.operation_event (org_id, operation_id);
        ALTER TABLE operations.operation_event DROP CONSTRAINT operation_event_operation_id_fkey,
            ADD CONSTRAINT operation_event_of_same_org FOREIGN KEY (org_id, operation_id) REFERENCES operations.operation (org_id, id);

        CREATE INDEX idempotency_record_by_org ON operations.idempotency_record (org_id);
        """#
}
