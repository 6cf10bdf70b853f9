internal import Core
internal import Graphs
internal import Postgres

/// What a server counts of each of its databases (manual 28.2.17), in statements that call that view `s`.
enum PostgresCounters {
    /// The columns. A database that took the place of another is counted from the beginning, and so is one whose figures were reset.
    static let columns: Statement = """
        s.datid::text || coalesce('/' || s.stats_reset::text, '') AS epoch, s.xact_commit + s.xact_rollback AS statements,
        s.xact_rollback AS failed, round(s.active_time)::bigint AS busy
        """

    /// What they say; nothing of a database that was dropped meanwhile.
    static func read(_ row: Row) throws -> EngineCounters? {
        guard let epoch = try row.decode("epoch", as: String?.self) else { return nil }
        return EngineCounters(
            epoch: epoch, statements: try row.decode("statements"), failed: try row.decode("failed"),
            busyMilliseconds: try row.decode("busy"))
    }
}
