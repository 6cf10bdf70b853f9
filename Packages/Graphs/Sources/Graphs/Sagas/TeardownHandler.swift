internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Does the steps of a destruction.
public struct TeardownHandler<Store: GraphStore>: SagaHandler {
    /// The kind of saga.
    public typealias Process = TeardownSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<TeardownSaga.Context>

    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue

    /// After how many failed attempts a step is reported as stuck (GRA-062).
    private static var attemptsUntilStuck: Int { 6 }

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
    }

    /// Does a step; what it finds done it leaves alone.
    public func perform(_ step: String, in execution: Execution) async throws -> SagaStepOutcome {
        guard let step = TeardownStep(rawValue: step) else { return .failed(reason: "unknown step \(step)") }
        do {
            if step == .records {
                try await closeRecords(execution)
                return .committed
            }
            let (graph, place, isWaived) = try await begin(step, execution)
            guard try await isWaived ? isAlone(graph) : work(step, on: graph, at: place, execution) else {
                return .waiting(BackupTaking.pause * 3)
            }
            try await done(step, execution)
            return .committed
        } catch {
            guard !(error is JobLeaseLost) else { throw error }
            try await report(step, execution)
            throw error
        }
    }

    /// There is no way back.
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome {
        .undone
    }

    /// Never called: from the first step on there is no way back.
    public func failed(_ execution: Execution, firstError: String) async throws {}

    private func begin(_ step: TeardownStep, _ execution: Execution) async throws -> (Graph, EngineGraph, isWaived: Bool) {
        let (context, now) = (execution.context, execution.job.now)
        return try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(context.graph), let slot = try await transaction.slot(of: context.graph)
            else { throw EngineError.refused("graph \(context.graph) has no record") }
            try await transaction.advance(context.operation, .start, at: now)
            try await transaction.advance(
                context.operation, .step(at: step.position, .begun, percent: nil, message: step.title), at: now)
            // What is lost with its host is asked for nothing more; nothing is dropped by that either.
            let isWaived = try await transaction.lockedTeardown(of: graph.id)?.waivedAt != nil
            return (graph, EngineGraph(host: slot.reference, graph: graph.id), isWaived)
        }
    }

    /// Whether its subgraphs are gone, which go first, each by steps of its own.
    private func isAlone(_ graph: Graph) async throws -> Bool {
        try await store.withSystemTransaction { try await $0.livingSubgraphs(of: graph.id).isEmpty }
    }

    /// - Returns: whether it was done; what is in its way is waited for, and is no failure.
    private func work(_ step: TeardownStep, on graph: Graph, at place: EngineGraph, _ execution: Execution) async throws -> Bool {
        let warrant = StepWarrant(operation: execution.context.operation)
        switch step {
        case .close:
            try await engine.setMode(.none, epoch: graph.accessEpoch, of: place)
            let now = execution.job.now
            try await update(graph.id) { $0.closedAt = $0.closedAt ?? now }
        case .backup:
            return try await backUp(graph, at: place, warrant, execution)
        case .verify:
            try await verify(graph, execution)
        case .drop:
            guard try await !store.controlsOff().contains(.teardowns) else { return false }
            guard try await isAlone(graph) else { return false }
            // The proof is made anew: a proof that could be stored could be forged.
            let (backup, closedAt) = try await finalBackup(of: graph.id)
            let proof = try await FinalBackupVerification(archives: archives).verify(backup, of: graph.id, closedAt: closedAt)
            let now = execution.job.now
            try await update(graph.id) { $0.dropAllowedAt = $0.dropAllowedAt ?? now }
            try await engine.drop(place, proof: proof, warrant)
        case .principals:
            try await engine.dropPrincipals(place, warrant)
        case .absence:
            let left = try await engine.objects(of: place)
            guard left.isEmpty else { throw EngineError.unavailable("\(left.count) objects of \(graph.id) are still there") }
            let now = execution.job.now
            try await update(graph.id) { $0.absentAt = $0.absentAt ?? now }
        case .records:
            break
        }
        return true
    }

    private enum FinalBackup: Sendable {
        case complete
        case wait
        case take(GraphBackup)
    }

    /// - Returns: whether it was taken; a backup that is still being written is waited for (GRA-053).
    private func backUp(_ graph: Graph, at place: EngineGraph, _ warrant: StepWarrant, _ execution: Execution) async throws -> Bool {
        let now = execution.job.now
        let next = try await store.withSystemTransaction { transaction -> FinalBackup in
            // First, as wherever a host is locked after it.
            _ = try await transaction.lockedGraph(graph.id)
            guard let teardown = try await transaction.lockedTeardown(of: graph.id) else { return .complete }
            if let earlier = teardown.backup, var found = try await transaction.lockedBackup(earlier) {
                // One that was completed is good; one that was begun by a process that died is given up.
                if found.status == .completed { return .complete }
                found.status = .failed
                try await transaction.save(found)
            }
            guard try await transaction.runningBackups(besides: graph.id).ofGraph == nil else { return .wait }
            let new = GraphBackup(
                id: .make(at: now), graph: graph.id, initiator: .final, createdAt: now, status: .inProgress, archive: nil, completedAt: nil,
                verifiedAt: nil, expiresAt: now + hosting(execution.context))
            try await transaction.keep(new)
            var next = teardown
            next.backup = new.id
            try await transaction.save(next)
            return .take(new)
        }
        let backup: GraphBackup
        switch next {
        case .complete: return true
        case .wait: return false
        case .take(let new): backup = new
        }
        let timeout = catalogue.tier(graph.tier)?.workTimeout ?? .seconds(3_600)
        try await execution.job.extendDeadline(to: BackupTaking.room(for: timeout))
        let record = try await archives.write(place, timeout: timeout, warrant)
        guard try await store.complete(backup.id, with: record, at: execution.job.now) != nil else {
            try await archives.remove(record)
            throw EngineError.unavailable("another worker takes the final backup")
        }
        return true
    }

    private func verify(_ graph: Graph, _ execution: Execution) async throws {
        var (backup, closedAt) = try await finalBackup(of: graph.id)
        _ = try await FinalBackupVerification(archives: archives).verify(backup, of: graph.id, closedAt: closedAt)
        let now = execution.job.now
        backup.verifiedAt = backup.verifiedAt ?? now
        let verified = backup
        try await store.withSystemTransaction { transaction in
            try await transaction.save(verified)
            guard var teardown = try await transaction.lockedTeardown(of: graph.id) else { return }
            teardown.verifiedAt = teardown.verifiedAt ?? now
            try await transaction.save(teardown)
            try await transaction.record(FinalBackupCompleted(graph, backup: verified), by: .system(component: "graphs"))
        }
    }

    private func finalBackup(of graph: GraphID) async throws -> (GraphBackup, closedAt: Instant) {
        let teardown = try await store.withSystemTransaction { try await $0.lockedTeardown(of: graph) }
        guard let id = teardown?.backup, let closedAt = teardown?.closedAt, let backup = try await store.backup(id) else {
            throw FinalBackupFault.notCompleted
        }
        return (backup, closedAt)
    }

    private func update(_ graph: GraphID, _ change: @Sendable (inout Teardown) -> Void) async throws {
        try await store.withSystemTransaction { transaction in
            guard var teardown = try await transaction.lockedTeardown(of: graph) else { return }
            change(&teardown)
            try await transaction.save(teardown)
        }
    }

    private func done(_ step: TeardownStep, _ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(
                context.operation, .step(at: step.position, .done, percent: step.percentDone, message: nil), at: now)
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    /// G7, in one transaction.
    private func closeRecords(_ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(context.graph),
                let teardown = try await transaction.lockedTeardown(of: context.graph),
                teardown.finalBackup != nil || teardown.waivedAt != nil,
                let next = graph.applying(.finishTeardown, at: now)
            else { throw EngineError.refused("graph \(context.graph) is not being destroyed") }
            try await transaction.save(next)
            try await transaction.closeGrants(of: graph.id)
            let keys = try await transaction.revokeKeys(
                ofGraph: graph.id.description, of: nil, because: "graph_deprovisioned", at: now)
            for (user, key) in keys {
                try await transaction.recordEnd(of: key, of: user, because: "graph_deprovisioned", by: "graphs")
            }
            try await transaction.tellOrgs(ofRevoked: keys.map(\.1))
            try await transaction.freeSlot(of: graph.id, or: nil)
            try await transaction.releaseGraphSlot(ofGraph: graph.id.description)
            try await transaction.forgetParts(of: graph.id)
            try await transaction.advance(
                context.operation, .step(at: TeardownStep.records.position, .done, percent: 100, message: nil), at: now)
            let last = LastBackup(teardown, keptUntil: (teardown.closedAt ?? now) + hosting(context))
            if graph.id.isSubgraph {
                try await close(next, last, execution, in: transaction)
                return
            }
            try await transaction.end(
                context.operation,
                .complete(
                    result: last.result(
                        of: ["graph_id": .string(graph.id.description), "status": "deprovisioned"], id: "final_backup_id"),
                    message: "The graph is gone"), at: now)
            try await transaction.record(
                GraphDeprovisionedEntry(next, operation: context.operation, data: last.data), by: .system(component: "graphs"))
            try await transaction.publish(
                GraphDeprovisioned(
                    facts: GraphFactsOfEvent(next), finalBackup: last.id, backupKeptUntil: last.id.map { _ in last.keptUntil }))
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    private func close(
        _ subgraph: Graph, _ last: LastBackup, _ execution: Execution, in transaction: Store.Transaction
    ) async throws {
        let (operation, now) = (execution.context.operation, execution.job.now)
        let parent = subgraph.id.topLevel
        try await transaction.record(
            SubgraphDeletedEntry(
                subgraph, operation: operation, data: last.data.merging(["parent": .string(parent.description)]) { $1 }),
            by: .system(component: "graphs"))
        var facts: [String: JSONValue] = ["graph_id": .string(subgraph.id.description), "status": "deleted"]
        if let backup = last.id { facts["backup_location"] = .string("/v1/graphs/\(parent)/backups/\(backup)") }
        try await transaction.end(
            operation, .complete(result: last.result(of: facts, id: "backup_id"), message: "The subgraph is gone"), at: now)
        try await transaction.finishStep(execution.lease, output: .null)
    }

    private func hosting(_ context: TeardownSaga.Context) -> Duration {
        context.keptDays.map { .days($0) } ?? catalogue.finalBackupHosting
    }

    /// Tells the readers that a step is tried again, and after the sixth time the operators (GRA-062).
    private func report(_ step: TeardownStep, _ execution: Execution) async throws {
        let (context, now, attempt) = (execution.context, execution.job.now, execution.job.attempt)
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(
                context.operation,
                .step(
                    at: step.position, .retrying(error: "This step did not succeed yet; trying again", at: nil), percent: nil, message: nil),
                at: now)
            guard attempt >= Self.attemptsUntilStuck, let graph = try await transaction.graph(context.graph) else { return }
            try await transaction.record(
                GraphTeardownStuck(graph, operation: context.operation, step: step.rawValue), by: .system(component: "graphs"))
        }
    }
}
