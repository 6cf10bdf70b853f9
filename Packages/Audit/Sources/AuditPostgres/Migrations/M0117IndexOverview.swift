public import Postgres

/// What operators look for over all chains is found by an index (AUD-081): by time, by who acted, by request.
///
/// Writers wait while an index of the whole log is built. Where the log is large, each month is given its index before, `CONCURRENTLY` and with the same
/// columns: this statement then takes those over and builds nothing.
public enum M0117IndexOverview: Migration {
    /// `0117-audit-index-overview`
    public static var id: String { "0117-audit-index-overview" }
    /// Three indexes.
    public static var sql: String {
        #"""
        CREATE INDEX entry_by_time ON audit.entry (occurred_at DESC, id DESC);
        CREATE INDEX entry_by_actor ON audit.entry (actor_id, occurred_at DESC, id DESC) WHERE actor_id IS NOT NULL;
        CREATE INDEX entry_by_request ON audit.entry (request_id, occurred_at DESC, id DESC) WHERE request_id IS NOT NULL;

        """#
    }
}
