internal import Core
internal import EventLoops
internal import Jobs
internal import Observability
internal import Postgres
internal import Synchronization

extension Worker {
    /// What must be done now and then; some of it by one worker only, and harmless when two do it (OPS-081).
    func doChores() async {
        var leadership = Chore(every: configuration.leadership / 3)
        var rescue = Chore(every: configuration.rescue)
        var sweep = Chore(every: .seconds(30))
        var history = Chore(every: .seconds(3_600))
        var measure = Chore(every: .seconds(15))
        var sagas = Chore(every: .seconds(60))
        var isLeader = false
        while !Task.isCancelled {
            await quietly("overdue handlers") { try await self.watchRunning() }
            if leadership.isDue() {
                isLeader = false
                await quietly("leadership") { isLeader = try await self.lead() }
            }
            if isLeader {
                if rescue.isDue() {
                    let isSweep = sweep.isDue()
                    await quietly("rescue") { try await Rescue(self).run(sweeping: isSweep) }
                }
                await quietly("schedules") { try await self.fireSchedules() }
                if sagas.isDue() {
                    await quietly("sagas") { try await self.superviseSagas() }
                }
                if measure.isDue() {
                    await quietly("measures") { try await self.measureQueue() }
                }
                if history.isDue() {
                    await quietly("history") {
                        try await self.engine.execute("SELECT jobs.keep_history(\(Int32(self.configuration.historyDays)))")
                        try await DeadLetters.forget(before: self.dateSource.now - self.configuration.lettersKept, with: self.engine)
                    }
                }
            }
            guard (try? await loop.sleep(for: .milliseconds(500))) != nil else { return }
        }
    }

    private func quietly(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch is CancellationError {
            return
        } catch {
            log.warning("a chore failed", ["chore": .string(what), "error": .string(errorChain(error))])
        }
    }

    private func superviseSagas() async throws {
        let found = try await SagaSupervisor(store: resources.store, dateSource: dateSource).run()
        guard !found.isEmpty else { return }
        meters.caught.increment(by: found.count)
        log.error("sagas had lost their job and go on", ["sagas": .array(found.map { .string($0) })])
        wake.fire()
    }

    /// Becomes or stays leader for a while; a new holder begins a new term.
    private func lead() async throws -> Bool {
        let worker = state.withLock { $0.worker }
        guard worker != 0 else { return false }
        let leadership = Leadership(client: engine, lease: configuration.leadership)
        let term = try await leadership.hold(as: worker, term: state.withLock { $0.term })
        state.withLock { $0.term = term }
        return term != nil
    }

    /// Cancels handlers past their time, and those whose job was taken from them.
    private func watchRunning() async throws {
        let now = ContinuousClock.now
        let (overdue, stuck, watched) = state.withLock { state in
            var overdue: [Task<Void, Never>] = []
            var stuck: [RunningJob] = []
            for (key, job) in state.running {
                if job.interruption == nil, job.startedAt.duration(to: now) > job.timeout {
                    state.running[key]?.interruption = .timeout
                    state.running[key]?.interruptedAt = now
                    if let task = job.task { overdue.append(task) }
                } else if job.interruption == .timeout, let since = job.interruptedAt, since.duration(to: now) > configuration.stuckAfter {
                    stuck.append(job)
                }
            }
            // Only what has run for a while: most jobs are done before anybody can want to stop them.
            let watched = state.running.values.filter { $0.startedAt.duration(to: now) > .seconds(1) }
            return (overdue, stuck, Array(watched.prefix(1_000)))
        }
        for task in overdue { task.cancel() }
        for job in stuck { replaceSlot(of: job) }
        try await stopDisowned(watched)
    }

    /// A handler that does not end when it is told to is left behind: its job comes back as failed, and its slot is used again (OPS-064).
    private func replaceSlot(of job: RunningJob) {
        let error = "did not stop when it took longer than \(job.job.timeout)"
        let result = FinishedJob(
            job: job.job, worker: job.worker,
            ending: job.job.attempt >= job.job.maximumAttempts
                ? .dead(reason: error) : .again(at: dateSource.now + .seconds(10), countsAttempt: true, error: error))
        let isNew = state.withLock { state in
            guard state.running[LeaseKey(job.job)]?.interruption == .timeout else { return false }
            state.running[LeaseKey(job.job)]?.interruption = .leaseLost
            state.results.append(result)
            state.stuck.insert(LeaseKey(job.job))
            meters.stuck.set(state.stuck.count)
            return true
        }
        guard isNew else { return }
        log.error("a handler does not stop; its slot is replaced", ["job": .string("\(job.job.id)")])
        flushWake.fire()
    }

    private func stopDisowned(_ jobs: [RunningJob]) async throws {
        guard !jobs.isEmpty else { return }
        let rows = try await engine.query(
            """
            SELECT r.id FROM unnest(\(jobs.map(\.job.id)), \(jobs.map(\.job.token))) AS r (id, token)
            WHERE NOT EXISTS (
                SELECT FROM jobs.job j WHERE j.id = r.id AND j.lease_token = r.token AND j.lease_by = \(state.withLock { $0.worker }))
            """)
        let gone = Set(try rows.map { try $0.decode(Int64.self) })
        let tasks = state.withLock { state in
            jobs.filter { gone.contains($0.job.id) }.compactMap { job in
                let key = LeaseKey(job.job)
                // Its own result may be on its way; then there is nothing to stop.
                guard state.running[key]?.interruption == nil else { return nil as Task<Void, Never>? }
                state.running[key]?.interruption = .leaseLost
                return state.running[key]?.task
            }
        }
        for task in tasks { task.cancel() }
    }
}

/// Something to be done every so often.
struct Chore: Sendable {
    private let interval: Duration
    private var last: ContinuousClock.Instant?

    init(every interval: Duration) {
        self.interval = interval
    }

    mutating func isDue() -> Bool {
        if let last, last.duration(to: .now) < interval { return false }
        last = .now
        return true
    }
}
