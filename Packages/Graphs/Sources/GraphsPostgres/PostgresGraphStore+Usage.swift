internal import Billing
public import Core
public import Graphs
internal import Postgres

extension PostgresGraphStore {
    /// Measures in a time, and the one in force at its beginning.
    public func sizes(of graph: GraphID, in span: Range<Instant>) async throws -> [SizeAt] {
        try await client.query(
            """
            (SELECT due_at, bytes FROM graphs.storage_measure
             WHERE graph_id = \(graph.description) AND due_at <= \(span.lowerBound) ORDER BY due_at DESC LIMIT 1)
            UNION ALL
            (SELECT due_at, bytes FROM graphs.storage_measure
             WHERE graph_id = \(graph.description) AND due_at > \(span.lowerBound) AND due_at < \(span.upperBound))
            ORDER BY due_at
            """, scope: .system
        ).map { SizeAt(at: try $0.decode("due_at"), bytes: try $0.decode("bytes")) }
    }

    /// The rows that say it, by when they were measured.
    public func engineCounters(of graph: GraphID, since instant: Instant) async throws -> [EngineCounters] {
        try await client.query(
            """
            SELECT epoch, statements, failed, busy_ms FROM graphs.storage_measure
            WHERE graph_id = \(graph.description) AND due_at > \(instant - .hours(1)) AND measured_at >= \(instant) AND epoch IS NOT NULL
            ORDER BY measured_at, due_at
            """, scope: .system
        ).map {
            EngineCounters(
                epoch: try $0.decode("epoch"), statements: try $0.decode("statements"), failed: try $0.decode("failed"),
                busyMilliseconds: try $0.decode("busy_ms"))
        }
    }

    /// Sums of the ledger of all pools the graph ever had.
    public func creditUse(of graph: GraphID, in span: Range<Instant>) async throws -> CreditsSpent {
        let rows = try await client.query(
            """
            SELECT CASE WHEN t.type = 'consumption' THEN coalesce(t.operation_type, 'other') END AS name, count(*) AS count,
                (-sum(t.amount))::bigint AS spent, count(*) FILTER (WHERE t.amount = 0) AS free
            FROM billing.credit_transaction t JOIN billing.credit_pool p ON p.id = t.pool_id AND p.org_id = t.org_id
            WHERE p.scope = 'graph' AND p.resource_id = \(graph.description)
              AND t.created_at >= \(span.lowerBound) AND t.created_at < \(span.upperBound)
            GROUP BY 1 ORDER BY 1
            """, scope: .system)
        var (kinds, lines): ([CreditsSpent.Kind], Int) = ([], 0)
        for row in rows {
            let count = Int(try row.decode("count", as: Int64.self))
            lines += count
            guard let name = try row.decode("name", as: String?.self) else { continue }
            kinds.append(
                CreditsSpent.Kind(
                    name: name, count: count, credits: AICredits(hundredths: try row.decode("spent")),
                    free: Int(try row.decode("free", as: Int64.self))))
        }
        return CreditsSpent(kinds: kinds, lines: lines)
    }

    /// Operations that ended in a time.
    public func work(on graph: GraphID, in span: Range<Instant>) async throws -> [WorkUse] {
        try await client.query(
            """
            SELECT kind, count(*) AS ended, count(*) FILTER (WHERE status = 'failed') AS failed,
                avg(extract(epoch FROM ended_at - created_at))::float8 AS average,
                max(extract(epoch FROM ended_at - created_at))::float8 AS longest
            FROM operations.operation
            WHERE graph_id = \(graph.description) AND ended_at >= \(span.lowerBound) AND ended_at < \(span.upperBound)
            GROUP BY kind ORDER BY kind
            """, scope: .system
        ).map { row in
            WorkUse(
                kind: try row.decode("kind"), ended: Int(try row.decode("ended", as: Int64.self)),
                failed: Int(try row.decode("failed", as: Int64.self)), averageSeconds: try row.decode("average"),
                maximumSeconds: try row.decode("longest"))
        }
    }

    /// The newest of both; of one instant the lines of the ledger come first, in their order backwards.
    public func usageEvents(of graph: GraphID, in span: Range<Instant>, limit: Int) async throws -> [UsageEvent] {
        try await client.query(
            """
            SELECT * FROM (
                (SELECT t.created_at AS at, t.seq, t.type AS kind, t.operation_type, t.amount, t.description
                 FROM billing.credit_transaction t JOIN billing.credit_pool p ON p.id = t.pool_id AND p.org_id = t.org_id
                 WHERE p.scope = 'graph' AND p.resource_id = \(graph.description)
                   AND t.created_at >= \(span.lowerBound) AND t.created_at < \(span.upperBound)
                 ORDER BY t.created_at DESC, t.seq DESC LIMIT \(Int64(limit)))
                UNION ALL
                (SELECT due_at, NULL, NULL, NULL, bytes, NULL FROM graphs.storage_measure
                 WHERE graph_id = \(graph.description) AND due_at >= \(span.lowerBound) AND due_at < \(span.upperBound)
                 ORDER BY due_at DESC LIMIT \(Int64(limit)))) AS e
            ORDER BY e.at DESC, e.seq DESC NULLS LAST LIMIT \(Int64(limit))
            """, scope: .system
        ).map { row in
            let (at, amount): (Instant, Int64) = (try row.decode("at"), try row.decode("amount"))
            guard let kind = try row.decode("kind", as: String?.self) else { return .storage(SizeAt(at: at, bytes: amount)) }
            return .credits(
                at: at, kind: kind, operation: try row.decode("operation_type"), amount: AICredits(hundredths: amount),
                description: try row.decode("description"))
        }
    }
}
