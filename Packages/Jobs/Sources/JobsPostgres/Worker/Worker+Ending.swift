internal import Core
internal import EventLoops
internal import Jobs
internal import Observability
internal import Postgres
internal import Synchronization

extension Worker {
    /// Learns the numbers of its kinds and begins to live in the database.
    func prepare(_ heartbeats: WorkerHeartbeat) async throws {
        let handlers = try await registry.numbered(by: engine)
        meters.know(handlers.mapValues(\.kind))
        let limits = RunningLimits(configuration.limits, numbers: handlers.mapValues(\.kind))
        let parts = Dictionary(grouping: handlers.filter { $0.value.own != nil }, by: { $0.value.own }).compactMap { own, numbers in
            own.map { SlotPart(lane: $0.lane, kinds: Set(numbers.map(\.key)), slots: $0.slots) }
        }
        state.withLock { state in
            state.limits = limits
            state.addParts(parts)
        }
        let made = JobExecutor(handlers: handlers, resources: resources, effects: effects, log: log)
        executor.withLock { $0 = made }
        try await registerSchedules()
        try await heartbeats.begin()
    }

    /// Takes on a new identity; `nil` is none.
    func become(_ worker: Int32?) {
        let lost = state.withLock { state in
            state.worker = worker ?? 0
            state.term = nil
            state.restartOrders()
            let lost = Array(state.running.values)
            for job in lost {
                state.running[LeaseKey(job.job)]?.interruption = .leaseLost
                state.release(job.job)
            }
            state.results = []
            return lost
        }
        for job in lost { job.task?.cancel() }
        if !lost.isEmpty { log.error("the lease was lost; its jobs are left to others", ["jobs": .integer(Int64(lost.count))]) }
        wake.fire()
    }

    /// Lets jobs under way end; cancels what takes longer than it may.
    func drain() async {
        state.withLock { $0.isStopping = true }
        wake.fire()
        let start = ContinuousClock.now
        while state.withLock({ !$0.running.isEmpty }), start.duration(to: .now) < configuration.drain {
            flushWake.fire()
            try? await loop.sleep(for: .milliseconds(10))
        }
        interruptAll(.shutdown)
        let cancelled = ContinuousClock.now
        while state.withLock({ !$0.running.isEmpty }), cancelled.duration(to: .now) < .seconds(2) {
            flushWake.fire()
            try? await loop.sleep(for: .milliseconds(10))
        }
    }

    private func interruptAll(_ interruption: Interruption) {
        let tasks = state.withLock { state in
            for key in state.running.keys where state.running[key]?.interruption == nil { state.running[key]?.interruption = interruption }
            return state.running.values.compactMap(\.task)
        }
        for task in tasks { task.cancel() }
    }

    /// Gives back what did not end, without the loss of an attempt, and leaves the database.
    func giveBack() async {
        while state.withLock({ !$0.results.isEmpty }) {
            do { try await flush() } catch { break }
        }
        let worker = state.withLock { $0.worker }
        guard worker != 0 else { return }
        _ = try? await engine.pipeline([
            """
            UPDATE jobs.job SET lease_by = NULL, deadline = NULL, lease_token = lease_token + 1, attempt = attempt - 1 WHERE lease_by = \(worker)
            """,
            "DELETE FROM jobs.leader WHERE holder = \(worker)",
            "DELETE FROM jobs.worker WHERE id = \(worker)",
        ])
    }

    /// Stops without a word to the database.
    func abandon() {
        state.withLock { $0.isStopping = true }
        interruptAll(.leaseLost)
    }
}
