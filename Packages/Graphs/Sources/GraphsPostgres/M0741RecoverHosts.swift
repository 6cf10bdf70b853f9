internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// A graph may have a second slot while it comes from one host to another, and hosts may be lost (GRA-102).
enum M0741RecoverHosts: Migration {
    static let id = "0741-graphs-recover-hosts"
    static var sql: String { slots + AuditSchema.register(GraphAuditTypes.losses) }

    private static let slots = """
        ALTER TABLE graphs.host_slot ADD COLUMN moving_graph_id text UNIQUE,
            ADD CONSTRAINT host_slot_moving_of_same_org FOREIGN KEY (org_id, moving_graph_id) REFERENCES graphs.graph (org_id, id),
            ADD CONSTRAINT host_slot_moving CHECK (moving_graph_id IS NULL
                OR (state = 'reserved' AND graph_id IS NULL AND subscription_id IS NULL AND reserved_until IS NOT NULL));
        COMMENT ON COLUMN graphs.host_slot.moving_graph_id IS 'The graph that is being brought here from another host.';

        """
}
