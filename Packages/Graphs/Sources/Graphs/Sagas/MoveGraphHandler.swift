internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Does the steps of a move. Each can be done again after an unknown outcome.
public struct MoveGraphHandler<Store: GraphStore>: SagaHandler {
    /// The kind of saga.
    public typealias Process = MoveGraphSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<MoveGraphSaga.Context>

    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue
    private let lifecycle: GraphLifecycle
    private let isBillingEnabled: Bool

    /// A graph and its subgraphs between their two places.
    private struct Passage: Sendable {
        let graphs: [Graph]
        let old: HostReference
        let new: HostReference
        let tier: GraphTier
    }

    /// Makes a handler.
    public init(
        store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue, isBillingEnabled: Bool
    ) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
        self.isBillingEnabled = isBillingEnabled
        lifecycle = GraphLifecycle(catalogue: catalogue)
    }

    /// Does a step and tells the readers of the operation about it.
    public func perform(_ step: String, in execution: Execution) async throws -> SagaStepOutcome {
        guard let step = MoveGraphStep(rawValue: step) else { return .failed(reason: "unknown step \(step)") }
        switch step {
        case .open:
            try await open(execution)
            return .committed
        case .settle:
            try await settle(execution)
            return .done(output: .null)
        case .place, .copy, .logins, .close: break
        }
        do {
            let passage = try await begin(step, execution)
            var output = JSONValue.null
            switch step {
            case .place: try await prepare(passage, execution)
            case .copy: try await copy(passage, execution)
            case .logins: output = .array(try await admitLogins(passage).map { .string($0) })
            case .close, .open, .settle: try await close(passage)
            }
            try await done(step, execution, output: output)
            return .committed
        } catch let error as EngineError where error.nature == .definitive || execution.job.isLastAttempt {
            try await tell(
                .step(at: step.position, .failed(error: "This step could not be done"), percent: nil, message: nil), execution)
            return .failed(reason: error.description)
        }
    }

    /// Lets the graph be written where it is, and removes what was made on the other host.
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome {
        let (context, now) = (execution.context, execution.job.now)
        try await tell(.compensate(Self.failure), execution)
        let (graphs, slot) = try await store.withSystemTransaction { transaction in
            let graphs = try await transaction.locked(context.parts)
            for var graph in graphs where graph.isBeingMoved {
                graph.isBeingMoved = false
                try await transaction.save(graph)
            }
            if let first = context.parts.first {
                try await lifecycle.reopen(first.graph, isBillingEnabled: isBillingEnabled, at: now, in: transaction)
            }
            return (graphs, try await newSlot(context, in: transaction))
        }
        guard let slot else { return .undone }
        for graph in graphs {
            let place = EngineGraph(host: slot.reference, graph: graph.id)
            // Nobody knows of them there.
            for login in try await store.credentials(of: graph.id) { try await engine.revoke(role: login.role, of: place) }
            try await engine.discardUnused(place, warrant(of: graph.id, context))
        }
        try await store.withSystemTransaction { transaction in
            for graph in graphs {
                try await transaction.forgetPlace(of: graph.id, on: context.host)
                try await transaction.giveNewSlotBack(of: graph.id)
            }
        }
        return .undone
    }

    /// The graph is where it was, and everything in it.
    public func failed(_ execution: Execution, firstError: String) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            for part in context.parts { try await transaction.end(part.operation, .fail(Self.failure), at: now) }
        }
    }

    private static var failure: Operations.OperationFailure {
        OperationFailure(code: "MOVE_FAILED", message: "The graph could not be brought to another host. It is where it was.")
    }

    private func warrant(of graph: GraphID, _ context: MoveGraphSaga.Context) throws -> StepWarrant {
        guard let part = context.parts.first(where: { $0.graph == graph }) else { throw EngineError.refused("\(graph) is no part of this") }
        return StepWarrant(operation: part.operation)
    }

    private func newSlot(_ context: MoveGraphSaga.Context, in transaction: Store.Transaction) async throws -> HostSlot? {
        guard let first = context.parts.first else { return nil }
        return try await transaction.newSlot(of: first.graph)
    }

    private func begin(_ step: MoveGraphStep, _ execution: Execution) async throws -> Passage {
        let (context, now) = (execution.context, execution.job.now)
        guard let host = try await store.host(context.host) else { throw EngineError.refused("the old host is not known any more") }
        // It takes graphs again: what has not begun to be copied stays (GRA-100).
        guard step > .place || host.state == .draining else { throw EngineError.refused("the host takes graphs again") }
        return try await store.withSystemTransaction { transaction in
            var graphs = try await transaction.locked(context.parts)
            guard graphs.count == context.parts.count, graphs.allSatisfy({ $0.status == .active || $0.status == .suspended }),
                let first = graphs.first, let tier = catalogue.tier(first.tier), let slot = try await newSlot(context, in: transaction)
            else { throw EngineError.refused("the graph is not in use, or has no place to go to") }
            switch step {
            case .copy: graphs = try await freeze(graphs, at: now, in: transaction)
            case .close:
                graphs = graphs.map { $0.withMode(.none) }
                for graph in graphs { try await transaction.save(graph) }
            case .place, .logins, .open, .settle: break
            }
            for part in context.parts {
                try await transaction.advance(part.operation, .start, at: now)
                try await transaction.advance(
                    part.operation, .step(at: step.position, .begun, percent: nil, message: step.title), at: now)
            }
            return Passage(graphs: graphs, old: host.reference, new: slot.reference, tier: tier)
        }
    }

    /// From now on nobody writes, whatever is paid or measured meanwhile.
    private func freeze(_ graphs: [Graph], at now: Instant, in transaction: Store.Transaction) async throws -> [Graph] {
        for var graph in graphs where !graph.isBeingMoved {
            if graph.mode > .read { graph = graph.withMode(.read) }
            graph.isBeingMoved = true
            try await transaction.save(graph)
        }
        return try await transaction.locked(graphs.map(\.id))
    }

    private func prepare(_ passage: Passage, _ execution: Execution) async throws {
        for host in [passage.old, passage.new] where !engine.capabilities(of: host).isSuperset(of: [.restore, .modes]) {
            throw EngineError.unsupported(.restore)
        }
        guard engine.capabilities(of: passage.new).isSuperset(of: engine.capabilities(of: passage.old)) else {
            throw EngineError.refused("the engine of \(passage.new.name) can do less")
        }
        guard try await engine.probe(passage.new).mayMaintain else {
            throw EngineError.refused("the maintenance login of \(passage.new.name) lacks rights")
        }
        for graph in passage.graphs {
            let place = EngineGraph(host: passage.new, graph: graph.id)
            let warrant = try warrant(of: graph.id, execution.context)
            try await engine.createPrincipals(place, warrant)
            try await engine.createDatabase(place, limits: passage.tier.engineLimits, warrant)
            try await engine.applyLimits(passage.tier.engineLimits, to: place, warrant)
        }
    }

    private func copy(_ passage: Passage, _ execution: Execution) async throws {
        try await execution.job.extendDeadline(to: BackupTaking.room(for: passage.tier.workTimeout) * passage.graphs.count)
        for graph in passage.graphs {
            let old = EngineGraph(host: passage.old, graph: graph.id)
            try await engine.setMode(graph.mode, epoch: graph.accessEpoch, of: old)
            // What was begun before could still be committed after the snapshot, and be lost.
            try await engine.endTransactions(of: old)
        }
        let (copying, host, now) = (GraphCopying(engine: engine, archives: archives), execution.context.host, execution.job.now)
        for graph in passage.graphs {
            let new = EngineGraph(host: passage.new, graph: graph.id)
            let warrant = try warrant(of: graph.id, execution.context)
            do {
                try await copying.copy(
                    EngineGraph(host: passage.old, graph: graph.id), into: new, of: passage.tier, for: warrant, at: now
                ) { record in
                    let place = LeftPlace(
                        graph: graph.id, host: host, operation: warrant.operation, nodes: record.nodes, edges: record.edges,
                        digest: record.contentDigest)
                    try await store.withSystemTransaction { try await $0.note(place) }
                }
            } catch let error where !(error is EngineError) && !(error is JobLeaseLost) && !(error is CancellationError) {
                throw EngineError.unavailable("the graph cannot be copied: \(errorChain(error))")
            }
            try await engine.verify(new, warrant)
        }
    }

    /// - Returns: the roles that are at the new place now.
    private func admitLogins(_ passage: Passage) async throws -> [String] {
        var roles: [String] = []
        for graph in passage.graphs {
            let new = EngineGraph(host: passage.new, graph: graph.id)
            try await engine.setMode(graph.mode, epoch: graph.accessEpoch, of: new)
            for login in try await store.sealedLogins(of: graph.id) {
                try await engine.admit(login, to: new, limits: passage.tier.engineLimits)
                roles.append(login.specification.role)
            }
        }
        return roles
    }

    /// Whoever still read there would read what is not true any more.
    private func close(_ passage: Passage) async throws {
        for graph in passage.graphs {
            try await engine.setMode(.none, epoch: graph.accessEpoch, of: EngineGraph(host: passage.old, graph: graph.id))
        }
    }

    private func admitted(_ execution: Execution) -> Set<String> {
        Set((execution.outputs[MoveGraphStep.logins.rawValue]?.arrayValue ?? []).compactMap(\.stringValue))
    }

    /// Place, mode, logins, the end of the operation and the news in one transaction.
    private func open(_ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        guard let first = context.parts.first, let from = try await store.host(context.host) else {
            throw EngineError.unavailable("the old host is not known any more")
        }
        let (admitted, release) = (admitted(execution), now + LeftPlace.kept)
        try await store.withSystemTransaction { transaction in
            let graphs = try await transaction.locked(context.parts)
            guard graphs.count == context.parts.count, let slot = try await transaction.takeNewSlot(of: first.graph) else {
                throw EngineError.unavailable("graph \(first.graph) has no place")
            }
            var ended = 0
            for var graph in graphs {
                graph.host = slot.host
                graph.isBeingMoved = false
                try await transaction.save(graph)
                for login in try await transaction.liveCredentials(of: graph.id) where !admitted.contains(login.role) {
                    try await transaction.revokeCredentials(login.id, of: graph.id, at: now)
                    try await transaction.record(GraphCredentialRevoked(graph, credential: login), by: .system(component: "graphs"))
                    ended += 1
                }
                try await transaction.leavePlace(of: graph.id, on: context.host, until: release, at: now)
                try await transaction.enqueue(
                    ReleasePlace(graph: graph.id, host: context.host),
                    JobOptions(runAt: release, uniqueKey: "\(graph.id) \(context.host)"))
            }
            try await lifecycle.reopen(first.graph, isBillingEnabled: isBillingEnabled, at: now, in: transaction)
            // Also where nothing changes by that: the new place has the mode of the copy.
            let moved = try await transaction.locked(context.parts)
            for graph in moved { try await lifecycle.applyMode(of: graph, in: transaction) }
            let (old, new) = (engine.address(of: from.reference), engine.address(of: slot.reference))
            for part in context.parts {
                try await transaction.advance(
                    part.operation, .step(at: MoveGraphStep.open.position, .done, percent: 100, message: nil), at: now)
                try await transaction.end(
                    part.operation,
                    .complete(
                        result: [
                            "graph_id": .string(part.graph.description), "host": new.map { .string($0.host) } ?? .null,
                            "port": new.map { .integer(Int64($0.port)) } ?? .null,
                        ], message: "The graph is on another host"), at: now)
            }
            guard let graph = moved.first else { return }
            try await transaction.record(
                GraphMovedEntry(
                    graph, operation: first.operation,
                    data: [
                        "from": .string(from.name), "to": .string(slot.hostName), "subgraphs": .integer(Int64(moved.count - 1)),
                        "ended_credentials": .integer(Int64(ended)),
                    ]),
                by: .system(component: "graphs"))
            try await transaction.publish(
                GraphMoved(facts: GraphFactsOfEvent(graph), address: old == new ? nil : new, hasEndedLogins: ended > 0))
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    /// A login that was revoked between its coming over and the change of the records was revoked at the old place.
    private func settle(_ execution: Execution) async throws {
        let admitted = admitted(execution)
        for part in execution.context.parts {
            let slot = try await store.withSystemTransaction { try await $0.slot(of: part.graph) }
            guard let slot else { continue }
            for login in try await store.credentials(of: part.graph) where login.revokedAt != nil && admitted.contains(login.role) {
                try await engine.revoke(role: login.role, of: EngineGraph(host: slot.reference, graph: part.graph))
            }
        }
    }

    private func done(_ step: MoveGraphStep, _ execution: Execution, output: JSONValue) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            for part in context.parts {
                try await transaction.advance(
                    part.operation, .step(at: step.position, .done, percent: step.percentDone, message: nil), at: now)
            }
            try await transaction.finishStep(execution.lease, output: output)
        }
    }

    private func tell(_ transition: OperationTransition, _ execution: Execution) async throws {
        let (parts, now) = (execution.context.parts, execution.job.now)
        try await store.withSystemTransaction { transaction in
            for part in parts { try await transaction.advance(part.operation, transition, at: now) }
        }
    }
}

extension GraphTransaction {
    /// The graphs of a move, locked in its order.
    fileprivate func locked(_ parts: [MoveGraphSaga.Context.Part]) async throws -> [Graph] { try await locked(parts.map(\.graph)) }

    fileprivate func locked(_ ids: [GraphID]) async throws -> [Graph] {
        var graphs: [Graph] = []
        for id in ids { if let graph = try await lockedGraph(id) { graphs.append(graph) } }
        return graphs
    }
}
