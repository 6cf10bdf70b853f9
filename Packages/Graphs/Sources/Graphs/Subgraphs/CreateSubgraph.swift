internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
public import Operations
internal import Orgs

/// Makes a subgraph that was asked for (GRA-072).
public struct CreateSubgraph: Job {
    /// `graphs.create_subgraph`
    public static let kind = "graphs.create_subgraph"
    /// Somebody waits for it.
    public static let lane = Lane.lifecycle
    /// Until it is made, or nothing is left of it.
    public static let retryPolicy = RetryPolicy.untilDone
    /// As long as a copy of the largest graph takes.
    public static let timeout = BackupTaking.timeout

    /// The subgraph.
    public let subgraph: GraphID
    /// The operation that tells about it.
    public let operation: Operation.ID
    /// Whether it begins with what its parent holds.
    public let forksParent: Bool

    /// Asks for it.
    public init(subgraph: GraphID, operation: Operation.ID, forksParent: Bool) {
        self.subgraph = subgraph
        self.operation = operation
        self.forksParent = forksParent
    }
}

/// Makes subgraphs, step by step; each step can be done again. What cannot be made is undone whole: no row, database or role is left.
public struct CreateSubgraphHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue

    /// After how many attempts it is given up.
    private static var attempts: Int { 4 }

    private enum Turn: Sendable {
        case go(Graph, EngineGraph, GraphTier)
        case wait
        case undo(EngineGraph, String)
        case over(String)
    }

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
    }

    /// Makes it, or says what became of it.
    public func run(_ job: CreateSubgraph, context: JobContext) async throws -> JobOutcome {
        switch try await begin(job, context) {
        case .over(let reason): return .cancelled(reason: reason)
        case .wait: return .snoozed(until: context.now + BackupTaking.pause)
        case .undo(let place, let reason): return try await undo(job, at: place, because: reason, context)
        case .go(let subgraph, let place, let tier):
            try await context.extendDeadline(to: BackupTaking.room(for: tier.workTimeout))
            do {
                try await make(subgraph, at: place, tier, job, context)
            } catch let error where !(error is CancellationError) && !(error is JobLeaseLost) {
                guard context.attempt >= Self.attempts || (error as? EngineError)?.nature == .definitive else { throw error }
                return try await undo(job, at: place, because: errorChain(error), context)
            }
            guard try await activate(job, context) else {
                return try await undo(job, at: place, because: "its parent is not in use any more", context)
            }
            return .completed
        }
    }

    private func begin(_ job: CreateSubgraph, _ context: JobContext) async throws -> Turn {
        let (now, attempt) = (context.now, context.attempt)
        return try await store.withSystemTransaction { transaction in
            guard let parent = try await transaction.lockedGraph(job.subgraph.topLevel),
                let subgraph = try await transaction.lockedGraph(job.subgraph), subgraph.status == .provisioning,
                let slot = try await transaction.slot(of: parent.id),
                let operation = try await transaction.lockedOperation(job.operation)
            else { return .over("there is nothing to be made") }
            let place = EngineGraph(host: slot.reference, graph: subgraph.id)
            if operation.status.isTerminal { return .undo(place, "it was cancelled") }
            // The destruction of the parent waits until nothing is left of this (GRA-053).
            guard parent.status == .active, let tier = catalogue.tier(parent.tier) else {
                return .undo(place, "its parent is \(parent.status.rawValue)")
            }
            guard attempt <= Self.attempts else { return .undo(place, "it did not succeed") }
            if try await transaction.exclusiveOperation(of: parent.id) != nil { return .wait }
            try await transaction.advance(job.operation, .start, at: now)
            try await transaction.advance(
                job.operation, .step(at: 0, .begun, percent: 10, message: "Creating the subgraph"), at: now)
            return .go(subgraph, place, tier)
        }
    }

    private func make(
        _ subgraph: Graph, at place: EngineGraph, _ tier: GraphTier, _ job: CreateSubgraph, _ context: JobContext
    ) async throws {
        let warrant = StepWarrant(operation: job.operation)
        try await engine.createPrincipals(place, warrant)
        try await engine.createDatabase(place, limits: tier.engineLimits, warrant)
        try await engine.applyLimits(tier.engineLimits, to: place, warrant)
        if job.forksParent {
            try await GraphCopying(engine: engine, archives: archives).copy(
                EngineGraph(host: place.host, graph: place.graph.topLevel), into: place, of: tier, for: warrant, at: context.now)
        } else {
            try await engine.install(SchemaPlan(of: subgraph), in: place, warrant)
        }
        try await engine.verify(place, warrant)
    }

    /// - Returns: whether its parent still was in use.
    private func activate(_ job: CreateSubgraph, _ context: JobContext) async throws -> Bool {
        let now = context.now
        return try await store.withSystemTransaction { transaction in
            guard let parent = try await transaction.lockedGraph(job.subgraph.topLevel), parent.status == .active,
                let subgraph = try await transaction.lockedGraph(job.subgraph),
                let next = subgraph.applying(.activate(parent.mode), at: now),
                try await transaction.lockedOperation(job.operation)?.status.isTerminal == false
            else { return false }
            try await transaction.save(next)
            if next.mode != .full { try await GraphLifecycle(catalogue: catalogue).applyMode(of: next, in: transaction) }
            try await transaction.record(
                SubgraphCreatedEntry(next, operation: job.operation, data: ["parent": .string(parent.id.description)]),
                by: .user(AuditReference(next.createdBy)))
            try await transaction.advance(job.operation, .step(at: 0, .done, percent: 100, message: nil), at: now)
            try await transaction.end(
                job.operation, .complete(result: SubgraphView(next, bytes: nil).body, message: "The subgraph is ready"), at: now)
            return true
        }
    }

    /// A host that is away is asked until it has dropped what was made.
    private func undo(
        _ job: CreateSubgraph, at place: EngineGraph, because reason: String, _ context: JobContext
    ) async throws -> JobOutcome {
        try await engine.discardUnused(place, StepWarrant(operation: job.operation))
        let now = context.now
        let failure = OperationFailure(
            code: "SUBGRAPH_NOT_CREATED", message: "The subgraph could not be created. Nothing of it is left.")
        try await store.withSystemTransaction { transaction in
            _ = try await transaction.lockedGraph(job.subgraph.topLevel)
            try await transaction.removeUnmadeSubgraph(job.subgraph)
            try await transaction.end(job.operation, .fail(failure), at: now)
        }
        return .discarded(reason: reason)
    }
}
