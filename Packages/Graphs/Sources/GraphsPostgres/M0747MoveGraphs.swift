internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// Graphs go from a host that is drained to others (GRA-100): nobody writes meanwhile, logins come along by what checks their passwords, which
/// is kept sealed, and what is left is kept for a day with what it held.
enum M0747MoveGraphs: Migration {
    static let id = "0747-graphs-move-graphs"
    static var sql: String { tables + AuditSchema.register(GraphAuditTypes.moves) }

    private static let tables = """
        ALTER TABLE graphs.graph ADD COLUMN being_moved boolean NOT NULL DEFAULT false;
        ALTER TABLE graphs.graph_credential ADD COLUMN sealed_verifier text CHECK (length(sealed_verifier) <= 1000);
        COMMENT ON COLUMN graphs.graph_credential.sealed_verifier IS
            'What checks the password, sealed: it lets the login in on the host its graph is moved to. NULL once it is revoked.';

        CREATE TABLE graphs.left_place (
            graph_id text NOT NULL REFERENCES graphs.graph,
            host_id uuid NOT NULL REFERENCES graphs.graph_host,
            operation_id uuid NOT NULL,
            nodes bigint NOT NULL CHECK (nodes >= 0),
            edges bigint NOT NULL CHECK (edges >= 0),
            digest text,
            moved_at timestamptz,
            release_at timestamptz,
            PRIMARY KEY (graph_id, host_id),
            CONSTRAINT left_place_is_kept CHECK ((moved_at IS NULL) = (release_at IS NULL) AND release_at > moved_at)
        );
        CREATE INDEX left_place_by_host ON graphs.left_place (host_id);
        ALTER TABLE graphs.left_place ENABLE ROW LEVEL SECURITY;
        ALTER TABLE graphs.left_place FORCE ROW LEVEL SECURITY;
        CREATE POLICY operators ON graphs.left_place USING ((select trellis_is_system()));
        GRANT SELECT, DELETE ON graphs.left_place TO trellis_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON graphs.left_place TO trellis_system;
        COMMENT ON TABLE graphs.left_place IS 'Databases that graphs have left, or are leaving, on a host; they are dropped a day after.';

        """
}
