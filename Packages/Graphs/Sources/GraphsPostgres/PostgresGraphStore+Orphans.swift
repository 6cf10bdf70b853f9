internal import Billing
public import Core
public import Graphs
internal import Postgres

extension PostgresGraphStore {
    /// The newest sample of a graph's size.
    public func storedBytes(of graph: GraphID) async throws -> Int64? {
        try await client.query("SELECT bytes FROM graphs.storage_sample WHERE graph_id = \(graph.description)", scope: .system).first?
            .decode("bytes")
    }

    /// The records of the graphs that a host names, and of those that have their place there.
    public func records(on host: GraphHost, naming graphs: [GraphID], madeBefore: Instant) async throws -> HostRecords {
        let rows = try await client.query(
            """
            SELECT g.id, g.status, h.name AS host,
                EXISTS (SELECT FROM operations.operation o WHERE o.graph_id = g.id AND o.ended_at IS NULL)
                    OR EXISTS (SELECT FROM graphs.left_place l WHERE l.graph_id = g.id AND l.host_id = \(host.id))
                    OR g.created_at > \(madeBefore) OR g.status_since > \(madeBefore) AS is_at_work,
                ARRAY(SELECT c.role FROM graphs.graph_credential c WHERE c.graph_id = g.id AND c.revoked_at IS NULL) AS logins
            FROM graphs.graph g LEFT JOIN graphs.graph_host h ON h.id = g.host_id
            WHERE g.id = ANY(\(graphs.map(\.description))) OR (g.host_id = \(host.id) AND g.status NOT IN ('failed', 'deprovisioned'))
            """, scope: .system)
        return HostRecords(
            try rows.map { row in
                HostRecords.Record(
                    graph: try GraphRow.text(row, "id"), status: try GraphRow.word(row, "status"), host: try row.decode("host"),
                    isAtWork: try row.decode("is_at_work"), logins: Set(try row.decode("logins", as: [String].self)))
            })
    }
}
