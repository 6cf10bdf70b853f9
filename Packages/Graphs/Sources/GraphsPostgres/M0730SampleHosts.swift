internal import Postgres

/// What hosts hold, slot by slot of time, what engines have counted of graphs by the hour, and the memory of machines (OPS-120, GRA-027).
enum M0730SampleHosts: Migration {
    static let id = "0730-graphs-sample-hosts"

    static let sql = """
        CREATE TABLE graphs.host_sample (
            host_id uuid NOT NULL REFERENCES graphs.graph_host (id),
            slot timestamptz NOT NULL,
            graphs integer NOT NULL CHECK (graphs >= 0),
            bytes bigint NOT NULL CHECK (bytes >= 0),
            PRIMARY KEY (host_id, slot)
        );
        CREATE INDEX host_sample_by_time ON graphs.host_sample (slot);
        GRANT SELECT ON graphs.host_sample TO trellis_app;
        GRANT SELECT, INSERT, DELETE ON graphs.host_sample TO trellis_system;

        ALTER TABLE graphs.storage_measure
            ADD COLUMN measured_at timestamptz,
            ADD COLUMN epoch text,
            ADD COLUMN statements bigint CHECK (statements >= 0),
            ADD COLUMN failed bigint CHECK (failed >= 0),
            ADD COLUMN busy_ms bigint CHECK (busy_ms >= 0),
            ADD CONSTRAINT storage_measure_counters_together CHECK (num_nonnulls(epoch, statements, failed, busy_ms) IN (0, 4));
        COMMENT ON COLUMN graphs.storage_measure.epoch IS 'What the engine counted from; counters of another epoch began anew.';

        ALTER TABLE graphs.graph_host ADD COLUMN memory_mb integer CHECK (memory_mb >= 0);
        """
}
