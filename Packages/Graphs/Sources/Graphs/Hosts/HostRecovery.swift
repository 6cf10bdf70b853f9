public import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
public import Operations
public import Orgs

/// A graph whose host is lost, and what there is of it elsewhere.
public struct LostGraph: Sendable, Hashable {
    /// The graph.
    public let graph: GraphID
    /// Whose it is.
    public let org: Org.ID
    /// What it is called.
    public let name: String
    /// Its newest complete backup; `nil` when it has none.
    public let backup: GraphBackup.ID?
    /// When that began to be written: what was done later is not in it.
    public let dataAsOf: Instant?
    /// The newest attempt to bring it to another host, and when it was begun.
    public let attempt: Operation.ID?
    let attemptedAt: Instant?
    /// Whether that is under way.
    public let isUnderWay: Bool
    /// Whether anything works on it that excludes everything else.
    public let isBusy: Bool

    /// Describes a graph.
    public init(
        graph: GraphID, org: Org.ID, name: String, backup: GraphBackup.ID?, dataAsOf: Instant?, attempt: Operation.ID?,
        attemptedAt: Instant?, isUnderWay: Bool, isBusy: Bool
    ) {
        self.graph = graph
        self.org = org
        self.name = name
        self.backup = backup
        self.dataAsOf = dataAsOf
        self.attempt = attempt
        self.attemptedAt = attemptedAt
        self.isUnderWay = isUnderWay
        self.isBusy = isBusy
    }

    /// Whether the newest attempt was begun at an instant or later.
    func wasTried(since instant: Instant) -> Bool { attemptedAt.map { $0 >= instant } ?? false }
}

/// What operators do when a host is lost (GRA-102).
public struct HostRecovery<Store: GraphStore>: Sendable {
    private let store: Store
    private let hosts: any HostChecking
    private let dateSource: any DateSource

    /// Makes it.
    public init(store: Store, hosts: any HostChecking, dateSource: any DateSource) {
        self.store = store
        self.hosts = hosts
        self.dateSource = dateSource
    }

    /// The graphs that have their place on a host, each with its newest backup, in the order of their ids.
    ///
    /// - Throws: ``HostRefusal/notFound``.
    public func graphs(on host: GraphHost.ID) async throws -> [LostGraph] {
        guard try await store.host(host) != nil else { throw HostRefusal.notFound }
        return try await store.withSystemTransaction { try await $0.lostGraphs(on: host) }
    }

    /// Gives a host up that does not answer, and begins to bring its graphs back on others.
    ///
    /// - Returns: the graphs that were on it; those without a backup stay behind.
    /// - Throws: ``HostRefusal`` when it answers: what it holds is newer than any backup.
    public func begin(on id: GraphHost.ID, because reason: String, by actor: AuditActor) async throws -> [LostGraph] {
        guard let host = try await store.host(id) else { throw HostRefusal.notFound }
        guard host.state != .retired else { throw HostRefusal.retired(host.name) }
        // Its probes have failed for a while, or an operator had it drained; and now it says nothing at all, not even that a login is wrong.
        guard host.state != .ready, try await isSilent(host) else { throw HostRefusal.answers(host.name) }
        return try await begin(on: host, because: reason, by: actor)
    }

    private func isSilent(_ host: GraphHost) async throws -> Bool {
        do {
            return try await hosts.faults(of: host.reference).contains { $0.check == .reachability }
        } catch EngineError.unknownHost(let name) {
            throw HostRefusal.unknown(name)
        }
    }

    private func begin(on host: GraphHost, because reason: String, by actor: AuditActor) async throws -> [LostGraph] {
        let now = dateSource.now
        return try await store.withSystemTransaction { transaction in
            // It takes no graphs any more, also when it comes back.
            guard try await transaction.giveUp(host.id, at: now) else { throw HostRefusal.retired(host.name) }
            let lost = try await transaction.lostGraphs(on: host.id)
            // What graphs had left there went with it.
            try await transaction.forgetPlaces(on: host.id)
            try await transaction.record(
                GraphHostLost(host, graphs: lost.count, withoutBackup: lost.count { $0.backup == nil }, because: reason), by: actor)
            _ = try await transaction.startSaga(
                RecoverHostSaga.self, key: host.id.description, context: RecoverHostSaga.Context(host: host.id, orderedAt: now))
            return lost
        }
    }
}

/// Begins the recovery of each graph of a lost host.
public struct RecoverHostHandler<Store: GraphStore>: SagaHandler {
    /// The kind of saga.
    public typealias Process = RecoverHostSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<RecoverHostSaga.Context>

    private let store: Store

    /// How many graphs are brought back at once.
    private static var atOnce: Int { 4 }
    /// How long it waits between two looks.
    private static var pause: Duration { .seconds(5) }

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// Begins as many as may be under way at once; once all were tried, it tells which stayed behind.
    public func perform(_ step: String, in execution: Execution) async throws -> SagaStepOutcome {
        let (context, now) = (execution.context, execution.job.now)
        let (isOver, left) = try await store.withSystemTransaction { transaction in
            let graphs = try await transaction.lostGraphs(on: context.host)
            var underWay = graphs.count(where: \.isUnderWay)
            var waiting = 0
            for lost in graphs where !lost.isUnderWay && !lost.wasTried(since: context.orderedAt) {
                guard let backup = lost.backup else { continue }
                if lost.isBusy || underWay >= Self.atOnce {
                    waiting += 1
                } else if try await transaction.beginRecovery(of: lost.graph, on: context.host, from: backup, at: now) {
                    underWay += 1
                }
            }
            return (underWay + waiting == 0, graphs.map(\.graph.description))
        }
        guard isOver else { return .waiting(Self.pause) }
        return .done(output: ["left": .array(left.map { .string($0) })])
    }

    /// There is nothing to undo.
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome { .undone }

    /// Never called: its one step cannot fail for good.
    public func failed(_ execution: Execution, firstError: String) async throws {}
}

extension GraphTransaction {
    /// Begins to bring a graph back on another host, as a backup holds it.
    ///
    /// - Returns: whether it was begun; a graph that came elsewhere meanwhile, or is being destroyed, needs none.
    func beginRecovery(of id: GraphID, on host: GraphHost.ID, from backup: GraphBackup.ID, at now: Instant) async throws -> Bool {
        guard let graph = try await lockedGraph(id), graph.host == host, graph.status == .active || graph.status == .suspended else {
            return false
        }
        let operation = Operation.ID.make(at: now)
        try await accept(
            NewOperation(
                kind: .graphMove, org: graph.org, graph: graph.id.description, startedBy: nil,
                message: "Bringing the graph back from its newest backup", steps: RecoverGraphStep.allCases.map(\.title),
                result: ["graph_id": .string(graph.id.description), "backup_id": .string(backup.description)]),
            id: operation, at: now)
        _ = try await startSaga(
            RecoverGraphSaga.self, key: graph.id.description,
            context: RecoverGraphSaga.Context(graph: graph.id, operation: operation, host: host, backup: backup))
        return true
    }
}
