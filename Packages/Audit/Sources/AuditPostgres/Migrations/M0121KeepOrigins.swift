public import Postgres

/// What goes on behind the actor of an entry (AUD-017 to AUD-019). Entries that there are stay without; no row is looked at.
public enum M0121KeepOrigins: Migration {
    /// `0121-audit-keep-origins`
    public static var id: String { "0121-audit-keep-origins" }
    /// A column.
    public static var sql: String {
        #"""
        ALTER TABLE audit.entry ADD COLUMN origin jsonb;
        ALTER TABLE audit.entry ADD CONSTRAINT entry_origin_is_bounded
            CHECK (jsonb_typeof(origin) = 'object' AND octet_length(origin::text) <= 2048) NOT VALID;

        """#
    }
}
