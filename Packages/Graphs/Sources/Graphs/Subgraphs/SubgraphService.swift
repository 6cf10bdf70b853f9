internal import Audit
public import Billing
internal import Core
public import Identity
internal import Jobs
public import Operations
internal import Orgs

/// Subgraphs: further databases under a graph that is paid for (GRA-070 to GRA-074).
public protocol SubgraphManaging: Sendable {
    /// Asks for a subgraph.
    ///
    /// - Throws: ``GraphError``, ``GraphDraft/Faults``, ``StoredAnswer``.
    func create(
        _ wish: SubgraphWish, under parent: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Asks for the end of a subgraph. Nothing is dropped before a backup of it was read back whole.
    ///
    /// - Throws: ``GraphError``, ``StoredAnswer``.
    func delete(
        _ wish: SubgraphDeletion, under parent: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// The subgraphs of a graph.
    func subgraphs(of parent: GraphID, as caller: GraphCaller) async throws -> SubgraphList

    /// One subgraph by its name.
    func subgraph(named name: String, of parent: GraphID, as caller: GraphCaller) async throws -> SubgraphView
}

/// What somebody asks about the end of a subgraph (wire contract, DeleteSubgraphOp).
public struct SubgraphDeletion: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Whether it is to go even when it holds data.
    public let isForced: Bool
    /// Whether its backup is to be kept as long as a graph's last one; without, it is kept for a day, in case of a mistake.
    public let keepsBackup: Bool

    /// Describes a wish.
    public init(name: String, isForced: Bool, keepsBackup: Bool) {
        self.name = name
        self.isForced = isForced
        self.keepsBackup = keepsBackup
    }
}

/// Subgraphs by a store and an engine.
public struct SubgraphService<Store: GraphStore, Subscriptions: SubscriptionManaging>: SubgraphManaging
where Subscriptions.Transaction == Store.Transaction {
    private let graphs: GraphService<Store, Subscriptions>

    /// Makes the service beside that of graphs.
    public init(_ graphs: GraphService<Store, Subscriptions>) {
        self.graphs = graphs
    }

    /// The row is made under the lock of the parent, so that no two calls get the last place or one name.
    public func create(
        _ wish: SubgraphWish, under parent: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await administered(parent, by: caller)
        let (call, earlier) = try await graphs.earlierAnswer(to: .createSubgraph, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        try wish.check(under: parent, known: graphs.catalogue.extensions)
        guard let id = wish.id(under: parent), let tier = graphs.catalogue.tier(found.graph.tier) else { throw GraphError.notFound }
        if wish.forksParent, try await graphs.missingCapabilities(of: found.graph).contains(.restore) {
            throw GraphError.engineUnsupported(.restore)
        }
        let size = wish.forksParent ? try await size(of: found.graph) : 0
        let (now, operation) = (graphs.dateSource.now, Operation.ID.make(at: graphs.dateSource.now))
        return try await accepting(operation, call) { transaction in
            guard let locked = try await transaction.lockedGraph(parent), locked.status == .active else {
                throw GraphError.notActive(found.graph.status)
            }
            if let running = try await transaction.exclusiveOperation(of: parent) { throw GraphError.operationRunning(running) }
            let present = GraphForUser(graph: locked, granted: found.granted, orgRole: found.orgRole)
            let siblings = try await transaction.subgraphs(of: parent)
            if wish.forksParent {
                let cap = Int64(tier.storageCapGB) << 30
                let held = try await transaction.subgraphSizes(of: parent).values.reduce(size, +)
                guard held + size <= cap else { throw GraphError.storageFull(bytes: held + size, cap: cap) }
                guard try await transaction.hasRoomForCopy(of: parent) else { throw GraphError.noRoomForCopy }
            }
            try GraphRules.check(.write, in: await graphs.situation(of: present, in: transaction))
            let place = try SubgraphRules.place(for: id, among: siblings, limit: tier.subgraphs)
            let subgraph = Graph(subgraph: place, of: locked, wish, by: caller.user, operation: operation, at: now)
            try await transaction.insert(subgraph)
            try await transaction.accept(
                NewOperation(
                    kind: .createSubgraph, org: locked.org, graph: parent.description, startedBy: caller.user,
                    message: "Creating the subgraph", steps: ["Creating the subgraph"],
                    result: ["graph_id": .string(id.description), "parent_graph_id": .string(parent.description), "status": "creating"],
                    limit: BackupTaking.limit(of: tier)),
                id: operation, at: now)
            try await transaction.enqueue(
                CreateSubgraph(subgraph: id, operation: operation, forksParent: wish.forksParent),
                JobOptions(uniqueKey: id.description, org: locked.org.uuid))
        }
    }

    /// The teardown saga does it: it takes the backup, reads it back, and drops nothing without.
    public func delete(
        _ wish: SubgraphDeletion, under parent: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await administered(parent, by: caller)
        let (call, earlier) = try await graphs.earlierAnswer(to: .deleteSubgraph, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        let subgraph = try await named(wish.name, of: parent)
        try await checkContents(of: subgraph, under: found.graph, isForced: wish.isForced)
        let (now, operation) = (graphs.dateSource.now, Operation.ID.make(at: graphs.dateSource.now))
        return try await accepting(operation, call) { transaction in
            guard let locked = try await transaction.lockedGraph(parent), locked.status == .active || locked.status == .suspended else {
                throw GraphError.notActive(found.graph.status)
            }
            if let running = try await transaction.exclusiveOperation(of: parent) { throw GraphError.operationRunning(running) }
            guard let present = try await transaction.lockedGraph(subgraph.id) else { throw GraphError.notFound }
            try await transaction.accept(
                NewOperation(
                    kind: .deleteSubgraph, org: locked.org, graph: parent.description, startedBy: caller.user,
                    message: "Deleting the subgraph", steps: TeardownStep.allCases.map(\.title),
                    result: ["graph_id": .string(subgraph.id.description), "status": "deleting"]),
                id: operation, at: now)
            try await graphs.lifecycle.tearDown(
                subgraph: present, because: "deleted_by_admin", telling: operation, keptDays: wish.keepsBackup ? nil : 1, at: now,
                in: transaction)
        }
    }

    /// Sizes as they were sampled last: a list asks no host.
    public func subgraphs(of parent: GraphID, as caller: GraphCaller) async throws -> SubgraphList {
        let found = try await topLevel(parent, as: caller)
        let (living, sizes) = try await graphs.store.withSystemTransaction { transaction in
            (try await transaction.livingSubgraphs(of: parent), try await transaction.subgraphSizes(of: parent))
        }
        return SubgraphList(
            parent: found.graph, limit: graphs.catalogue.tier(found.graph.tier)?.subgraphs ?? 0,
            subgraphs: living.map { SubgraphView($0, bytes: sizes[$0.id]) })
    }

    /// Its host is asked what it holds.
    public func subgraph(named name: String, of parent: GraphID, as caller: GraphCaller) async throws -> SubgraphView {
        _ = try await topLevel(parent, as: caller)
        let subgraph = try await named(name, of: parent)
        return SubgraphView(subgraph, try await graphs.facts(of: subgraph))
    }

    private func topLevel(_ id: GraphID, as caller: GraphCaller) async throws -> GraphForUser {
        let found = try await graphs.graph(id, as: caller)
        guard !id.isSubgraph else { throw GraphError.isSubgraph(of: id.topLevel) }
        return found
    }

    private func administered(_ id: GraphID, by caller: GraphCaller) async throws -> GraphForUser {
        let found = try await topLevel(id, as: caller)
        try GraphRules.require(.admin, role: found.role, of: found.graph)
        return found
    }

    private func named(_ name: String, of parent: GraphID) async throws -> Graph {
        guard let id = GraphID(parent: parent, name: name.lowercased()),
            let found = try await graphs.store.withSystemTransaction({ try await $0.graph(id) }), !found.status.isTerminal
        else { throw GraphError.notFound }
        return found
    }

    private func size(of graph: Graph) async throws -> Int64 {
        guard let facts = try await graphs.facts(of: graph) else { throw GraphError.hostUnavailable }
        return facts.bytes
    }

    /// Data are deleted by force alone, and never under a parent that is protected (GRA-052).
    private func checkContents(of subgraph: Graph, under parent: Graph, isForced: Bool) async throws {
        guard subgraph.status == .active || subgraph.status == .suspended else { throw GraphError.notActive(subgraph.status) }
        guard !isForced || parent.isDeleteProtected else { return }
        guard let facts = try await graphs.facts(of: subgraph) else { throw GraphError.hostUnavailable }
        let nodes = facts.nodes.values.reduce(0, +)
        guard nodes > 0 else { return }
        if parent.isDeleteProtected { throw GraphError.deleteProtected }
        throw GraphError.subgraphHoldsData(nodes: nodes)
    }

    private func accepting(
        _ operation: Operation.ID, _ call: IdempotentCall?, _ work: (Store.Transaction) async throws -> Void
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let now = graphs.dateSource.now
        let first: Operation.ID?
        do {
            first = try await graphs.store.withSystemTransaction { transaction -> Operation.ID? in
                if let first = try await transaction.replay(of: call, for: operation, isSettled: true, at: now) { return first }
                try await work(transaction)
                return nil
            }
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        } catch OperationError.exclusiveOperationRunning(let running) {
            throw GraphError.operationRunning(running)
        }
        guard let accepted = try await graphs.store.operation(first ?? operation) else { throw GraphError.notFound }
        return (accepted, first != nil)
    }
}
