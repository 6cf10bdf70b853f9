internal import Audit
public import Billing
public import Core
public import Identity
internal import Operations
internal import Orgs

/// Graphs as people ask for them.
public struct GraphService<Store: GraphStore, Subscriptions: SubscriptionManaging>: GraphManaging
where Subscriptions.Transaction == Store.Transaction {
    let store: Store
    let subscriptions: Subscriptions
    let engine: any GraphEngine
    let lifecycle: GraphLifecycle
    let catalogue: GraphCatalogue
    let isBillingEnabled: Bool
    let dateSource: any DateSource

    /// Makes a service.
    public init(
        store: Store, subscriptions: Subscriptions, engine: any GraphEngine, catalogue: GraphCatalogue, isBillingEnabled: Bool,
        dateSource: any DateSource
    ) {
        self.store = store
        self.subscriptions = subscriptions
        self.engine = engine
        self.catalogue = catalogue
        self.isBillingEnabled = isBillingEnabled
        self.dateSource = dateSource
        lifecycle = GraphLifecycle(catalogue: catalogue)
    }

    /// Lists what the caller can open.
    public func graphs(as caller: GraphCaller, includingEnded: Bool) async throws -> (graphs: [GraphForUser], selected: GraphID?) {
        try await store.graphs(for: caller, includingEnded: includingEnded)
    }

    /// Lists the repositories that the caller's seats open.
    public func repositories(as caller: GraphCaller) async throws -> [RepositoryForUser] {
        try await store.repositories(for: caller.user, at: dateSource.now)
    }

    /// Looks a slug up.
    public func isRepository(_ name: String) async throws -> Bool {
        guard let id = ResourceID(name) else { return false }
        return try await store.repository(id) != nil
    }

    /// Finds a graph for whoever has a role on it.
    public func graph(_ id: GraphID, as caller: GraphCaller) async throws -> GraphForUser {
        guard let found = try await store.graph(id, for: caller), !found.graph.status.isTerminal else { throw GraphError.notFound }
        try GraphRules.require(.viewer, role: found.role, of: found.graph)
        return found
    }

    /// Asks the engine, for at most 5 s (GRA-026).
    public func facts(of graph: Graph) async throws -> GraphFacts? {
        guard graph.status == .active || graph.status == .suspended, let id = graph.host, let host = try await store.host(id) else {
            return nil
        }
        do {
            return try await engine.facts(EngineGraph(host: host.reference, graph: graph.id), within: .seconds(5))
        } catch is EngineError {
            return nil
        }
    }

    /// Asks the engine and remembers what it says; what it said last stands in for it.
    public func reading(of graph: Graph) async throws -> GraphReading? {
        let now = dateSource.now
        var isHostReady = false
        if let host = graph.host { isHostReady = try await store.host(host)?.state == .ready }
        if let facts = try await facts(of: graph) {
            try await store.remember(facts, of: graph, at: now)
            return GraphReading(facts: facts, measuredAt: now, isLive: true, isHostReady: isHostReady)
        }
        guard !graph.status.isTerminal, let last = try await store.rememberedFacts(of: graph.id) else { return nil }
        return GraphReading(facts: last.facts, measuredAt: last.at, isLive: false, isHostReady: isHostReady)
    }

    /// Asks the engine of the graph's host, which knows without a call.
    public func missingCapabilities(of graph: Graph) async throws -> [EngineCapability] {
        guard let id = graph.host, let host = try await store.host(id) else { return [] }
        let present = engine.capabilities(of: host.reference)
        return EngineCapability.allCases.filter { !present.contains($0) }
    }

    /// Asks Billing's access function.
    public func access(to graph: Graph) async throws -> AccessDecision {
        guard let resource = ResourceID(graph.id.topLevel.description) else { return AccessDecision(.none, .noSubscription) }
        return try await subscriptions.access(
            to: .graph, resource, subscriber: nil, state: ResourceState(rawValue: graph.status.rawValue))
    }

    /// Lists completed backups.
    public func backups(of graph: GraphID) async throws -> [GraphBackup] {
        try await store.backups(of: graph)
    }

    /// Lists members for an admin.
    public func members(of id: GraphID, as caller: GraphCaller) async throws -> [GraphMember] {
        let found = try await graph(id, as: caller)
        try GraphRules.require(.admin, role: found.role, of: found.graph)
        let (grants, people) = (try await store.grants(on: id), try await store.members(of: found.graph.org))
        return GraphMember.everyone(grants: grants, members: people)
    }

    /// Replaces the caller's selection.
    public func select(_ id: GraphID, as caller: GraphCaller) async throws {
        let found = try await graph(id, as: caller)
        try await store.withSystemTransaction { try await $0.select(found.graph.id, for: caller.user) }
    }

    /// Reads free slots.
    public func capacity() async throws -> [TierCapacity] {
        try await store.capacity()
    }

    /// Reads what the machines said.
    public func machineMemory() async throws -> [TierName: Int] {
        try await store.machineMemory()
    }
}
