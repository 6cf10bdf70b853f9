public import Audit
public import Core
public import Identity
public import Orgs

/// Something a client asked for that has an id, steps, events and one end.
public struct Operation: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of an operation, `op_…`.
    public typealias ID = Identifier<Operation>
    /// `op`
    public static let idPrefix = "op"

    /// Where an operation stands.
    public enum Status: String, Sendable, Codable, CaseIterable {
        /// Accepted; no step has begun.
        case pending
        /// At work, or undoing what it did.
        case running
        /// Waiting for an answer of the person who asked.
        case awaitingInput = "awaiting_input"
        /// Ended as asked.
        case completed
        /// Ended without success, and everything undone.
        case failed
        /// Stopped by request.
        case cancelled

        /// Whether it can never change again.
        public var isTerminal: Bool {
            switch self {
            case .completed, .failed, .cancelled: true
            case .pending, .running, .awaitingInput: false
            }
        }
    }

    /// Which way a running operation goes.
    public enum Phase: String, Sendable, Codable {
        /// Towards its goal.
        case forward
        /// Back, undoing its steps.
        case compensating
        /// Nowhere: it waits for an operator.
        case stuck
    }

    /// The id.
    public let id: ID
    /// What sort of work it is.
    public let kind: OperationKind
    /// The org concerned.
    public let org: Org.ID
    /// The graph concerned, when there is one.
    public let graph: String?
    /// Who asked; `nil` for what the system does by itself.
    public let startedBy: User.ID?
    /// The operation that made this one necessary.
    public let parent: ID?
    /// When it was accepted.
    public let createdAt: Instant
    /// Where it stands.
    public internal(set) var status: Status
    /// Which way it goes.
    public internal(set) var phase: Phase
    /// How much is done, 0 to 100; it falls only when compensation begins (OPS-045).
    public internal(set) var percent: Int
    /// What it is doing, for people.
    public internal(set) var message: String
    /// Its steps, in order.
    public internal(set) var steps: [OperationStep]
    /// What came out of it; also what is known already while it is under way.
    public internal(set) var result: JSONValue
    /// Why it failed: the first error, once and for all (GRA-018).
    public internal(set) var failure: OperationFailure?
    /// What went wrong while it was undone; it never takes the place of ``failure`` (GRA-018).
    public internal(set) var undoErrors: [UndoError]
    /// What it waits for.
    public internal(set) var inputRequest: InputRequest?
    /// When the first step began.
    public internal(set) var startedAt: Instant?
    /// By when it is to have ended; then the rule of its kind follows (OPS-030).
    public internal(set) var deadline: Instant?
    /// When it ended.
    public internal(set) var endedAt: Instant?
    /// When it last changed.
    public internal(set) var updatedAt: Instant
    /// The sequence of its newest event; 0 before the first.
    public internal(set) var lastSequence: Int64

    /// Puts an operation together from what a store kept.
    public init(
        id: ID, kind: OperationKind, org: Org.ID, graph: String?, startedBy: User.ID?, parent: ID?, createdAt: Instant,
        status: Status, phase: Phase, percent: Int, message: String, steps: [OperationStep], result: JSONValue,
        failure: OperationFailure?, inputRequest: InputRequest?, startedAt: Instant?, endedAt: Instant?, updatedAt: Instant,
        lastSequence: Int64, undoErrors: [UndoError] = [], deadline: Instant? = nil
    ) {
        self.id = id
        self.kind = kind
        self.org = org
        self.graph = graph
        self.startedBy = startedBy
        self.parent = parent
        self.createdAt = createdAt
        self.status = status
        self.phase = phase
        self.percent = percent
        self.message = message
        self.steps = steps
        self.result = result
        self.failure = failure
        self.inputRequest = inputRequest
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.updatedAt = updatedAt
        self.lastSequence = lastSequence
        self.undoErrors = undoErrors
        self.deadline = deadline
    }

    /// Makes the operation that a command has just accepted (O1).
    public init(accepting new: NewOperation, id: ID, at now: Instant) {
        self.init(
            id: id, kind: new.kind, org: new.org, graph: new.graph, startedBy: new.startedBy, parent: new.parent, createdAt: now,
            status: .pending, phase: .forward, percent: 0, message: new.message,
            steps: new.initialSteps(at: now), result: new.result, failure: nil, inputRequest: nil,
            startedAt: nil, endedAt: nil, updatedAt: now, lastSequence: 0, deadline: new.timeLimit.map { now + $0 })
    }

    /// Whether the person who asked may stop it now (operations.md, section 4).
    public var isCancellable: Bool {
        guard !status.isTerminal, phase == .forward else { return false }
        return switch kind.cancellation {
        case .never: false
        case .whilePending: status == .pending
        case .untilEnded: true
        }
    }

    /// The position of the step at work, from 1; 0 before the first, the number of steps when all are done.
    public var currentStep: Int {
        if let running = steps.lastIndex(where: { $0.state == .running || $0.state == .waiting }) { return running + 1 }
        return steps.count(where: { $0.state == .done })
    }

    /// What another exclusive operation on the same thing collides with: its graph, or its org when it has none (OPS-026).
    public var exclusiveScope: String? {
        kind.isExclusive ? graph ?? org.description : nil
    }
}

/// What a command knows of the operation it starts.
public struct NewOperation: Sendable {
    /// What sort of work it is.
    public let kind: OperationKind
    /// The org concerned.
    public let org: Org.ID
    /// The graph concerned.
    public let graph: String?
    /// Who asked.
    public let startedBy: User.ID?
    /// The operation that made this one necessary.
    public let parent: Operation.ID?
    /// What it is going to do, for people.
    public let message: String
    /// The names of its steps, for people, in order.
    public let steps: [String]
    /// How the first steps stand already; those not named wait for their turn.
    public let stepStates: [OperationStep.State]
    /// What is known of the outcome at once.
    public let result: JSONValue
    /// How long it may take from its acceptance; `nil` is as long as it takes.
    public let timeLimit: Duration?

    /// How long an operation may take.
    public enum Limit: Sendable, Hashable {
        /// As long as those of its kind.
        case ofKind
        /// As long as this; the rule is that of its kind.
        case of(Duration)
        /// As long as it takes; whoever takes it up gives it a deadline.
        case none
    }

    /// Describes an operation that is to be accepted.
    public init(
        kind: OperationKind, org: Org.ID, graph: String?, startedBy: User.ID?, parent: Operation.ID? = nil, message: String,
        steps: [String], stepStates: [OperationStep.State] = [], result: JSONValue, limit: Limit = .ofKind
    ) {
        self.kind = kind
        self.org = org
        self.graph = graph
        self.startedBy = startedBy
        self.parent = parent
        self.message = message
        self.steps = steps
        self.stepStates = stepStates
        self.result = result
        timeLimit =
            switch limit {
            case .ofKind: kind.timeLimit?.duration
            case .of(let duration): duration
            case .none: nil
            }
    }

    func initialSteps(at now: Instant) -> [OperationStep] {
        var all = steps.map { OperationStep(name: $0) }
        for (index, state) in zip(all.indices, stepStates) where state != .pending {
            all[index].state = state
            all[index].attempt = 1
            all[index].startedAt = now
            all[index].endedAt = state == .done ? now : nil
        }
        return all
    }
}

extension Operation: AuditReferable {
    /// `operation`
    public static var auditKind: AuditReferenceKind { .operation }
}
