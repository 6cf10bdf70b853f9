internal import Core
internal import EventLoops
internal import Jobs
internal import Observability
internal import Postgres
internal import Synchronization

extension Worker {
    /// Takes jobs for free slots, lane by lane in one round trip; sleeps when there is nothing to take or nowhere to put it.
    func claimJobs() async throws {
        while !Task.isCancelled, !state.withLock({ $0.isStopping }) {
            do {
                try await claimOnce()
            } catch let error as PostgresError {
                log.warning("jobs could not be taken", ["error": .string("\(error)")])
                await wake.wait(atMost: .milliseconds(200), on: loop)
            }
            let (hasMore, isBusy) = state.withLock { ($0.hasMoreToClaim, $0.isBusy) }
            guard !hasMore else { continue }
            let pause = isBusy ? configuration.busyPoll : configuration.idlePoll * Double.random(in: 0.75...1.25)
            await wake.wait(atMost: pause, on: loop)
        }
    }

    private func claimOnce() async throws {
        guard let executor = executor.withLock(\.self) else { return }
        let claims = state.withLock { $0.claims(batch: configuration.batch, kinds: Array(executor.handlers.keys), now: dateSource.now) }
        guard !claims.isEmpty else { return }
        try await fault(.beforeClaim)
        let rows = try await engine.pipeline(claims.map(\.statement))
        var taken: [(claim: Claim, jobs: [ClaimedJob])] = []
        for (claim, rows) in zip(claims, rows) { taken.append((claim, try rows.map { try ClaimedJob($0, lane: claim.lane) })) }
        let surplus = state.withLock { state -> Set<Int64>? in
            guard state.worker == claims[0].worker else { return nil }
            return taken.reduce(into: []) { $0.formUnion(state.took($1.jobs, by: $1.claim)) }
        }
        // The lease was lost while the statement was under way: those jobs are rescued with all others of the old identity.
        guard let surplus else { return }
        let jobs = taken.flatMap(\.jobs)
        guard !jobs.isEmpty else { return }
        meters.claimed(jobs.filter { !surplus.contains($0.id) }, at: dateSource.now)
        meters.inFlight.set(state.withLock { $0.running.count })
        try await fault(.afterClaim)
        for job in jobs {
            if surplus.contains(job.id) { giveBack(job, by: claims[0].worker) } else { start(job, by: claims[0].worker, executor) }
        }
    }

    /// One that is over a limit goes back as it came, without the loss of an attempt (OPS-060).
    private func giveBack(_ job: ClaimedJob, by worker: Int32) {
        hand(FinishedJob(job: job, worker: worker, ending: .again(at: job.runAt, countsAttempt: false, error: nil)))
    }

    /// Each attempt is a task of its own and not a child: it is cancelled alone, by its own deadline, and may outlive the loop that began
    /// it; ``drain()`` waits for all of them.
    private func start(_ job: ClaimedJob, by worker: Int32, _ executor: JobExecutor) {
        let key = LeaseKey(job)
        let began = ContinuousClock.now
        let task = Task(executorPreference: loops.next()) { [self] in
            do {
                if configuration.faults != nil { try await fault(.beforeHandler) }
                let result = await executor.run(
                    job, worker: worker,
                    lengthen: { [self] duration in
                        state.withLock { state in
                            guard let startedAt = state.running[key]?.startedAt else { return }
                            state.running[key]?.timeout = startedAt.duration(to: .now) + duration
                        }
                    },
                    interruption: { [self] in state.withLock { $0.running[key]?.interruption } })
                if configuration.faults != nil { try await fault(.afterHandler) }
                finished(result, after: began.duration(to: .now))
            } catch {
                // A test ends the worker here; the job stays as it is.
                crash.withLock { $0 = error }
                flushWake.fire()
            }
        }
        state.withLock { state in
            guard state.running[key]?.task == nil else { return }
            state.running[key]?.task = task
        }
    }

    private func finished(_ result: FinishedJob, after duration: Duration) {
        meters.count(result, after: duration)
        if case .dead(let reason) = result.ending, result.job.lane.alarmsAtOnce {
            log.error(
                "a job was given up that somebody waits for",
                ["job": .string("\(result.job.id)"), "lane": .string(result.job.lane.name), "error": .string(reason)])
        }
        hand(result)
    }

    /// Lets a result be written, with others.
    private func hand(_ result: FinishedJob) {
        let (count, isIdle, isWorthless) = state.withLock { state in
            if state.stuck.remove(LeaseKey(result.job)) != nil { meters.stuck.set(state.stuck.count) }
            guard state.running[LeaseKey(result.job)] != nil else { return (0, false, true) }
            guard result.isWritten, result.worker == state.worker else {
                state.release(result.job)
                return (0, false, true)
            }
            state.results.append(result)
            return (state.results.count, state.results.count == state.running.count, false)
        }
        if isWorthless { return wake.fire() }
        // The first starts the clock of the batch; a full batch, or the last job under way, ends it.
        if count == 1 || count == Self.batch || isIdle { flushWake.fire() }
    }

    /// How many results are worth a statement of their own.
    static let batch = 100
}
