internal import Postgres

/// Records without their counterpart are told as well, and not all of them have to do with a host (OPS-127). The catalogue of entries changes by a
/// migration alone, so that the guard is lifted for it; entries of an earlier release refer to a host and stay as they are.
enum M0731FindRecords: Migration {
    static let id = "0731-graphs-find-records"

    static let sql = """
        ALTER TABLE audit.event_type DISABLE TRIGGER append_only;
        UPDATE audit.event_type SET requires = '{}' WHERE name = 'graph_orphan_found';
        ALTER TABLE audit.event_type ENABLE TRIGGER append_only;
        """
}
