internal import Core
internal import FoundationEssentials
internal import Jobs
internal import Observability

/// Runs one attempt, and says in values what came of it.
struct JobExecutor: Sendable {
    let handlers: [Int16: AnyJobHandler]
    let resources: WorkerResources
    let effects: any EffectLedger
    let log: Log

    /// Does not throw: whatever a handler throws is an outcome.
    ///
    /// - Parameters:
    ///   - lengthen: told that the attempt got so much time from now on.
    ///   - interruption: why the task was cancelled, when it was.
    func run(
        _ job: ClaimedJob, worker: Int32, lengthen: @escaping @Sendable (Duration) -> Void, interruption: @Sendable () -> Interruption?
    ) async -> FinishedJob {
        guard let handler = handlers[job.kind] else {
            return finished(job, worker, .again(at: job.runAt, countsAttempt: false, error: nil))
        }
        let lease = JobLease(job: JobID(rawValue: job.id), worker: worker, token: job.token)
        let context = JobContext(
            lease: lease, attempt: Int(job.attempt), isLastAttempt: job.attempt >= job.maximumAttempts, dateSource: resources.dateSource,
            effects: effects,
            lengthen: { [resources] duration in
                try await resources.store.withTransaction { try await $0.extendDeadline(of: lease, to: duration) }
                lengthen(duration)
            })
        do {
            let outcome = try await observed(job) { try await handler.run(job.args, context, resources) }
            return finished(job, worker, ending(of: outcome, job, handler))
        } catch {
            return finished(job, worker, ending(of: error, job, handler, interruption()))
        }
    }

    private func observed(_ job: ClaimedJob, _ body: () async throws -> JobOutcome) async throws -> JobOutcome {
        var generator = SystemRandomNumberGenerator()
        // The trace goes on that enqueued the job; what began by itself, such as a schedule, begins one here (ADM-064).
        let trace = job.trace.flatMap(TraceContext.init)?.child(using: &generator) ?? .make(using: &generator)
        let context = LogContext(
            requestID: "job_\(job.id)", trace: trace, org: job.org?.uuidString.lowercased(), job: String(job.id),
            origin: WorkOrigin(attempt: .init(job: job.id, number: Int(job.attempt)), handed: job.origin))
        return try await LogContext.$current.withValue(context) { try await body() }
    }

    private func finished(_ job: ClaimedJob, _ worker: Int32, _ ending: FinishedJob.Ending) -> FinishedJob {
        FinishedJob(job: job, worker: worker, ending: ending)
    }

    private func ending(of outcome: JobOutcome, _ job: ClaimedJob, _ handler: AnyJobHandler) -> FinishedJob.Ending {
        switch outcome {
        case .completed: .completed
        case .committed: .committed
        case .cancelled(let reason): .cancelled(reason: reason)
        case .discarded(let reason): .dead(reason: reason)
        case .snoozed(let until): .again(at: until, countsAttempt: false, error: nil)
        case .retry(let after): failure("not done; asked to come back", job, after: after)
        }
    }

    private func ending(of error: any Error, _ job: ClaimedJob, _ handler: AnyJobHandler, _ interruption: Interruption?)
        -> FinishedJob.Ending
    {
        switch interruption {
        case .shutdown: return .again(at: job.runAt, countsAttempt: false, error: nil)
        case .leaseLost: return .lost
        case .timeout: return failure("took longer than \(job.timeout)", job, after: delay(job, handler))
        case nil: break
        }
        let text = String(errorChain(error).prefix(2_000))
        log.warning(
            "a job failed",
            ["job": .string("\(job.id)"), "kind": .string(handler.kind), "attempt": .integer(Int64(job.attempt)), "error": .string(text)])
        switch error {
        case is JobLeaseLost: return .lost
        case let error as DestinationUnavailable:
            return .again(at: resources.dateSource.now + error.retryAfter, countsAttempt: false, error: nil)
        case let error as RetryLater: return failure(text, job, after: error.delay)
        case let error as EffectUnresolved: return failure(text, job, after: error.retryAfter ?? delay(job, handler))
        default: return failure(text, job, after: delay(job, handler))
        }
    }

    private func delay(_ job: ClaimedJob, _ handler: AnyJobHandler) -> Duration {
        handler.retryPolicy.delay(afterAttempt: Int(job.attempt), jitter: resources.jitter())
    }

    private func failure(_ text: String, _ job: ClaimedJob, after delay: Duration) -> FinishedJob.Ending {
        job.attempt >= job.maximumAttempts
            ? .dead(reason: text) : .again(at: resources.dateSource.now + delay, countsAttempt: true, error: text)
    }
}

/// Why a handler was told to stop.
enum Interruption: Sendable, Hashable {
    /// The process ends.
    case shutdown
    /// Somebody else has the job, or may have it.
    case leaseLost
    /// It took too long.
    case timeout
}

/// A failure with a delay of its own.
struct RetryLater: Error, WrappingError, CustomStringConvertible {
    let delay: Duration
    let underlying: (any Error)?
    let description: String
}
