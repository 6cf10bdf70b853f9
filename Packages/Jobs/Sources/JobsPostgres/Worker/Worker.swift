public import Core
public import EventLoops
internal import Jobs
public import Lifecycle
public import Observability
public import Postgres
internal import Synchronization

/// Takes jobs from the queue and runs their handlers, as many at once as it has slots; hands on events, keeps schedules, and rescues what
/// workers that died have left. Any number of workers on one database need no naming and no election by hand (OPS-082).
///
/// On a graceful shutdown it takes nothing new, lets jobs under way end, and gives back the rest without the loss of an attempt (OPS-083).
public final class Worker: Service {
    let configuration: WorkerConfiguration
    let registry: JobRegistry
    let dateSource: any DateSource
    let loop: EventLoop
    let loops: EventLoopGroup
    let log: Log
    let meters: WorkerMetrics
    let queueMeters: QueueMetrics
    let database: PostgresConfiguration
    let notifier: JobNotifier
    /// For the statements of the engine alone. They are planned anew each time, because a plan made while the queue was empty is ruinous
    /// when it is full.
    let engine: PostgresClient
    let resources: WorkerResources
    let effects: PostgresEffectLedger
    let state: Mutex<WorkerState>
    let wake = WakeSignal()
    let flushWake = WakeSignal()
    let relayWake = WakeSignal()
    let executor = Mutex<JobExecutor?>(nil)
    /// What a test wants to have ended the worker with.
    let crash = Mutex<(any Error)?>(nil)

    /// Makes a worker; nothing runs before ``run()``.
    ///
    /// - Parameters:
    ///   - database: how to reach the database, as the system role.
    ///   - client: what stores of this process use; sagas end their steps through it.
    ///   - loops: where handlers run.
    ///   - registry: what the worker can do.
    ///   - dateSource: the business time: when jobs are due. Leases go by the database's clock.
    ///   - notifier: the process's; what its stores enqueue wakes this worker at once.
    ///   - configuration: how it behaves.
    public init(
        database: PostgresConfiguration, client: PostgresClient, loops: EventLoopGroup, registry: JobRegistry, dateSource: any DateSource,
        notifier: JobNotifier, configuration: WorkerConfiguration = WorkerConfiguration(), log: Log = .silent, metrics: Metrics = Metrics()
    ) {
        self.configuration = configuration
        self.registry = registry
        self.dateSource = dateSource
        self.loops = loops
        self.log = log
        self.database = database
        self.notifier = notifier
        loop = loops.next()
        meters = WorkerMetrics(metrics)
        queueMeters = QueueMetrics(metrics)
        notifier.count(in: metrics)
        var engine = database
        engine.preparesStatements = false
        engine.poolSizePerLoop = 3
        engine.applicationName = database.applicationName + "-jobs"
        self.engine = PostgresClient(configuration: engine, loops: loops, log: log)
        let store = PostgresJobStore(client: client, dateSource: dateSource, notifier: notifier)
        resources = WorkerResources(
            store: store, dateSource: dateSource, jitter: configuration.jitter, sagaFaults: configuration.sagaFaults)
        effects = PostgresEffectLedger(client: client, dateSource: dateSource, limits: configuration.limits.destinations)
        state = Mutex(WorkerState(slots: configuration.slots))
    }

    /// Makes the worker look for work now. What is due is found without it as well, within a second.
    public func wakeUp() {
        wake.fire()
        relayWake.fire()
    }

    /// Works until a graceful shutdown is asked for or the task is cancelled.
    ///
    /// - Throws: when the database cannot be reached at the start.
    public func run() async throws {
        let shutdown = GracefulShutdown.current
        let heartbeats = try WorkerHeartbeat(self)
        try await withTaskExecutorPreference(loop) {
            try await prepare(heartbeats)
            let silence = notifier.tell { [weak self] lanes, events in
                if !lanes.isEmpty { self?.wake.fire() }
                if events { self?.relayWake.fire() }
            }
            defer { silence() }
            do {
                try await work(until: shutdown)
            } catch {
                // As a kill would: nothing is given back, others find out by the lease.
                abandon()
                await heartbeats.close()
                await engine.close()
                throw error
            }
            // The end is written whether or not the caller was cancelled: what is not given back now costs a lease's time.
            await Task(executorPreference: loop) { await self.giveBack() }.value
            await heartbeats.close()
            await engine.close()
        }
    }

    private func work(until shutdown: GracefulShutdown) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Not a part of what ends with the shutdown: results are written until the last job has ended.
            let writing = Task(executorPreference: loop) { try await self.writeResults() }
            group.addTask(executorPreference: loop) { await shutdown.wait() }
            group.addTask(executorPreference: loop) { try await self.claimJobs() }
            group.addTask(executorPreference: loop) { try await writing.value }
            group.addTask(executorPreference: loop) { await self.doChores() }
            group.addTask(executorPreference: loop) { await self.relayEvents() }
            if configuration.listens { group.addTask(executorPreference: loop) { await self.listen() } }
            do {
                try await group.next()
            } catch {
                writing.cancel()
                group.cancelAll()
                throw error
            }
            await Task(executorPreference: loop) { await self.drain() }.value
            writing.cancel()
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
            if let error = crash.withLock(\.self) { throw error }
        }
    }

    private func listen() async {
        let listener = PostgresListener(channels: [JobNotifier.channel], configuration: database, loops: loops)
        defer { listener.close() }
        for await event in listener.events {
            guard !Task.isCancelled else { return }
            switch event {
            case .listening: wakeUp()
            case .notification(let notification):
                let words = notification.payload.split(separator: ",")
                if words.contains("e") { relayWake.fire() }
                if words.contains(where: { $0 != "e" }) { wake.fire() }
            }
        }
    }

    /// Throws what a test wants to happen here.
    func fault(_ point: FaultPoint) async throws {
        do {
            try await configuration.faults?(point)
        } catch {
            crash.withLock { $0 = error }
            throw error
        }
    }
}
