internal import Billing
internal import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

/// Upkeep of graphs' databases that people ask for.
public protocol GraphUpkeeping: Sendable {
    /// Asks for what is known of a graph to be brought in line with what it holds (GRA-033).
    ///
    /// - Throws: ``GraphError``, ``GraphDraft/Faults``, ``StoredAnswer``.
    func materialize(
        _ wish: MaterializeWish, of id: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool)

    /// Asks for the dead space of a graph to be given back (GRA-096).
    ///
    /// - Throws: ``GraphError``, ``StoredAnswer``.
    func compact(_ id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> (operation: Operation, isReplay: Bool)
}

extension GraphService: GraphUpkeeping {
    /// Whoever may write may ask, while the graph takes writes; one at a time.
    public func materialize(
        _ wish: MaterializeWish, of id: GraphID, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        try await begin(.materialize, on: id, needing: .member, key: key, as: caller) { found, operation, now, transaction in
            try wish.check()
            try GraphRules.check(.write, in: await situation(of: found, in: transaction))
            try await transaction.accept(
                NewOperation(
                    kind: .materialize, org: found.graph.org, graph: id.description, startedBy: caller.user,
                    message: "Statistics and counts are going to be refreshed", steps: ["Refreshing statistics and counts"],
                    result: ["graph_id": .string(id.description), "dry_run": .bool(wish.isRehearsal)]),
                id: operation, at: now)
            try await transaction.enqueue(
                MaterializeGraph(graph: id, operation: operation, isRehearsal: wish.isRehearsal),
                JobOptions(uniqueKey: operation.description, org: found.graph.org.uuid))
        }
    }

    /// Deleting makes room only after this; it goes on while the graph holds more than its tier does (GRA-094).
    public func compact(_ id: GraphID, key: CallKey?, as caller: GraphCaller) async throws -> (operation: Operation, isReplay: Bool) {
        try await begin(.compactGraph, on: id, needing: .admin, key: key, as: caller) { found, operation, now, transaction in
            if let place = try await transaction.slot(of: id) { try engine.require(.compaction, of: place.reference) }
            guard try await transaction.isOn(.storageReclaim) else { throw GraphError.storageReclaimOff }
            guard try await transaction.hasRoomForCopy(of: id) else { throw GraphError.noRoomForCopy }
            try await transaction.beginCompaction(of: found.graph, operation: operation, by: caller.user, at: now)
        }
    }

    /// Accepts work in the background that excludes nothing but another of its kind on the same graph.
    private func begin(
        _ kind: OperationKind, on id: GraphID, needing role: GraphRole, key: CallKey?, as caller: GraphCaller,
        _ accept: (GraphForUser, Operation.ID, Instant, Store.Transaction) async throws -> Void
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await graph(id, as: caller)
        try GraphRules.require(role, role: found.role, of: found.graph)
        let (call, earlier) = try await earlierAnswer(to: kind, of: found, key: key, as: caller)
        if let earlier { return (earlier, true) }
        let (now, operation) = (dateSource.now, Operation.ID.make(at: dateSource.now))
        let first: Operation.ID?
        do {
            first = try await store.withSystemTransaction { transaction -> Operation.ID? in
                if let first = try await transaction.replay(of: call, for: operation, isSettled: true, at: now) { return first }
                guard let locked = try await transaction.lockedGraph(id), locked.status == .active else {
                    throw GraphError.notActive(found.graph.status)
                }
                if let running = try await transaction.exclusiveOperation(of: id) { throw GraphError.operationRunning(running) }
                if let running = try await transaction.unfinishedOperation(of: kind, on: id) { throw GraphError.operationRunning(running) }
                let present = GraphForUser(graph: locked, granted: found.granted, orgRole: found.orgRole)
                try await accept(present, operation, now, transaction)
                return nil
            }
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        }
        guard let accepted = try await store.operation(first ?? operation) else { throw GraphError.notFound }
        return (accepted, first != nil)
    }
}
