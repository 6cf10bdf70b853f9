public import Graphs
public import Operations
internal import Postgres

extension PostgresGraphTransaction {
    /// Reads it; the unfinished operations of a graph are few.
    public func unfinishedOperation(of kind: OperationKind, on graph: GraphID) async throws -> Operation.ID? {
        try await postgres.query(
            """
            SELECT id FROM operations.operation
            WHERE graph_id = \(graph.description) AND kind = \(kind.name) AND ended_at IS NULL ORDER BY id LIMIT 1
            """
        ).first?.decode("id")
    }

    /// Counts what is at work on a host, while nobody begins there.
    public func runningOperations(
        of kind: OperationKind, onHostOf graph: GraphID, besides operation: Operation.ID
    ) async throws -> Int {
        let results = try await postgres.pipeline([
            """
            SELECT h.id FROM graphs.graph_host h WHERE h.id = (SELECT g.host_id FROM graphs.graph g WHERE g.id = \(graph.description))
            FOR NO KEY UPDATE
            """,
            """
            SELECT count(*) AS number FROM operations.operation o JOIN graphs.graph g ON g.id = o.graph_id
            WHERE o.kind = \(kind.name) AND o.ended_at IS NULL AND o.started_at IS NOT NULL AND o.id <> \(operation)
              AND g.host_id = (SELECT p.host_id FROM graphs.graph p WHERE p.id = \(graph.description))
            """,
        ])
        return Int(try results[1].first?.decode("number", as: Int64.self) ?? 0)
    }

    /// Compares what was last measured on the host with its budget.
    public func hasRoomForCopy(of graph: GraphID) async throws -> Bool {
        try await !postgres.query(
            """
            SELECT FROM graphs.graph_host h JOIN graphs.graph g ON g.host_id = h.id
            WHERE g.id = \(graph.description) AND (h.storage_budget_bytes IS NULL OR h.storage_budget_bytes >= \(fragment: PostgresHostLoad.bytes)
                + coalesce((SELECT s.bytes FROM graphs.storage_sample s WHERE s.graph_id = g.id), 0))
            """
        ).isEmpty
    }
}

extension PostgresGraphStore {
    /// Reads them by the newest samples.
    public func graphsToCompact(largerThan bytes: Int64, after graph: GraphID?, limit: Int) async throws -> [GraphID] {
        try await client.query(
            """
            SELECT g.id FROM graphs.graph g JOIN graphs.storage_sample s ON s.graph_id = g.id
            WHERE g.status = 'active' AND g.id > \(graph?.description ?? "") AND s.bytes > \(bytes)
              AND NOT EXISTS (SELECT FROM operations.operation o WHERE o.exclusive_scope = g.id AND o.ended_at IS NULL)
            ORDER BY g.id LIMIT \(Int64(limit))
            """, scope: .system
        ).map { try GraphRow.text($0, "id") }
    }
}
