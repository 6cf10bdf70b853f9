/// The levels of log lines that differ from a process's for a while; every process reads them (ADM-065).
public enum M0011KeepLogLevels: Migration {
    /// `0011-platform-keep-log-levels`
    public static var id: String { "0011-platform-keep-log-levels" }
    /// The schema belongs to whoever logged in.
    public static var runsAsLogin: Bool { true }
    /// A table and its grants.
    public static var sql: String {
        #"""
        CREATE TABLE trellis.log_level (
            component text PRIMARY KEY CHECK (component ~ '^[a-z][a-z0-9-]{0,31}$'),
            level text NOT NULL CHECK (level IN ('debug', 'info', 'warning', 'error')),
            until timestamptz NOT NULL,
            reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 500),
            changed_at timestamptz NOT NULL DEFAULT now(),
            CHECK (until <= changed_at + interval '15 minutes')
        );
        GRANT SELECT, INSERT, UPDATE ON trellis.log_level TO trellis_app, trellis_system;
        """#
    }
}
