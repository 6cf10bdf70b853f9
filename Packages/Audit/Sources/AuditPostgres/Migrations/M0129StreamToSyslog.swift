public import Postgres

/// Sinks may be receivers of syslog (AUD-087).
public enum M0129StreamToSyslog: Migration {
    /// `0129-audit-stream-to-syslog`
    public static var id: String { "0129-audit-stream-to-syslog" }
    /// One more kind.
    public static var sql: String {
        #"""
        ALTER TABLE audit.sink DROP CONSTRAINT sink_kind_check;
        ALTER TABLE audit.sink ADD CONSTRAINT sink_kind_check CHECK (kind IN ('http', 'file', 'syslog'));

        """#
    }
}
