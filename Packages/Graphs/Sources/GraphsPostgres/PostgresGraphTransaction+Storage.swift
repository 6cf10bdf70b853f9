internal import Billing
public import Core
public import Graphs
internal import Identity
internal import Operations
internal import Orgs
internal import Postgres

extension PostgresGraphTransaction {
    /// Stores the newest sample, and gives the one before it.
    public func sample(_ measure: GraphMeasure, of graph: Graph, at now: Instant) async throws -> (before: Int64?, last: Instant?) {
        let results = try await postgres.pipeline([
            "SELECT bytes, row_at FROM graphs.storage_sample WHERE graph_id = \(graph.id.description)",
            """
            INSERT INTO graphs.storage_sample AS s (graph_id, org_id, bytes, sampled_at)
            VALUES (\(graph.id.description), \(graph.org), \(measure.bytes), \(now))
            ON CONFLICT (graph_id) DO UPDATE SET bytes = excluded.bytes, sampled_at = excluded.sampled_at
            """,
        ])
        guard let row = results[0].first else { return (nil, nil) }
        return (try row.decode("bytes"), try row.decode("row_at"))
    }

    /// Reads when somebody was told.
    public func storageWarnings(of graph: GraphID) async throws -> StorageWarnings {
        var warnings = StorageWarnings()
        guard
            let row = try await postgres.query(
                """
                SELECT near_told_at, near_has_eased, over_told_at, over_has_eased FROM graphs.storage_sample
                WHERE graph_id = \(graph.description)
                """
            ).first
        else { return warnings }
        warnings.near = .init(toldAt: try row.decode("near_told_at"), hasEased: try row.decode("near_has_eased"))
        warnings.over = .init(toldAt: try row.decode("over_told_at"), hasEased: try row.decode("over_has_eased"))
        return warnings
    }

    /// Stores when somebody was told.
    public func save(_ warnings: StorageWarnings, of graph: GraphID) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.storage_sample SET near_told_at = \(warnings.near.toldAt as Instant?), near_has_eased = \(warnings.near.hasEased),
                over_told_at = \(warnings.over.toldAt as Instant?), over_has_eased = \(warnings.over.hasEased)
            WHERE graph_id = \(graph.description)
            """)
    }

    /// Stores a row once and adds it to the sums of its day.
    public func insert(_ measure: StorageMeasure) async throws {
        let counters = measure.counters
        try await postgres.execute(
            """
            WITH new AS (
                INSERT INTO graphs.storage_measure (id, graph_id, org_id, due_at, bytes, measured_at, epoch, statements, failed, busy_ms)
                SELECT \(measure.id), g.id, g.org_id, \(measure.dueAt), \(measure.bytes), \(measure.measuredAt),
                    \(counters?.epoch), \(counters?.statements), \(counters?.failed), \(counters?.busyMilliseconds) FROM graphs.graph g
                WHERE g.id = \(measure.graph.description)
                ON CONFLICT (graph_id, due_at) DO NOTHING RETURNING graph_id, org_id, due_at, bytes
            ), told AS (
                UPDATE graphs.storage_sample s SET row_at = greatest(s.row_at, new.due_at) FROM new WHERE s.graph_id = new.graph_id
            )
            INSERT INTO graphs.storage_day AS d (graph_id, org_id, day, measures, byte_sum, byte_maximum)
            SELECT graph_id, org_id, (due_at AT TIME ZONE 'UTC')::date, 1, bytes, bytes FROM new
            ON CONFLICT (graph_id, day) DO UPDATE SET measures = d.measures + 1, byte_sum = d.byte_sum + excluded.byte_sum,
                byte_maximum = greatest(d.byte_maximum, excluded.byte_maximum)
            """)
    }

    /// Deletes old rows of days that have their sums, some at a time.
    public func deleteMeasures(before instant: Instant, limit: Int) async throws -> Int {
        try await postgres.execute(
            """
            DELETE FROM graphs.storage_measure WHERE id IN (
                SELECT m.id FROM graphs.storage_measure m
                WHERE m.due_at < \(instant) AND EXISTS (SELECT FROM graphs.storage_day d
                    WHERE d.graph_id = m.graph_id AND d.day = (m.due_at AT TIME ZONE 'UTC')::date)
                ORDER BY m.due_at LIMIT \(Int64(limit)) FOR UPDATE SKIP LOCKED)
            """)
    }

    /// One for each host and slot of time.
    public func insert(_ sample: HostSample) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.host_sample (host_id, slot, graphs, bytes)
            VALUES (\(sample.host), \(sample.slot), \(Int32(sample.graphs)), \(sample.bytes)) ON CONFLICT DO NOTHING
            """)
    }

    /// Deletes old ones, some at a time.
    public func deleteHostSamples(before instant: Instant, limit: Int) async throws -> Int {
        try await postgres.execute(
            """
            DELETE FROM graphs.host_sample WHERE (host_id, slot) IN (
                SELECT host_id, slot FROM graphs.host_sample WHERE slot < \(instant) ORDER BY slot LIMIT \(Int64(limit)))
            """)
    }
}
