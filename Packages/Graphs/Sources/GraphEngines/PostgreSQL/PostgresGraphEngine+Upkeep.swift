internal import Core
public import Graphs
internal import Operations
internal import Postgres

extension PostgresGraphEngine {
    /// Asks the statistics, which are made anew first: how many bytes the rows of each table take, against what its pages take.
    ///
    /// A row takes what its columns take, 28 bytes of its own and 4 that fill it up; indexes and what is kept beside a table are thought to be as
    /// empty as its pages.
    public func space(of graph: EngineGraph, timeout: Duration) async throws -> DatabaseSpace {
        try await refreshStatistics(of: graph, timeout: timeout)
        return try await onDatabase(of: graph, statementTimeout: timeout) { client in
            let row = try await client.query(
                """
                SELECT pg_database_size(current_database()) AS bytes, coalesce(sum(pg_total_relation_size(c.oid) *
                    greatest(0, 1 - greatest(c.reltuples, 0) * (w.width + 32) / (pg_relation_size(c.oid) * 0.97))), 0)::bigint AS free
                FROM pg_class c CROSS JOIN LATERAL (
                    SELECT coalesce(sum(s.avg_width * (1 - s.null_frac)), 0) AS width FROM pg_stats s
                    WHERE s.schemaname = 'graph' AND s.tablename = c.relname) AS w
                WHERE c.relnamespace = 'graph'::regnamespace AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
                """
            ).first
            guard let row else { throw EngineError.refused("no space is told") }
            return DatabaseSpace(bytes: try row.decode("bytes"), freeBytes: try row.decode("free"))
        }
    }

    /// Writes each table anew without its dead rows, one after the other; whoever works with one waits for it.
    public func compact(_ graph: EngineGraph, timeout: Duration, _ warrant: StepWarrant) async throws {
        try await requireOurs(graph, .database)
        try await onDatabase(of: graph, statementTimeout: timeout) { client in
            for table in GraphSchemaSQL.tables {
                let before = try await file(of: table, client)
                _ = try await client.execute(utility("VACUUM (FULL, ANALYZE) graph.\(table)"))
                // A server warns whoever may not do this, and does nothing.
                guard try await file(of: table, client) != before else { throw EngineError.refused("graph.\(table) was not written anew") }
            }
        }
    }

    /// Has the server look at all tables.
    public func refreshStatistics(of graph: EngineGraph, timeout: Duration) async throws {
        try await requireOurs(graph, .database)
        let names = GraphSchemaSQL.tables.map { "graph." + $0 }.joined(separator: ", ")
        try await onDatabase(of: graph, statementTimeout: timeout) { client in
            _ = try await client.execute(utility("ANALYZE \(names)"))
        }
    }

    private func file(of table: String, _ client: PostgresClient) async throws -> Int64? {
        try await client.query("SELECT pg_relation_filenode(to_regclass(\("graph." + table)))::bigint AS number").first?.decode("number")
    }
}
