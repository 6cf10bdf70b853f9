package import Core
package import Jobs
internal import Observability
package import Postgres

/// The engine without loops and threads: does what is due, one job after the other, when it is told to.
package struct ManualDrain: Sendable {
    private let client: PostgresClient
    private let registry: JobRegistry
    private let dateSource: any DateSource
    private let resources: WorkerResources

    package init(client: PostgresClient, registry: JobRegistry, dateSource: any DateSource) {
        self.client = client
        self.registry = registry
        self.dateSource = dateSource
        let store = PostgresJobStore(client: client, dateSource: dateSource)
        resources = WorkerResources(store: store, dateSource: dateSource, jitter: { 1 })
    }

    /// Hands on events, fires schedules, and runs due jobs until nothing is due, or `limit` were run. Gives kind and ending of each.
    package func run(limit: Int) async throws -> [(kind: String, ending: String)] {
        let kinds = try await registry.numbered(by: client)
        let executor = JobExecutor(
            handlers: kinds, resources: resources, effects: PostgresEffectLedger(client: client, dateSource: dateSource), log: .silent)
        let rows = try await client.query(
            "INSERT INTO jobs.worker (process, lease_until) VALUES ('manual', now() + interval '1 hour') RETURNING id")
        guard let worker = try rows.first?.decode(Int32.self) else { return [] }
        let ticker = ScheduleTicker(store: resources.store, schedules: registry.schedules, dateSource: dateSource)
        try await ticker.register()
        let relay = EventRelay(store: resources.store, listeners: registry.listeners)
        var done: [(kind: String, ending: String)] = []
        while done.count < limit {
            try await handOn(relay)
            try await ticker.fire()
            guard let job = try await claim(for: worker, kinds: Array(kinds.keys)) else { break }
            let result = await executor.run(job, worker: worker, lengthen: { _ in }) { nil }
            _ = try await client.pipeline(Flush([result], worker: worker, now: dateSource.now).statements)
            done.append((kinds[job.kind]?.kind ?? "?", Self.name(of: result.ending)))
        }
        try await client.execute("DELETE FROM jobs.worker WHERE id = \(worker)")
        return done
    }

    /// Transactions of other tests on the same server may stand in the way for a moment; one of this test's own stands there for good.
    private func handOn(_ relay: EventRelay) async throws {
        for _ in 0..<50 {
            while try await relay.run() > 0 {}
            guard try await relay.isBehind() else { return }
        }
    }

    private func claim(for worker: Int32, kinds: [Int16]) async throws -> ClaimedJob? {
        for lane in Lane.allCases {
            let claim = Claim(
                lane: lane, limit: 1, worker: worker, kinds: kinds, orgsLeftOut: [], order: LaneOrder(), burstsFirst: false,
                now: dateSource.now)
            if let row = try await client.query(claim.statement).first { return try ClaimedJob(row, lane: lane) }
        }
        return nil
    }

    private static func name(of ending: FinishedJob.Ending) -> String {
        switch ending {
        case .completed, .committed: "completed"
        case .cancelled(let reason): "cancelled: \(reason)"
        case .again(_, true, let error): "failed: \(error ?? "")"
        case .again: "snoozed"
        case .dead(let reason): "dead: \(reason)"
        case .lost: "lost"
        }
    }
}

/// Jobs that wait in the queue.
package enum WaitingJobs {
    /// Those of a kind, in the order in which they would run.
    package static func all<Work: Job>(_ kind: Work.Type, by client: PostgresClient) async throws -> [(
        id: Int64, runAt: Instant, job: Work
    )] {
        let names = StoredKind.names(Work.kind, upTo: Work.version)
        return try await client.query(
            """
            SELECT j.id, j.run_at, j.args, k.name FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = ANY (\(names.map(\.name)))
            ORDER BY j.priority, j.run_at, j.id
            """
        ).map { row in
            let (id, runAt, args, name) = try row.decode((Int64, Instant, EncodedJSON, String).self)
            let version = names.first { $0.name == name }?.version ?? 1
            return (id: id, runAt: runAt, job: try args.decode(Work.self, writtenIn: version))
        }
    }
}
