public import Core

/// Does the steps of one kind of saga, and undoes them.
public protocol SagaHandler: Sendable {
    /// The kind.
    associatedtype Process: Saga

    /// Does a step, once more or for the first time.
    ///
    /// - Throws: what may pass; the step is retried by its policy, and when that is used up the saga is undone, or after its pivot stuck.
    func perform(_ step: String, in execution: SagaExecution<Process.Context>) async throws -> SagaStepOutcome

    /// Undoes a step that was done, or begun. It is retried until it succeeds; after its policy is used up the saga is stuck and waits for an operator.
    func compensate(_ step: String, in execution: SagaExecution<Process.Context>) async throws -> SagaCompensationOutcome

    /// The saga was undone completely; called with the first error that was met.
    func failed(_ execution: SagaExecution<Process.Context>, firstError: String) async throws
}

/// What a step came to.
public enum SagaStepOutcome: Sendable, Hashable {
    /// Done; the output is kept for the steps behind it.
    case done(output: JSONValue)
    /// The handler's own transaction has ended the step with ``JobTransaction/finishStep(_:output:)``.
    case committed
    /// Not yet; come back after a while without counting an attempt.
    case waiting(Duration)
    /// Impossible for good, with words for an operator: the saga is undone.
    case failed(reason: String)
}

/// What undoing a step came to.
public enum SagaCompensationOutcome: Sendable, Hashable {
    /// Undone.
    case undone
    /// Not yet; come back after a while.
    case waiting(Duration)
}

/// The right to end one step.
public struct SagaStepLease: Sendable, Hashable {
    /// The job of the step.
    public let lease: JobLease
    /// The saga.
    public let saga: SagaID
    /// The number of the step, from 0.
    public let step: Int

    /// Names a step's lease.
    public init(lease: JobLease, saga: SagaID, step: Int) {
        self.lease = lease
        self.saga = saga
        self.step = step
    }
}

/// What a handler knows about the step it does.
public struct SagaExecution<Context: Codable & Sendable>: Sendable {
    /// The right to end the step in a transaction of one's own.
    public let lease: SagaStepLease
    /// What all steps know from the start.
    public let context: Context
    /// The outputs of the steps done so far, by their names.
    public let outputs: [String: JSONValue]
    /// The job of this step: attempt, time, effects.
    public let job: JobContext

    /// Makes an execution.
    public init(lease: SagaStepLease, context: Context, outputs: [String: JSONValue], job: JobContext) {
        self.lease = lease
        self.context = context
        self.outputs = outputs
        self.job = job
    }
}
