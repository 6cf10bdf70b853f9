public import Core

/// A chain of stored steps, of which each is done once in effect; what was done is undone in reverse order when a step fails for good.
public protocol Saga: Sendable {
    /// What all steps know from the start.
    associatedtype Context: Codable & Sendable
    /// The stored name of the kind, such as `graphs.provision`; never changed once it has landed.
    static var name: String { get }
    /// The steps in their order; steps may be appended once the kind has landed, never moved.
    static var steps: [SagaStep] { get }
    /// The version of the list of steps; it grows by one whenever the list changes. A saga keeps the list it began with, and only workers
    /// that know its version go on with it (OPS-075).
    static var version: Int { get }
}

extension Saga {
    /// The first.
    public static var version: Int { 1 }
}

/// One step of a saga, as it is declared.
public struct SagaStep: Sendable, Hashable {
    /// The stored name.
    public let name: String
    /// Whether there is no way back once it is done: failures after it are retried, not undone.
    public let isPivot: Bool
    /// Whether there is something to undo.
    public let isCompensable: Bool
    /// What follows a failure that may pass.
    public let retryPolicy: RetryPolicy
    /// How long one attempt may take.
    public let timeout: Duration

    /// Declares a step.
    public init(
        _ name: String, isPivot: Bool = false, isCompensable: Bool = false, retryPolicy: RetryPolicy = .untilDone,
        timeout: Duration = .seconds(300)
    ) {
        self.name = name
        self.isPivot = isPivot
        self.isCompensable = isCompensable
        self.retryPolicy = retryPolicy
        self.timeout = timeout
    }
}

/// What telling a saga to turn back came to.
public enum SagaTurn: Sendable, Hashable {
    /// It was told now and turns back, at the latest when the step at work has ended.
    case turning
    /// It was told before, and the step at work has not ended.
    case told
    /// It has passed its point of no return, or is about to: it goes on.
    case goingOn
    /// It is being undone already.
    case undoing
    /// It waits for an operator.
    case stuck
    /// None of this kind and key is under way.
    case none
}

/// Names the kind of saga in ids.
public enum SagaEntity: IdentifiedEntity {
    /// `saga`
    public static let idPrefix = "saga"
}

/// The id of one saga.
public typealias SagaID = Identifier<SagaEntity>
