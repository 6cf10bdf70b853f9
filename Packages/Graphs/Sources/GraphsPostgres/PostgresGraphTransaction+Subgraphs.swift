internal import Core
public import Graphs
internal import Postgres

extension PostgresGraphTransaction {
    /// Reads all that ever were.
    public func subgraphs(of parent: GraphID) async throws -> [Graph] {
        try await postgres.query(
            "SELECT \(fragment: GraphRow.columns) FROM graphs.graph g WHERE g.parent_id = \(parent.description) ORDER BY g.subgraph_index"
        ).map(GraphRow.graph)
    }

    /// Reads the newest samples.
    public func subgraphSizes(of parent: GraphID) async throws -> [GraphID: Int64] {
        let rows = try await postgres.query(
            """
            SELECT s.graph_id, s.bytes FROM graphs.storage_sample s JOIN graphs.graph g ON g.id = s.graph_id
            WHERE g.parent_id = \(parent.description) AND g.status NOT IN ('deprovisioned', 'failed')
            """)
        var sizes: [GraphID: Int64] = [:]
        for row in rows { sizes[try GraphRow.text(row, "graph_id")] = try row.decode("bytes") }
        return sizes
    }

    /// Removes a row; a trigger refuses to remove one that was ever made.
    public func removeUnmadeSubgraph(_ id: GraphID) async throws {
        try await postgres.execute(
            "DELETE FROM graphs.graph WHERE id = \(id.description) AND parent_id IS NOT NULL AND status = 'provisioning'")
    }
}
