internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
public import Operations
internal import Orgs

/// Empties hosts that are drained.
public struct DrainHostHandler<Store: GraphStore>: SagaHandler {
    /// The kind of saga.
    public typealias Process = DrainHostSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<DrainHostSaga.Context>

    private let store: Store
    private let engine: any GraphEngine

    /// How long it waits between two looks while a graph is on its way.
    private static var pause: Duration { .seconds(5) }
    /// How long it waits where there is no room, or nothing that can be moved now.
    private static var longPause: Duration { .minutes(1) }
    /// For how long a graph is left alone that could not be moved.
    static var pauseAfterFailure: Duration { .hours(6) }

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine) {
        self.store = store
        self.engine = engine
    }

    /// Begins the next move when none is under way. A host that takes graphs again is left; one that does not answer is waited for, or given up
    /// by an operator (GRA-102).
    public func perform(_ step: String, in execution: Execution) async throws -> SagaStepOutcome {
        let (context, now) = (execution.context, execution.job.now)
        guard let host = try await store.host(context.host), host.state == .draining else { return .done(output: ["emptied": false]) }
        do { _ = try await engine.probe(host.reference) } catch is EngineError { return .waiting(Self.longPause) }
        let turn = try await store.withSystemTransaction { transaction -> SagaStepOutcome in
            let graphs = try await transaction.lostGraphs(on: host.id)
            if graphs.isEmpty, try await !transaction.holdsPlaces(host.id) { return .done(output: ["emptied": true]) }
            if graphs.contains(where: \.isUnderWay) { return .waiting(Self.pause) }
            for graph in graphs where !graph.graph.isSubgraph && !graph.isBusy && !graph.wasTried(since: now - Self.pauseAfterFailure) {
                if try await transaction.beginMove(of: graph.graph, from: host.id, at: now) { return .waiting(Self.pause) }
            }
            return .waiting(Self.longPause)
        }
        return turn
    }

    /// There is nothing to undo.
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome { .undone }

    /// Never called: its one step cannot fail for good.
    public func failed(_ execution: Execution, firstError: String) async throws {}
}

extension GraphTransaction {
    /// Begins to bring a graph and its subgraphs to another host.
    ///
    /// - Returns: whether it was begun: not when no host has room, when something works on one of them, or one is in the making.
    func beginMove(of id: GraphID, from host: GraphHost.ID, at now: Instant) async throws -> Bool {
        guard let graph = try await lockedGraph(id), graph.host == host else { return false }
        let graphs = [graph] + (try await livingSubgraphs(of: id))
        for graph in graphs {
            guard graph.status == .active || graph.status == .suspended, try await exclusiveOperation(of: graph.id) == nil else {
                return false
            }
        }
        guard try await holdNewSlot(of: graph, besides: host, at: now) != nil else { return false }
        var parts: [MoveGraphSaga.Context.Part] = []
        for graph in graphs {
            let operation = Operation.ID.make(at: now)
            try await accept(
                NewOperation(
                    kind: .graphMove, org: graph.org, graph: graph.id.description, startedBy: nil, parent: parts.first?.operation,
                    message: "Bringing the graph to another host", steps: MoveGraphStep.told.map(\.title),
                    result: ["graph_id": .string(graph.id.description)]),
                id: operation, at: now)
            parts.append(MoveGraphSaga.Context.Part(graph: graph.id, operation: operation))
        }
        _ = try await startSaga(MoveGraphSaga.self, key: id.description, context: MoveGraphSaga.Context(parts: parts, host: host))
        return true
    }
}

/// The place a graph had on a host before it was moved, and what it held then.
public struct LeftPlace: Sendable, Hashable {
    /// For how long it is kept (GRA-066).
    static var kept: Duration { .hours(24) }

    /// The graph.
    public let graph: GraphID
    /// The host.
    public let host: GraphHost.ID
    /// The operation that moved it.
    public let operation: Operation.ID
    /// How many nodes it held.
    public let nodes: Int64
    /// How many edges it held.
    public let edges: Int64
    /// A digest of everything it held.
    public let digest: String?
    /// When it was left; `nil` while the graph still is there.
    public let leftAt: Instant?

    /// Describes a place.
    public init(
        graph: GraphID, host: GraphHost.ID, operation: Operation.ID, nodes: Int64, edges: Int64, digest: String?, leftAt: Instant? = nil
    ) {
        self.graph = graph
        self.host = host
        self.operation = operation
        self.nodes = nodes
        self.edges = edges
        self.digest = digest
        self.leftAt = leftAt
    }
}

/// Drops what a move has left on the old host, when its day is over.
public struct ReleasePlace: Job {
    /// `graphs.release_place`
    public static let kind = "graphs.release_place"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// A host that is away is asked again.
    public static let retryPolicy = RetryPolicy.untilDone
    /// As long as writing and reading an archive of the largest graph takes.
    public static let timeout = BackupTaking.timeout

    /// The graph.
    public let graph: GraphID
    /// The host it was on.
    public let host: GraphHost.ID

    /// Asks for it.
    public init(graph: GraphID, host: GraphHost.ID) {
        self.graph = graph
        self.host = host
    }
}

/// Releases old places.
public struct ReleasePlaceHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue

    /// How long it waits while operators hold destruction.
    private static var pause: Duration { .minutes(1) }

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
    }

    /// Reads an archive of the old place back, as before any drop (GRA-050), and compares it with what was moved. A place that holds anything
    /// else is left for operators: the sweep of hosts finds it.
    public func run(_ job: ReleasePlace, context: JobContext) async throws -> JobOutcome {
        let place = try await store.withSystemTransaction { try await $0.leftPlace(of: job.graph, on: job.host) }
        guard let place, place.leftAt != nil, let host = try await store.host(job.host) else {
            return .cancelled(reason: "there is nothing left to release")
        }
        guard try await !store.controlsOff().contains(.teardowns) else { return .snoozed(until: context.now + Self.pause) }
        let (old, warrant) = (EngineGraph(host: host.reference, graph: job.graph), StepWarrant(operation: place.operation))
        let isThere = try await engine.objects(of: old).contains { $0.kind == .database && $0.name == job.graph.databaseName }
        if isThere {
            let limit = catalogue.tiers.map(\.workTimeout).max() ?? .seconds(900)
            try await context.extendDeadline(to: BackupTaking.room(for: limit) + limit)
            let record = try await archives.write(old, timeout: limit, warrant)
            let proof: FinalBackupProof
            do {
                proof = try await FinalBackupVerification(archives: archives).verify(record, of: job.graph)
            } catch {
                try await archives.remove(record)
                throw error
            }
            try await archives.remove(record)
            guard record.nodes == place.nodes, record.edges == place.edges, record.contentDigest == place.digest else {
                try await store.withSystemTransaction { try await $0.forgetPlace(of: job.graph, on: job.host) }
                return .discarded(reason: "what it holds is not what was moved")
            }
            try await engine.drop(old, proof: proof, warrant)
        }
        try await engine.dropPrincipals(old, warrant)
        try await store.withSystemTransaction { transaction in
            try await transaction.forgetPlace(of: job.graph, on: job.host)
            guard let graph = try await transaction.graph(job.graph) else { return }
            try await transaction.record(GraphPlaceReleasedEntry(graph, host: host), by: .system(component: "graphs"))
        }
        return .completed
    }
}
