internal import Postgres

/// What is written of objects on hosts that carry no text themselves: whose they are, who asked for them, and whether they are there (GRA-119, GRA-120).
enum M0745MarkEngines: Migration {
    static let id = "0745-graphs-mark-engines"

    static let sql = """
        CREATE TABLE graphs.engine_mark (
            host_name text NOT NULL,
            name text NOT NULL CHECK (name ~ '^kg[0-9a-z_]{1,61}$'),
            operation_id uuid NOT NULL,
            state text NOT NULL CHECK (state IN ('asked', 'made')),
            schema_version text,
            PRIMARY KEY (host_name, name)
        );
        COMMENT ON TABLE graphs.engine_mark IS 'Markers of databases on hosts that keep no text with them; gone with the database.';
        GRANT SELECT ON graphs.engine_mark TO trellis_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON graphs.engine_mark TO trellis_system;
        """
}
