internal import Audit
public import Billing
internal import Core
public import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Does the steps of a provisioning. Each can be done again after an unknown outcome (GRA-014).
public struct ProvisioningHandler<Store: GraphStore, Subscriptions: SubscriptionManaging>: SagaHandler
where Subscriptions.Transaction == Store.Transaction {
    /// The kind of saga.
    public typealias Process = ProvisioningSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<ProvisioningSaga.Context>

    private let store: Store
    private let subscriptions: Subscriptions
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue

    /// How long a creation may take once it has its place on a host.
    private static var timeLimit: Duration { .minutes(60) }

    /// Makes a handler.
    public init(
        store: Store, subscriptions: Subscriptions, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue
    ) {
        self.archives = archives
        self.store = store
        self.subscriptions = subscriptions
        self.engine = engine
        self.catalogue = catalogue
    }

    /// Does a step and tells the readers of the operation about it.
    public func perform(_ step: String, in execution: Execution) async throws -> SagaStepOutcome {
        guard let step = ProvisioningStep(rawValue: step) else { return .failed(reason: "unknown step \(step)") }
        do {
            if step == .activation {
                try await activate(execution)
                return .committed
            }
            let (graph, slot) = try await begin(step, execution)
            try await work(step, on: graph, at: EngineGraph(host: slot.reference, graph: graph.id), execution)
            try await done(step, host: slot.host, execution)
            return .committed
        } catch is ProvisioningCancelled {
            return .failed(reason: "the creation was cancelled")
        } catch is ProvisioningWithoutRoom {
            return .waiting(.minutes(1))
        } catch let error as EngineError where error.nature == .definitive || execution.job.isLastAttempt {
            try await note(error, at: step, execution)
            return .failed(reason: String(describing: error))
        } catch let error as EngineError {
            try await tell(
                .step(at: step.position, .retrying(error: ProvisioningProblem(error).message, at: nil), percent: nil, message: nil),
                execution)
            throw error
        }
    }

    /// Undoes what was made on the host; only this one step has an undoing, since it covers all of them.
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome {
        try await tell(.compensate(ProvisioningProblem.failure), execution)
        let context = execution.context
        let slot = try await store.withSystemTransaction { try await $0.slot(of: context.graph) }
        guard let slot else { return .undone }
        do {
            try await engine.discardUnused(
                EngineGraph(host: slot.reference, graph: context.graph), StepWarrant(operation: context.operation))
        } catch let error as EngineError {
            try await noteUndoing(error, execution)
            throw error
        }
        return .undone
    }

    /// An undoing that fails is told beside the first error and never in its place; after an hour operators are alarmed (GRA-018).
    private func noteUndoing(_ error: EngineError, _ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(context.operation, .undoFailed(ProvisioningProblem(error).message), at: now)
            guard let operation = try await transaction.lockedOperation(context.operation), operation.phase != .stuck,
                let first = operation.undoErrors.first, now - first.at >= .hours(1)
            else { return }
            try await transaction.advance(context.operation, .stall, at: now)
            try await transaction.record(
                OperationFailed(
                    Audit.OperationFailure(
                        of: FailedWork(operation: operation.id), on: AuditReference(context.graph), code: "UNDO_STUCK"),
                    isProviderAtFault: false),
                by: .system(component: "graphs"))
        }
    }

    /// G3: nothing of the graph exists any more; places are freed and the money goes back.
    public func failed(_ execution: Execution, firstError: String) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            guard let subscription = try await subscriptions.locked(context.subscription, in: transaction),
                let graph = try await transaction.lockedGraph(context.graph),
                let next = graph.applying(.fail(reason: ProvisioningProblem.failure.message), at: now)
            else { return }
            let failure = ProvisioningProblem.failure
            if subscription.status == .provisioning {
                try await subscriptions.failProvisioning(
                    of: context.subscription, fence: context.fence,
                    ProvisioningFailure(code: failure.code, message: failure.message, at: now), in: transaction)
            }
            try await transaction.freeSlot(of: graph.id, or: context.subscription)
            try await transaction.releaseGraphSlot(ofGraph: graph.id.description)
            try await transaction.save(next)
            try await transaction.end(context.operation, .fail(failure), at: now)
            try await transaction.record(
                GraphProvisionFailedEntry(next, operation: context.operation, data: ["code": .string(failure.code)]),
                by: .system(component: "graphs"))
            try await transaction.publish(
                GraphProvisioningFailed(facts: GraphFactsOfEvent(next), code: failure.code, message: failure.message))
        }
    }

    private func begin(_ step: ProvisioningStep, _ execution: Execution) async throws -> (Graph, HostSlot) {
        let (context, now) = (execution.context, execution.job.now)
        return try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(context.graph) else {
                throw EngineError.refused("graph \(context.graph) has no record")
            }
            // Whoever asked may stop it until the first step begins; the lock decides which was first (OPS-028).
            let operation = try await transaction.lockedOperation(context.operation)
            if operation?.status == .cancelled { throw ProvisioningCancelled() }
            // The hold of the sale becomes the graph's own; had it lapsed, another slot of the tier is taken (GRA-099).
            var slot = try await transaction.slot(of: graph.id)
            if slot == nil {
                _ = try await transaction.holdSlot(
                    of: graph.tier, for: context.subscription, org: graph.org, until: now + .hours(24), now: now)
                slot = try await transaction.giveSlot(of: context.subscription, to: graph.id)
            }
            // Whoever has paid waits for room until the deadline; from its place on the creation has an hour (OPS-102).
            guard let slot else { throw ProvisioningWithoutRoom() }
            if let operation, operation.startedAt == nil {
                try await transaction.setDeadline(of: operation, to: now + Self.timeLimit)
            }
            try await transaction.advance(context.operation, .start, at: now)
            try await transaction.advance(
                context.operation, .step(at: step.position, .begun, percent: nil, message: step.title), at: now)
            return (graph, slot)
        }
    }

    private func work(_ step: ProvisioningStep, on graph: Graph, at place: EngineGraph, _ execution: Execution) async throws {
        guard let tier = catalogue.tier(graph.tier) else { throw EngineError.refused("there is no tier \(graph.tier)") }
        let warrant = StepWarrant(operation: execution.context.operation)
        switch step {
        case .place:
            guard try await engine.probe(place.host).mayMaintain else {
                throw EngineError.refused("the maintenance login of \(place.host.name) lacks rights")
            }
        case .principals: try await engine.createPrincipals(place, warrant)
        case .database: try await makeDatabase(of: graph, at: place, tier, execution)
        case .limits: try await engine.applyLimits(tier.engineLimits, to: place, warrant)
        case .schema:
            if let source = graph.source {
                try await BackupAdoption(store: store, engine: engine, archives: archives).adopt(
                    source, into: place, of: tier, cap: Int64(tier.storageCapGB) << 30, for: warrant, execution.job)
            } else {
                try await engine.install(SchemaPlan(of: graph), in: place, warrant)
            }
        case .verify: try await engine.verify(place, warrant)
        case .activation: break
        }
    }

    /// Makes the database; a host that says it is full is left for another, where the steps before are done first (GRA-120).
    private func makeDatabase(of graph: Graph, at first: EngineGraph, _ tier: GraphTier, _ execution: Execution) async throws {
        let (context, warrant) = (execution.context, StepWarrant(operation: execution.context.operation))
        var (place, full) = (first, Set<String>())
        while true {
            do {
                // Contents of a backup need an engine that loads them.
                if graph.source != nil, !engine.capabilities(of: place.host).contains(.restore) { throw EngineError.full(place.host.name) }
                if place.host != first.host {
                    guard try await engine.probe(place.host).mayMaintain else {
                        throw EngineError.refused("the maintenance login of \(place.host.name) lacks rights")
                    }
                }
                // Where they are there already this changes nothing; a process that died after an exchange left none.
                try await engine.createPrincipals(place, warrant)
                return try await engine.createDatabase(place, limits: tier.engineLimits, warrant)
            } catch EngineError.full(let name) {
                full.insert(place.host.name)
                let (left, now) = (full, execution.job.now)
                let next = try await store.withSystemTransaction { transaction in
                    try await transaction.exchangeSlot(
                        of: context.graph, tier: graph.tier, org: graph.org, for: context.subscription, leaving: left, now: now)
                }
                // Whoever has paid waits for room for a day (OPS-102).
                guard let next else { throw EngineError.full(name) }
                // What cannot be removed now the sweeper of orphans finds.
                try? await engine.discardUnused(place, warrant)
                place = EngineGraph(host: next.reference, graph: graph.id)
            }
        }
    }

    private func done(_ step: ProvisioningStep, host: GraphHost.ID, _ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            if step == .database, let resource = ResourceID(context.graph.description) {
                try await subscriptions.link(resource, to: context.subscription, fence: context.fence, in: transaction)
            }
            try await transaction.advance(
                context.operation, .step(at: step.position, .done, percent: step.percentDone, message: nil), at: now)
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    /// The point of no return: membership, activation with Billing, the end of the operation, in one transaction (G2).
    private func activate(_ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            let subscription = try await subscriptions.activate(context.subscription, fence: context.fence, in: transaction)
            guard var graph = try await transaction.lockedGraph(context.graph), let slot = try await transaction.slot(of: context.graph)
            else { throw EngineError.refused("graph \(context.graph) has no record") }
            graph.host = slot.host
            let access = AccessDecision.decide(
                AccessFacts(resource: .active, subscription: subscription, billingEnabled: true, isReadOnlyByDispute: false), now: now)
            guard let next = graph.applying(.activate(graph.engineMode(for: access)), at: now) else {
                throw EngineError.refused("graph \(context.graph) is \(graph.status.rawValue)")
            }
            try await transaction.save(next)
            try await transaction.occupySlot(of: graph.id)
            try await transaction.grant(.admin, on: graph.id, to: graph.createdBy, by: graph.createdBy, at: now)
            try await transaction.select(graph.id, for: graph.createdBy)
            try await transaction.advance(
                context.operation, .step(at: ProvisioningStep.activation.position, .begun, percent: nil, message: nil), at: now)
            try await transaction.advance(
                context.operation, .step(at: ProvisioningStep.activation.position, .done, percent: 100, message: nil), at: now)
            try await transaction.end(
                context.operation, .complete(result: Self.result(of: next), message: "The graph is ready"), at: now)
            try await transaction.record(
                GraphProvisionedEntry(next, operation: context.operation, data: ["tier": .string(next.tier.rawValue)]),
                by: .system(component: "graphs"))
            try await transaction.publish(GraphProvisioned(facts: GraphFactsOfEvent(next), tier: next.tier, at: now))
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    private static func result(of graph: Graph) -> JSONValue {
        [
            "graph_id": .string(graph.id.description), "tier": .string(graph.tier.rawValue), "graph_name": .string(graph.name),
            "status": .string(graph.status.rawValue),
        ]
    }

    private func note(_ error: EngineError, at step: ProvisioningStep, _ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(
                context.operation,
                .step(at: step.position, .failed(error: ProvisioningProblem(error).message), percent: nil, message: nil), at: now)
            if case .foreignObject(let name) = error, let graph = try await transaction.graph(context.graph) {
                try await transaction.record(
                    GraphEngineDrift(graph, operation: context.operation, data: ["object": .string(name)]), by: .system(component: "graphs")
                )
            }
        }
    }

    private func tell(_ transition: OperationTransition, _ execution: Execution) async throws {
        let (operation, now) = (execution.context.operation, execution.job.now)
        try await store.withSystemTransaction { try await $0.advance(operation, transition, at: now) }
    }
}

/// The creation was stopped by whoever asked for it.
private struct ProvisioningCancelled: Error {}

/// No host of the tier has room now.
private struct ProvisioningWithoutRoom: Error {}

/// What a customer is told of a failed step; what the host said stays with us (GRA-128).
struct ProvisioningProblem {
    let message: String

    init(_ error: EngineError) {
        message =
            switch error {
            case .unavailable, .uncertain, .full: "The graph host is busy or cannot be reached; trying again"
            case .refused, .foreignObject, .notUnused, .unknownHost, .unsupported: "The graph host could not do this step"
            }
    }

    /// How a provisioning ends that could not be done.
    static let failure = OperationFailure(
        code: "PROVISIONING_FAILED", message: "The graph could not be created. What was paid for it is given back.")
}

extension OperationTransaction {
    /// Moves an operation whose end may have come before: late news change nothing (OPS-025).
    func advance(_ id: Operation.ID, _ transition: OperationTransition, at now: Instant) async throws {
        guard let operation = try await lockedOperation(id), !operation.status.isTerminal else { return }
        let (next, event) = try operation.applying(transition, at: now)
        try await save(next, appending: event)
        try await tellEnd(of: next)
    }
}

extension GraphStore {
    /// Works for the product itself, on rows of whichever org.
    func withSystemTransaction<Value: Sendable>(_ body: (Transaction) async throws -> Value) async throws -> Value {
        try await withTransaction(.system, body)
    }
}
