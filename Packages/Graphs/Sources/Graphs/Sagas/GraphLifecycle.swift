public import Audit
public import Billing
public import Core
public import Identity
internal import Jobs
public import Operations
public import Orgs

/// The moves of a graph that several commands share, each complete: row, saga, operation, jobs, audit entry and event in one transaction.
public struct GraphLifecycle: Sendable {
    private let catalogue: GraphCatalogue

    /// Makes the moves by the figures of a catalogue.
    public init(catalogue: GraphCatalogue) {
        self.catalogue = catalogue
    }

    /// G1: accepts a creation for which payment is certain. The graph a subscription has already is answered as it is.
    ///
    /// - Returns: the operation that tells about the creation.
    public func accept(
        _ creation: AcceptedCreation, at now: Instant, in transaction: some GraphTransaction
    ) async throws -> Operation.ID {
        if let present = try await transaction.graph(paidBy: creation.subscription) { return present.provisioning }
        let graph = Graph(
            creating: creation.draft, id: creation.graph, org: creation.org, by: creation.requestedBy, subscription: creation.subscription,
            provisioning: creation.operation, at: now)
        try await transaction.insert(graph)
        if let place = try await transaction.graphSlot(of: .subscription(creation.subscription)) {
            try await transaction.holdGraphSlot(place.id, for: graph.id.description)
        }
        // It is there already when the customer was told to wait for the payment provider.
        if let waiting = try await transaction.lockedOperation(creation.operation) {
            try await transaction.noteBegin(of: waiting, at: now)
            if let limit = OperationKind.createGraph.timeLimit {
                try await transaction.setDeadline(of: waiting, to: now + limit.duration)
            }
            try await transaction.advance(
                creation.operation, .step(at: 0, .done, percent: nil, message: "Creating the graph"), at: now)
        } else {
            try await transaction.accept(
                Self.operation(
                    creating: graph.id, tier: graph.tier, org: graph.org, by: creation.requestedBy, isPaid: true,
                    message: "Creating the graph"),
                id: creation.operation, at: now)
        }
        try await transaction.record(
            GraphCreateRequested(graph, operation: creation.operation, data: ["tier": .string(graph.tier.rawValue)]),
            by: .user(AuditReference(creation.requestedBy)))
        _ = try await transaction.startSaga(
            ProvisioningSaga.self, key: graph.id.description,
            context: ProvisioningSaga.Context(
                graph: graph.id, operation: creation.operation, subscription: creation.subscription, fence: creation.fence))
        return creation.operation
    }

    /// G4: closes a graph and keeps it.
    ///
    /// - Parameter hold: what keeps it beyond its retention; then nobody is told of a time at which it will be destroyed.
    public func suspend(
        _ graph: Graph, reason: String, holding hold: String? = nil, by actor: AuditActor, at now: Instant,
        in transaction: some GraphTransaction
    ) async throws {
        let purgeAt = now + catalogue.retention
        guard let suspended = graph.applying(.suspend(reason: reason, purgeAt: purgeAt), at: now),
            let next = hold == nil ? suspended : suspended.holdingPurge(because: hold)
        else { return }
        try await transaction.save(next)
        try await applyMode(of: next, in: transaction)
        try await follow(next, in: transaction) { $0.applying(.suspend(reason: reason, purgeAt: nil), at: now) }
        if hold == nil { try await transaction.enqueue(PurgeGraph(graph: graph.id), PurgeGraph.options(of: next, at: purgeAt)) }
        try await transaction.record(
            GraphSuspendedEntry(next, operation: nil, data: ["reason": .string(reason), "purge_at": .string(purgeAt.description)]),
            by: actor)
        if let hold { try await transaction.record(GraphPurgeHeldEntry(next, operation: nil, data: ["reason": .string(hold)]), by: actor) }
        try await transaction.publish(
            GraphSuspended(facts: GraphFactsOfEvent(next), reason: reason, purgeAt: hold == nil ? purgeAt : nil))
    }

    /// G5: opens a suspended graph again.
    public func resume(
        _ graph: Graph, mode: EngineMode, by actor: AuditActor, at now: Instant, in transaction: some GraphTransaction
    ) async throws {
        // What a restore or a move has closed, it opens itself: until then nothing may be written that the switch would throw away (GRA-086).
        let isHeld = try await isHeldClosed(graph, in: transaction)
        guard let next = graph.applying(.resume(isHeld ? .none : mode), at: now) else { return }
        try await transaction.save(next)
        try await applyMode(of: next, in: transaction)
        try await follow(next, in: transaction) { $0.applying(.resume(mode), at: now) }
        try await transaction.record(GraphResumedEntry(next, operation: nil), by: actor)
        try await transaction.publish(GraphResumed(facts: GraphFactsOfEvent(next)))
    }

    /// Keeps a suspended graph from being destroyed until the hold is let go (GRA-058).
    ///
    /// - Throws: ``GraphError/notActive(_:)`` from any other state.
    public func holdPurge(
        of graph: Graph, because reason: String, by actor: AuditActor, in transaction: some GraphTransaction
    ) async throws {
        guard let next = graph.holdingPurge(because: reason) else { throw GraphError.notActive(graph.status) }
        guard next != graph else { return }
        try await transaction.save(next)
        try await transaction.record(GraphPurgeHeldEntry(next, operation: nil, data: ["reason": .string(reason)]), by: actor)
    }

    /// Lets the purge of a graph go on: at its time, but never before its owners could be warned of that time.
    public func releasePurge(
        of graph: Graph, by actor: AuditActor, at now: Instant, in transaction: some GraphTransaction
    ) async throws {
        guard graph.purgeHold != nil, let released = graph.holdingPurge(because: nil) else { return }
        let next = try await letPurgeGo(of: released, at: now, in: transaction)
        try await transaction.record(GraphPurgeReleasedEntry(next, operation: nil), by: actor)
    }

    /// Closes a graph whose org was deleted, and keeps whatever is closed until that org's own purge (GRA-130). A hold that is there already stays.
    func keepForOrg(_ graph: Graph, by actor: AuditActor, at now: Instant, in transaction: some GraphTransaction) async throws {
        switch graph.status {
        case .active:
            try await suspend(
                graph, reason: GraphStatusReason.orgDeleted, holding: Self.holdOfOrg, by: actor, at: now, in: transaction)
        case .suspended where graph.purgeHold == nil:
            try await holdPurge(of: graph, because: Self.holdOfOrg, by: actor, in: transaction)
        case .suspended, .provisioning, .failed, .deprovisioning, .deprovisioned: break
        }
    }

    /// The org of a suspended graph was restored: what nobody has to pay for opens again when nothing but the org's end had closed it, and
    /// everything else is kept for a whole retention from now on (GRA-130, ORG-093).
    ///
    /// - Parameter access: what the access function says of it, were it open.
    func letGoWithOrg(
        _ graph: Graph, access: AccessDecision, by actor: AuditActor, at now: Instant, in transaction: some GraphTransaction
    ) async throws {
        guard graph.status == .suspended, let free = graph.purgeHold == Self.holdOfOrg ? graph.holdingPurge(because: nil) : graph else {
            return
        }
        let wasClosedByOrg = graph.statusReason == GraphStatusReason.orgDeleted
        if wasClosedByOrg, free.purgeHold == nil, access.level != .none {
            try await transaction.record(GraphPurgeReleasedEntry(free, operation: nil), by: actor)
            try await resume(free, mode: free.engineMode(for: access), by: actor, at: now, in: transaction)
            return
        }
        let next = try await letPurgeGo(
            of: free, notBefore: now + catalogue.retention,
            // Of a graph that the org's end closed nobody was told.
            missing: wasClosedByOrg ? [.suspension] : [], in: transaction)
        if graph.purgeHold != free.purgeHold { try await transaction.record(GraphPurgeReleasedEntry(next, operation: nil), by: actor) }
    }

    /// What is written on graphs that wait for the purge of their org.
    static var holdOfOrg: String { "its org is deleted" }

    /// Stores a graph whose destruction nothing keeps any more, and enqueues that: at its time, or three days on when that is over or near,
    /// since an earlier warning was of another day (GRA-052, GRA-057).
    func letPurgeGo(of graph: Graph, at now: Instant, in transaction: some GraphTransaction) async throws -> Graph {
        try await letPurgeGo(of: graph, notBefore: now + Self.lastNotice, missing: [], in: transaction)
    }

    private func letPurgeGo(
        of graph: Graph, notBefore earliest: Instant, missing: [MissingNotice], in transaction: some GraphTransaction
    ) async throws -> Graph {
        if let purgeAt = graph.purgeAt, purgeAt < earliest, let later = graph.puttingOffPurge(to: earliest) {
            try await transaction.save(later)
            try await transaction.enqueue(PurgeGraph(graph: graph.id), PurgeGraph.options(of: later, at: earliest))
            try await transaction.publish(GraphPurgePutOff(facts: GraphFactsOfEvent(later), purgeAt: earliest, missing: missing))
            return later
        }
        try await transaction.save(graph)
        if let purgeAt = graph.purgeAt {
            try await transaction.enqueue(PurgeGraph(graph: graph.id), PurgeGraph.options(of: graph, at: purgeAt))
        }
        return graph
    }

    /// How long before a destruction its owners hear of it at the latest.
    private static var lastNotice: Duration { .days(3) }

    /// When the retention of a suspended graph ends, had nothing stood in the way.
    func firstPurge(of graph: Graph) -> Instant { graph.statusSince + catalogue.retention }

    /// Puts a purge off because of what cannot be shown to have been said; it is said again (GRA-057).
    func putOffPurge(
        of graph: Graph, to purgeAt: Instant, missing: [MissingNotice], by actor: AuditActor, in transaction: some GraphTransaction
    ) async throws {
        guard let next = graph.puttingOffPurge(to: purgeAt) else { throw GraphError.notActive(graph.status) }
        try await transaction.save(next)
        try await transaction.enqueue(PurgeGraph(graph: graph.id), PurgeGraph.options(of: next, at: purgeAt))
        let data: [String: JSONValue] = [
            "reason": .string("notices are missing: \(missing.map(\.rawValue).joined(separator: ", "))"),
            "purge_at": .string(purgeAt.description),
        ]
        try await transaction.record(GraphPurgeDeferredEntry(next, operation: nil, data: data), by: actor)
        try await transaction.publish(GraphPurgePutOff(facts: GraphFactsOfEvent(next), purgeAt: purgeAt, missing: missing))
    }

    /// Lets the engine do what the record says from now on. What a restore or a move has closed for its switch stays closed until that is
    /// over: it then decides anew (GRA-086, GRA-100).
    public func change(_ graph: Graph, to mode: EngineMode, in transaction: some GraphTransaction) async throws {
        if graph.mode == .none, try await isHeldClosed(graph, in: transaction) { return }
        try await open(graph, to: mode, in: transaction)
    }

    /// The same for the restore itself.
    func open(_ graph: Graph, to mode: EngineMode, in transaction: some GraphTransaction) async throws {
        let next = graph.withMode(mode)
        if next != graph {
            try await transaction.save(next)
            try await applyMode(of: next, in: transaction)
        }
        // What closes a graph while it stays in use is a restore of its own contents, which its subgraphs have no part in.
        guard mode != .none else { return }
        try await follow(next, in: transaction) { $0.status == .active ? $0.withMode(mode) : nil }
    }

    /// Lets the engine do again what pays for a graph in use allows, once what had closed it is over.
    func reopen(_ id: GraphID, isBillingEnabled: Bool, at now: Instant, in transaction: some GraphTransaction) async throws {
        guard let graph = try await transaction.lockedGraph(id), graph.status == .active else { return }
        var subscription: Subscription?
        if let payer = graph.subscription { subscription = try await transaction.subscription(payer) }
        let access = AccessDecision.decide(graph.accessFacts(subscription: subscription, isBillingEnabled: isBillingEnabled), now: now)
        try await open(graph, to: graph.engineMode(for: access), in: transaction)
    }

    /// Subgraphs do what their parent does (GRA-074): each has a record and an engine's mode of its own.
    private func follow(_ parent: Graph, in transaction: some GraphTransaction, _ move: (Graph) -> Graph?) async throws {
        guard !parent.id.isSubgraph else { return }
        for subgraph in try await transaction.livingSubgraphs(of: parent.id) {
            guard let next = move(subgraph), next != subgraph else { continue }
            try await transaction.save(next)
            try await applyMode(of: next, in: transaction)
        }
    }

    /// G6: begins the destruction.
    ///
    /// - Returns: the operation that tells about it.
    /// - Throws: ``GraphError/notActive(_:)`` from any state but active and suspended; ``OperationError/exclusiveOperationRunning(_:)``.
    public func beginTeardown(
        _ graph: Graph, reason: String, by actor: AuditActor, startedBy user: User.ID?, parent: Operation.ID?, at now: Instant,
        in transaction: some GraphTransaction
    ) async throws -> Operation.ID {
        guard let next = graph.applying(.beginTeardown(reason: reason), at: now) else { throw GraphError.notActive(graph.status) }
        let operation = Operation.ID.make(at: now)
        try await transaction.save(next)
        try await transaction.accept(
            NewOperation(
                kind: .graphTeardown, org: graph.org, graph: graph.id.description, startedBy: user, parent: parent,
                message: "Destroying the graph", steps: TeardownStep.allCases.map(\.title),
                result: ["graph_id": .string(graph.id.description)]),
            id: operation, at: now)
        try await transaction.save(Teardown(graph: graph.id, operation: operation))
        _ = try await transaction.startSaga(
            TeardownSaga.self, key: graph.id.description, context: TeardownSaga.Context(graph: graph.id, operation: operation))
        try await transaction.record(
            GraphTeardownStartedEntry(next, operation: operation, data: ["reason": .string(reason)]), by: actor)
        try await transaction.publish(GraphTeardownStarted(facts: GraphFactsOfEvent(next), reason: reason))
        for subgraph in try await transaction.livingSubgraphs(of: graph.id)
        where subgraph.status == .active || subgraph.status == .suspended {
            let part = Operation.ID.make(at: now)
            try await transaction.accept(
                NewOperation(
                    kind: .graphTeardown, org: graph.org, graph: subgraph.id.description, startedBy: user, parent: operation,
                    message: "Destroying the subgraph", steps: TeardownStep.allCases.map(\.title),
                    result: ["graph_id": .string(subgraph.id.description)]),
                id: part, at: now)
            try await tearDown(subgraph: subgraph, because: reason, telling: part, keptDays: nil, at: now, in: transaction)
        }
        return operation
    }

    /// Begins the destruction of a subgraph, by the same steps as that of a graph: nothing is dropped before its backup was read back (GRA-050).
    ///
    /// - Parameter keptDays: for how long the backup is kept; as long as the last one of a graph without.
    /// - Throws: ``GraphError/notActive(_:)`` from any state but active and suspended.
    func tearDown(
        subgraph: Graph, because reason: String, telling operation: Operation.ID, keptDays: Int?, at now: Instant,
        in transaction: some GraphTransaction
    ) async throws {
        guard let next = subgraph.applying(.beginTeardown(reason: reason), at: now) else { throw GraphError.notActive(subgraph.status) }
        try await transaction.save(next)
        try await transaction.save(Teardown(graph: subgraph.id, operation: operation))
        _ = try await transaction.startSaga(
            TeardownSaga.self, key: subgraph.id.description,
            context: TeardownSaga.Context(graph: subgraph.id, operation: operation, keptDays: keptDays))
    }

    /// The operation that tells about a creation.
    static func operation(creating graph: GraphID, tier: TierName, org: Org.ID, by user: User.ID?, isPaid: Bool, message: String)
        -> NewOperation
    {
        NewOperation(
            kind: .createGraph, org: org, graph: graph.description, startedBy: user, message: message,
            steps: [ProvisioningStep.paymentTitle] + ProvisioningStep.allCases.map(\.title), stepStates: [isPaid ? .done : .waiting],
            result: ["graph_id": .string(graph.description), "tier": .string(tier.rawValue)],
            // How long a payment may take Billing decides.
            limit: isPaid ? .ofKind : .none)
    }

    private func isHeldClosed(_ graph: Graph, in transaction: some GraphTransaction) async throws -> Bool {
        if graph.isBeingMoved { return true }
        guard let running = try await transaction.exclusiveOperation(of: graph.id) else { return false }
        return try await transaction.lockedOperation(running)?.kind == .restoreBackup
    }

    /// Brings the engine to the mode of the record, whatever it is at now.
    func applyMode(of graph: Graph, in transaction: some GraphTransaction) async throws {
        // Each epoch is a job of its own: one that is running with an older epoch must not swallow a newer one.
        try await transaction.enqueue(
            ApplyGraphMode(graph: graph.id, epoch: graph.accessEpoch),
            JobOptions(priority: .urgent, uniqueKey: "\(graph.id) \(graph.accessEpoch)", org: graph.org.uuid))
    }
}

/// A creation for which payment is certain.
public struct AcceptedCreation: Sendable {
    /// The id the graph gets.
    public let graph: GraphID
    /// The operation that will tell about it.
    public let operation: Operation.ID
    /// Whose it is.
    public let org: Org.ID
    /// Who asked.
    public let requestedBy: User.ID
    /// What pays for it.
    public let subscription: Subscription.ID
    /// To be shown to Billing when linking and activating.
    public let fence: Int64
    /// What is asked for.
    public let draft: GraphDraft

    /// Describes a creation.
    public init(
        graph: GraphID, operation: Operation.ID, org: Org.ID, requestedBy: User.ID, subscription: Subscription.ID, fence: Int64,
        draft: GraphDraft
    ) {
        self.graph = graph
        self.operation = operation
        self.org = org
        self.requestedBy = requestedBy
        self.subscription = subscription
        self.fence = fence
        self.draft = draft
    }
}
