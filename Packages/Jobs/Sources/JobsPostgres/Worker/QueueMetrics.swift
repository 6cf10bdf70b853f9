internal import Core
internal import Jobs
internal import Observability
internal import Postgres

/// How the queue itself stands, read by the worker that does the chores (OPS-143).
struct QueueMetrics: Sendable {
    private let metrics: Metrics

    init(_ metrics: Metrics) {
        self.metrics = metrics
    }

    /// Reads what is due, how long the oldest has waited, sagas, open effects, ticks, dead rows and the oldest snapshot.
    ///
    /// A lane or state in which there is nothing shows zero, also when it had something before.
    ///
    /// - Returns: kinds of which a job has been due for five minutes and which no worker knows (OPS-052).
    @discardableResult
    func measure(with client: PostgresClient, now: Instant) async throws -> [String] {
        let lanes = try await client.query(
            """
            SELECT lane, count(*) FILTER (WHERE run_at <= \(now) AND lease_by IS NULL) AS due, count(*) FILTER (WHERE lease_by IS NOT NULL)
                AS leased, extract(epoch FROM \(now) - min(run_at) FILTER (WHERE run_at <= \(now) AND lease_by IS NULL))::float8 AS oldest
            FROM jobs.job GROUP BY lane
            """)
        var rows: [Int16: Row] = [:]
        for row in lanes { rows[try row.decode("lane")] = row }
        for lane in Lane.allCases {
            let (row, labels) = (rows[lane.rawValue], [Label("lane", "\(lane)")])
            gauge("trellis_jobs_depth", "Jobs that are due and not taken.", labels).set(try count(row, "due"))
            gauge("trellis_jobs_leased", "Jobs that workers are at, of all processes.", labels).set(try count(row, "leased"))
            gauge("trellis_jobs_oldest_due_seconds", "How long the oldest due job has waited.", labels)
                .set(Int(try row?.decode("oldest", as: Double?.self) ?? 0))
        }
        try await measureStates(with: client)
        let rest = try await client.query(
            """
            SELECT (SELECT count(*) FROM jobs.job_dead WHERE requeued_as IS NULL AND discarded_because IS NULL) AS dead,
                coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE schemaname = 'jobs' AND relname = 'job'), 0) AS dead_rows,
                coalesce((SELECT max(age(backend_xmin))::bigint FROM pg_stat_activity WHERE backend_xmin IS NOT NULL), 0) AS oldest_snapshot
            """)
        gauge("trellis_jobs_dead_letters", "Jobs that were given up and wait for an operator.").set(try count(rest.first, "dead"))
        gauge("trellis_jobs_dead_rows", "Dead rows of the queue's table.").set(try count(rest.first, "dead_rows"))
        gauge("trellis_jobs_oldest_snapshot", "The age of the oldest snapshot on the server, in transactions.")
            .set(try count(rest.first, "oldest_snapshot"))
        return try await measureUnknownKinds(with: client, now: now)
    }

    /// A worker of the last release does not say what it knows: as long as there is one, nothing counts as unknown.
    private func measureUnknownKinds(with client: PostgresClient, now: Instant) async throws -> [String] {
        let rows = try await client.query(
            """
            WITH unknown AS MATERIALIZED (
                SELECT k.id, k.name FROM jobs.kind k
                WHERE NOT EXISTS (SELECT FROM jobs.worker w WHERE w.kinds IS NULL OR k.id = ANY (w.kinds))
            )
            SELECT u.name, count(*) AS waiting FROM jobs.job j JOIN unknown u ON u.id = j.kind_id
            WHERE j.run_at <= \(now - .minutes(5)) AND j.lease_by IS NULL GROUP BY u.name ORDER BY u.name
            """)
        gauge("trellis_jobs_unknown_kind", "Jobs due for five minutes of a kind that no worker knows.")
            .set(try rows.reduce(0) { try $0 + count($1, "waiting") })
        return try rows.map { try $0.decode("name", as: String.self) }
    }

    private func measureStates(with client: PostgresClient) async throws {
        let sagas = try await client.query("SELECT state, count(*) AS found FROM jobs.saga GROUP BY state")
        var found: [String: Int] = [:]
        for row in sagas { found[try row.decode("state")] = try count(row, "found") }
        for state in ["running", "compensating", "stuck", "completed", "compensated"] {
            gauge("trellis_sagas", "Sagas by state.", [Label("state", state)]).set(found[state] ?? 0)
        }
        let effects = try await client.query("SELECT count(*) AS found FROM jobs.effect WHERE state = 'unknown'")
        gauge("trellis_effects_unknown", "Calls to the outside of which it is not known what came.").set(try count(effects.first, "found"))
    }

    /// How late a schedule's tick was.
    func ticked(late delay: Duration) {
        metrics.histogram("trellis_schedule_tick_lag_seconds", help: "From the instant of a tick to its job.")
            .record(max(0, WorkerMetrics.seconds(delay)))
    }

    private func gauge(_ name: String, _ help: String, _ labels: [Label] = []) -> Gauge {
        metrics.gauge(name, help: help, labels: labels)
    }

    private func count(_ row: Row?, _ column: String) throws -> Int {
        Int(try row?.decode(column, as: Int64.self) ?? 0)
    }
}
