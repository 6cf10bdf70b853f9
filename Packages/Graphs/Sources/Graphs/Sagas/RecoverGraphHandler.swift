internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Does the steps of a recovery. Each can be done again after an unknown outcome.
public struct RecoverGraphHandler<Store: GraphStore>: SagaHandler {
    /// The kind of saga.
    public typealias Process = RecoverGraphSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<RecoverGraphSaga.Context>

    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue
    private let lifecycle: GraphLifecycle

    /// How long a graph that no host has room for waits between two looks.
    private static var pause: Duration { .minutes(1) }

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
        lifecycle = GraphLifecycle(catalogue: catalogue)
    }

    /// Does a step and tells the readers of the operation about it.
    public func perform(_ step: String, in execution: Execution) async throws -> SagaStepOutcome {
        guard let step = RecoverGraphStep(rawValue: step) else { return .failed(reason: "unknown step \(step)") }
        do {
            guard let (graph, slot) = try await begin(step, execution) else {
                return .waiting(Self.pause)
            }
            let place = EngineGraph(host: slot.reference, graph: graph.id)
            if step == .open {
                try await open(graph, at: place, execution)
            } else {
                try await work(step, on: graph, at: place, execution)
                try await done(step, execution)
            }
            return .committed
        } catch let error as EngineError where step != .open && (error.nature == .definitive || execution.job.isLastAttempt) {
            try await tell(
                .step(at: step.position, .failed(error: "This step could not be done"), percent: nil, message: nil), execution)
            return .failed(reason: error.description)
        }
    }

    /// Removes what was made on the other host, and gives its slot back.
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome {
        let context = execution.context
        try await tell(.compensate(Self.failure), execution)
        let place = try await store.withSystemTransaction { transaction in
            try await context.graph.isSubgraph ? parentsPlace(context, in: transaction) : transaction.newSlot(of: context.graph)
        }
        if let place {
            try await engine.discardUnused(
                EngineGraph(host: place.reference, graph: context.graph), StepWarrant(operation: context.operation))
            if !context.graph.isSubgraph { try await store.withSystemTransaction { try await $0.giveNewSlotBack(of: context.graph) } }
        }
        return .undone
    }

    /// The graph stays on the list of what is lost, and the next order tries it again.
    public func failed(_ execution: Execution, firstError: String) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { try await $0.end(context.operation, .fail(Self.failure), at: now) }
    }

    private static var failure: Operations.OperationFailure {
        OperationFailure(code: "RECOVERY_FAILED", message: "The graph could not be brought back yet. Its backups are kept.")
    }

    /// - Returns: the graph and its slot on another host; `nil` while no other host has room.
    private func begin(_ step: RecoverGraphStep, _ execution: Execution) async throws -> (Graph, HostSlot)? {
        let (context, now) = (execution.context, execution.job.now)
        return try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(context.graph), graph.status == .active || graph.status == .suspended else {
                throw EngineError.refused("graph \(context.graph) is not in use")
            }
            let slot =
                try await graph.id.isSubgraph
                ? parentsPlace(context, in: transaction) : transaction.holdNewSlot(of: graph, besides: context.host, at: now)
            guard let slot else { return nil }
            try await transaction.advance(context.operation, .start, at: now)
            try await transaction.advance(
                context.operation, .step(at: step.position, .begun, percent: nil, message: step.title), at: now)
            return (graph, slot)
        }
    }

    /// A subgraph goes where its parent has gone, and waits for that; it has no slot of its own (GRA-074).
    private func parentsPlace(_ context: RecoverGraphSaga.Context, in transaction: Store.Transaction) async throws -> HostSlot? {
        guard let slot = try await transaction.slot(of: context.graph.topLevel), slot.host != context.host else { return nil }
        return slot
    }

    private func work(_ step: RecoverGraphStep, on graph: Graph, at place: EngineGraph, _ execution: Execution) async throws {
        guard let tier = catalogue.tier(graph.tier) else { throw EngineError.refused("there is no tier \(graph.tier)") }
        let warrant = StepWarrant(operation: execution.context.operation)
        switch step {
        case .place:
            guard try await engine.probe(place.host).mayMaintain else {
                throw EngineError.refused("the maintenance login of \(place.host.name) lacks rights")
            }
            try await engine.createPrincipals(place, warrant)
            try await engine.createDatabase(place, limits: tier.engineLimits, warrant)
            try await engine.applyLimits(tier.engineLimits, to: place, warrant)
        case .load:
            // Whatever it holds it had before: a cap is no reason to lose it.
            try await BackupAdoption(store: store, engine: engine, archives: archives).adopt(
                execution.context.backup, into: place, of: tier, cap: nil, for: warrant, execution.job)
        case .verify: try await engine.verify(place, warrant)
        case .open: break
        }
    }

    private func done(_ step: RecoverGraphStep, _ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(
                context.operation, .step(at: step.position, .done, percent: step.percentDone, message: nil), at: now)
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    /// Place, logins, the end of the operation and the news in one transaction. The passwords of logins are on the host that is lost alone, so
    /// that they end with it.
    private func open(_ graph: Graph, at place: EngineGraph, _ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        guard let backup = try await store.backup(context.backup) else { throw EngineError.unavailable("the backup has no record") }
        try await engine.setMode(graph.mode, epoch: graph.accessEpoch, of: place)
        let logins = try await store.credentials(of: graph.id).filter { $0.revokedAt == nil }
        let asOf = backup.startedAt ?? backup.createdAt
        try await store.withSystemTransaction { transaction in
            guard var moved = try await transaction.lockedGraph(context.graph),
                let slot = try await moved.id.isSubgraph ? parentsPlace(context, in: transaction) : transaction.takeNewSlot(of: moved.id)
            else { throw EngineError.unavailable("graph \(context.graph) has no place") }
            moved.host = slot.host
            try await transaction.save(moved)
            try await lifecycle.applyMode(of: moved, in: transaction)
            try await transaction.revokeCredentials(nil, of: moved.id, at: now)
            for login in logins {
                try await transaction.record(GraphCredentialRevoked(moved, credential: login), by: .system(component: "graphs"))
            }
            try await transaction.advance(
                context.operation, .step(at: RecoverGraphStep.open.position, .done, percent: 100, message: nil), at: now)
            let facts: [String: JSONValue] = [
                "graph_id": .string(moved.id.description), "backup_id": .string(backup.id.description),
                "data_as_of": .string(asOf.description), "ended_credentials": .integer(Int64(logins.count)),
            ]
            try await transaction.end(
                context.operation, .complete(result: .object(facts), message: "The graph is back, as of \(asOf)"), at: now)
            try await transaction.record(
                GraphRecoveredEntry(moved, operation: context.operation, data: facts.filter { $0.key != "graph_id" }),
                by: .system(component: "graphs"))
            try await transaction.publish(
                GraphRecovered(facts: GraphFactsOfEvent(moved), backup: backup.id, dataAsOf: asOf, hasEndedLogins: !logins.isEmpty))
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    private func tell(_ transition: OperationTransition, _ execution: Execution) async throws {
        let (operation, now) = (execution.context.operation, execution.job.now)
        try await store.withSystemTransaction { try await $0.advance(operation, transition, at: now) }
    }
}
