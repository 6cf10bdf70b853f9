internal import Core
internal import Jobs
internal import Postgres

/// Does or undoes one step of a saga: the truth is read from the saga's rows, and ends in one transaction with the job of the next step.
struct SagaRunner<Handler: SagaHandler>: Sendable {
    typealias Context = Handler.Process.Context

    let handler: Handler
    let resources: WorkerResources

    func run(_ work: SagaStepWork, context: JobContext) async throws -> JobOutcome {
        guard let progress = try await progress(of: work.saga) else { return .discarded(reason: "there is no saga \(work.saga)") }
        // A step that was done, skipped or moved on is not done again.
        guard progress.step == work.step, progress.state == (work.isUndoing ? "compensating" : "running") else {
            return .cancelled(reason: "the saga is at another step")
        }
        let lease = SagaStepLease(lease: context.lease, saga: work.saga, step: work.step)
        let execution = SagaExecution(
            lease: lease, context: try progress.context.decode(Context.self), outputs: progress.outputs, job: context)
        if work.isUndoing { return try await undo(work, progress, execution) }
        return try await perform(work, progress, execution)
    }

    private func perform(_ work: SagaStepWork, _ progress: SagaProgress, _ execution: SagaExecution<Context>) async throws -> JobOutcome {
        guard let step = progress.steps.first(where: { $0.sequence == work.step }) else {
            return .discarded(reason: "there is no such step")
        }
        // A point of no return that was tried may have been passed without anybody knowing: from there it goes on.
        if let reason = progress.turnBackBecause, !progress.hasPassedPivot(at: step), !step.isPivot || execution.job.attempt <= 1 {
            return try await giveUp(step, progress, execution, because: reason)
        }
        let fault = fault(at: step.name)
        await fault?(.begun)
        do {
            switch try await Self.reporting(to: fault, { try await handler.perform(step.name, in: execution) }) {
            case .committed:
                await fault?(.recorded)
                return .committed
            case .done(let output):
                try await Self.reporting(to: fault) {
                    try await resources.store.withTransaction { try await $0.finishStep(execution.lease, output: output) }
                }
                await fault?(.recorded)
                return .committed
            case .waiting(let duration): return .snoozed(until: resources.dateSource.now + duration)
            case .failed(let reason): return try await giveUp(step, progress, execution, because: reason)
            }
        } catch  where Self.isFailure(error) {
            guard execution.job.isLastAttempt else { throw later(error, after: step.name, execution.job) }
            return try await giveUp(step, progress, execution, because: errorChain(error))
        }
    }

    /// Binds what is to hear of a transaction's end inside a step, where there is anything: an optimised build crashes when `nil` is bound.
    private static func reporting<Result>(
        to fault: (@Sendable (SagaFault.Side) async -> Void)?, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let fault else { return try await body() }
        return try await SagaFaults.$current.withValue(fault, operation: body)
    }

    /// Before the pivot everything that was done or begun is undone; after it there is no way back, and a person must look.
    private func giveUp(
        _ step: SagaProgress.Step, _ progress: SagaProgress, _ execution: SagaExecution<Context>, because reason: String
    ) async throws -> JobOutcome {
        let hasPassedPivot = progress.hasPassedPivot(at: step)
        try await resources.store.withTransaction { transaction in
            try await transaction.finish(execution.lease.lease)
            if hasPassedPivot {
                try await transaction.stopSaga(execution.lease.saga, because: reason)
            } else {
                try await transaction.beginUndoing(execution.lease.saga, from: step.sequence, because: reason)
            }
        }
        return .committed
    }

    private func undo(_ work: SagaStepWork, _ progress: SagaProgress, _ execution: SagaExecution<Context>) async throws -> JobOutcome {
        let policy = RetryPolicy.untilDone
        do {
            if work.step < 0 {
                try await handler.failed(execution, firstError: progress.firstError ?? "unknown")
                try await resources.store.withTransaction { try await $0.endUndoing(execution.lease) }
                return .committed
            }
            guard let step = progress.steps.first(where: { $0.sequence == work.step }) else {
                return .discarded(reason: "there is no such step")
            }
            switch try await handler.compensate(step.name, in: execution) {
            case .undone:
                try await resources.store.withTransaction { try await $0.finishUndoing(execution.lease) }
                return .committed
            case .waiting(let duration): return .snoozed(until: resources.dateSource.now + duration)
            }
        } catch  where Self.isFailure(error) {
            guard execution.job.isLastAttempt else {
                throw RetryLater(
                    delay: policy.delay(afterAttempt: execution.job.attempt, jitter: resources.jitter()), underlying: error,
                    description: "step \(work.step) of saga \(work.saga) could not be undone")
            }
            let reason = errorChain(error)
            try await resources.store.withTransaction { transaction in
                try await transaction.finish(execution.lease.lease)
                try await transaction.stopSaga(execution.lease.saga, because: reason)
            }
            return .committed
        }
    }

    /// What says nothing about the step itself is not its failure.
    private static func isFailure(_ error: any Error) -> Bool {
        !(error is JobLeaseLost || error is CancellationError || error is DestinationUnavailable)
    }

    private func later(_ error: any Error, after step: String, _ job: JobContext) -> RetryLater {
        let policy = Handler.Process.steps.first { $0.name == step }?.retryPolicy ?? .untilDone
        let unresolved = (error as? EffectUnresolved)?.retryAfter
        return RetryLater(
            delay: unresolved ?? policy.delay(afterAttempt: job.attempt, jitter: resources.jitter()), underlying: error,
            description: "step \(step) failed")
    }

    private func fault(at step: String) -> (@Sendable (SagaFault.Side) async -> Void)? {
        guard let faults = resources.sagaFaults else { return nil }
        return { await faults(SagaFault(saga: Handler.Process.name, step: step, side: $0)) }
    }

    private func progress(of saga: SagaID) async throws -> SagaProgress? {
        try await resources.store.withTransaction { try await $0.progress(of: saga) }
    }
}
