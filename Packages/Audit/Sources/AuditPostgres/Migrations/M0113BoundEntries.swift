public import Postgres

/// How large an entry may be (AUD-014). The bounds are those of the canonical form; as the database writes them down, values are a little longer.
///
/// The bounds are wider than those before, so that the entries there are need no look: reading the whole log would keep all writers waiting.
public enum M0113BoundEntries: Migration {
    /// `0113-audit-bound-entries`
    public static var id: String { "0113-audit-bound-entries" }
    /// Checks of the table.
    public static var sql: String {
        #"""
        ALTER TABLE audit.entry DROP CONSTRAINT entry_data_check;
        ALTER TABLE audit.entry ADD CONSTRAINT entry_data_check CHECK (octet_length(data::text) <= 16384) NOT VALID;
        ALTER TABLE audit.entry DROP CONSTRAINT entry_changes_check;
        ALTER TABLE audit.entry ADD CONSTRAINT entry_changes_check CHECK (octet_length(changes::text) <= 24576) NOT VALID;
        ALTER TABLE audit.entry ADD CONSTRAINT entry_canonical_is_bounded CHECK (octet_length(canonical) <= 16384) NOT VALID;

        """#
    }
}
