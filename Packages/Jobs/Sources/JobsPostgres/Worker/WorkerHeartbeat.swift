internal import Core
internal import EventLoops
internal import Observability
internal import Postgres
internal import Synchronization

/// The signs of life of a worker, from a thread and a connection of their own: a handler that occupies its loop does not silence them.
///
/// A worker that could not give one for 15 s stops its handlers, before anybody can take over (OPS-057), and comes back under a new identity.
final class WorkerHeartbeat: Sendable {
    private let worker: Worker
    private let group: EventLoopGroup
    private let loop: EventLoop
    private let client: PostgresClient
    private let fence = Mutex<ScheduledTimer?>(nil)
    private let beating = Mutex<Task<Void, Never>?>(nil)

    init(_ worker: Worker) throws {
        self.worker = worker
        group = try EventLoopGroup(count: 1, name: "heartbeat")
        loop = group.loops[0]
        var database = worker.database
        database.poolSizePerLoop = 1
        database.statementTimeout = .seconds(3)
        database.acquireTimeout = .seconds(3)
        database.applicationName += "-heartbeat"
        client = PostgresClient(configuration: database, loops: group, log: worker.log)
    }

    /// Enters the worker in the database and begins to beat.
    func begin() async throws {
        try await register()
        let task = Task(executorPreference: loop) { [self] in await beat() }
        beating.withLock { $0 = task }
    }

    func close() async {
        fence.withLock { $0?.cancel() }
        let task = beating.withLock(\.self)
        task?.cancel()
        await task?.value
        await client.close()
        group.shutdown()
    }

    private func register() async throws {
        let began = ContinuousClock.now
        let sent = worker.configuration.machineTime()
        let kinds = worker.executor.withLock { $0.map { Array($0.handlers.keys) } } ?? []
        let rows = try await client.query(
            """
            INSERT INTO jobs.worker (process, lease_until, kinds)
            VALUES (\(worker.configuration.process), now() + \(worker.configuration.lease), \(kinds)) RETURNING id, clock_timestamp()
            """)
        guard let (id, databaseTime) = try rows.first?.decode((Int32, Instant).self) else { return }
        worker.compareClocks(sent: sent, database: databaseTime)
        worker.become(id)
        fenceOff(since: began)
    }

    private func beat() async {
        let configuration = worker.configuration
        var pause = configuration.heartbeat
        while !Task.isCancelled {
            do {
                try await loop.sleep(for: pause)
                let id = worker.state.withLock { $0.worker }
                if id == 0 {
                    try await register()
                } else {
                    try await renew(id)
                }
                pause = configuration.heartbeat
            } catch is CancellationError {
                return
            } catch {
                worker.log.warning("a sign of life failed", ["error": .string(errorChain(error))])
                pause = min(configuration.heartbeat, .seconds(1))
            }
        }
    }

    private func renew(_ id: Int32) async throws {
        let began = ContinuousClock.now
        let isDraining = worker.state.withLock { $0.isStopping }
        let sent = worker.configuration.machineTime()
        let ahead = worker.state.withLock { $0.clockAhead }.wholeMicroseconds
        let renewed = try await client.query(
            """
            UPDATE jobs.worker SET lease_until = now() + \(worker.configuration.lease), is_draining = \(isDraining), clock_ahead_us = \(ahead)
            WHERE id = \(id) RETURNING clock_timestamp()
            """)
        if let databaseTime = try renewed.first?.decode(Instant.self) {
            worker.compareClocks(sent: sent, database: databaseTime)
            fenceOff(since: began)
        } else {
            // Somebody has taken this worker for dead and rescued its jobs.
            worker.become(nil)
            try await register()
        }
    }

    /// The time counts from before the statement was sent: the database may have renewed the lease as early as that.
    private func fenceOff(since began: ContinuousClock.Instant) {
        let left = worker.configuration.selfFence - began.duration(to: .now)
        let timer = loop.schedule(after: left) { [worker] in worker.become(nil) }
        fence.withLock { fence in
            fence?.cancel()
            fence = timer
        }
    }
}
