internal import Audit
public import Postgres

/// Where entries are sent to as they come, and how far each sink has got (AUD-085, AUD-088).
public enum M0123StreamEntries: Migration {
    /// `0123-audit-stream-entries`
    public static var id: String { "0123-audit-stream-entries" }
    /// A table, rows of the catalogue.
    public static var sql: String {
        #"""
        CREATE TABLE audit.sink (
            id uuid PRIMARY KEY,
            kind text NOT NULL CHECK (kind IN ('http', 'file')),
            target text NOT NULL CHECK (length(target) BETWEEN 1 AND 2000),
            chain text COLLATE "C" CHECK (chain ~ '^(system|org:[0-9a-f-]{36})$'),
            classes text[] NOT NULL DEFAULT '{}',
            minimum_risk text NOT NULL CHECK (minimum_risk IN ('low', 'medium', 'high', 'critical')),
            sealed_secret text CHECK (sealed_secret LIKE 'v1.%'),
            seal bigint NOT NULL DEFAULT 0 CHECK (seal >= 0),
            checkpoint bigint NOT NULL DEFAULT 0 CHECK (checkpoint >= 0),
            key_sequence bigint NOT NULL DEFAULT 0 CHECK (key_sequence >= 0),
            created_at timestamptz NOT NULL,
            paused_at timestamptz,
            failing_since timestamptz,
            attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            next_attempt_at timestamptz NOT NULL,
            alerted_at timestamptz,
            last_error text CHECK (length(last_error) <= 200),
            leased_until timestamptz
        );
        COMMENT ON TABLE audit.sink IS 'Where sealed entries are sent to as they come. Only operators make sinks; what requests are answered with never comes from here.';
        ALTER TABLE audit.sink ENABLE ROW LEVEL SECURITY;
        ALTER TABLE audit.sink FORCE ROW LEVEL SECURITY;
        CREATE POLICY product ON audit.sink USING ((SELECT trellis_is_system()));
        GRANT SELECT, INSERT, UPDATE ON audit.sink TO trellis_system;

        """# + AuditSchema.register(SinkAuditEvents.first) + AuditSchema.locate(.sink, in: "audit.sink", column: "id")
    }
}
