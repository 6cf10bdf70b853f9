internal import Postgres

/// What only a graph on its host needs goes with it (GRA-061), also of graphs that went before this was so.
enum M0724ForgetGraphs: Migration {
    static let id = "0724-graphs-forget"

    static let sql = """
        GRANT DELETE ON graphs.graph_credential, graphs.storage_sample, graphs.orphan_finding, graphs.teardown TO trellis_system;

        DELETE FROM graphs.graph_credential c USING graphs.graph g WHERE g.id = c.graph_id AND g.status = 'deprovisioned';
        DELETE FROM graphs.storage_sample s USING graphs.graph g WHERE g.id = s.graph_id AND g.status = 'deprovisioned';
        DELETE FROM graphs.orphan_finding f USING graphs.graph g
            WHERE g.id = f.graph_id AND g.status = 'deprovisioned' AND f.kind <> 'backup_row';
        DELETE FROM graphs.teardown t USING graphs.graph g WHERE g.id = t.graph_id AND g.status = 'deprovisioned';
        """
}
