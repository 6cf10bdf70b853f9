internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
public import Operations
internal import Orgs

/// Does the steps of a restore. Each can be done again after an unknown outcome.
public struct RestoreHandler<Store: GraphStore>: SagaHandler {
    /// The kind of saga.
    public typealias Process = RestoreSaga
    /// One step's execution.
    public typealias Execution = SagaExecution<RestoreSaga.Context>

    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue
    private let lifecycle: GraphLifecycle
    private let isBillingEnabled: Bool

    /// For how long a safety copy is kept.
    private static var safetyDays: Int { 7 }
    /// For how long the database that was replaced is kept.
    private static var replacedKept: Duration { .hours(24) }

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
        guard let step = RestoreStep(rawValue: step) else { return .failed(reason: "unknown step \(step)") }
        do {
            if step == .records {
                try await finish(execution)
                return .committed
            }
            let (graph, place) = try await begin(step, execution)
            switch step {
            case .snapshot:
                guard try await takeSafetyCopy(of: graph, at: place, execution) else { return .waiting(BackupTaking.pause * 3) }
            case .load:
                try await load(graph, at: place, execution)
                return .committed
            case .compare: try await compare(graph, at: place, execution)
            case .close: try await close(place, execution)
            case .switchOver: try await engine.switchOver(place, copy(execution))
            case .records: break
            }
            try await done(step, execution)
            return .committed
        } catch let error where !(error is JobLeaseLost) && !(error is CancellationError) {
            guard await mayTurnBack(step, after: error, execution) else {
                try await tell(
                    .step(
                        at: step.position, .retrying(error: "This step did not succeed yet; trying again", at: nil), percent: nil,
                        message: nil), execution)
                throw error
            }
            try await tell(
                .step(at: step.position, .failed(error: "This step could not be done"), percent: nil, message: nil), execution)
            return .failed(reason: errorChain(error))
        }
    }

    /// Before the switch always, once there is no hope; at the switch when it certainly was not done: both names change or none.
    private func mayTurnBack(_ step: RestoreStep, after error: any Error, _ execution: Execution) async -> Bool {
        let isForGood = (error as? EngineError)?.nature == .definitive || error is BackupMismatch || error is ArchiveUnreadable
        guard step >= .switchOver else { return isForGood || execution.job.isLastAttempt }
        guard step == .switchOver, isForGood else { return false }
        do {
            guard let slot = try await store.withSystemTransaction({ try await $0.slot(of: execution.context.graph) }) else { return false }
            return try await !engine.hasSwitchedOver(
                EngineGraph(host: slot.reference, graph: execution.context.graph), copy(execution))
        } catch {
            // Who cannot look does not know.
            return false
        }
    }

    /// Opens the graph again, and removes what was loaded; the graph's own database was never touched.
    public func compensate(_ step: String, in execution: Execution) async throws -> SagaCompensationOutcome {
        try await tell(.compensate(Self.failure), execution)
        if step == RestoreStep.close.rawValue {
            try await store.withSystemTransaction { try await open(execution.context.graph, in: $0, at: execution.job.now) }
        } else {
            let slot = try await store.withSystemTransaction { try await $0.slot(of: execution.context.graph) }
            guard let slot, execution.outputs[RestoreStep.load.rawValue] != nil else { return .undone }
            try await engine.discardLoaded(EngineGraph(host: slot.reference, graph: execution.context.graph), copy(execution))
        }
        return .undone
    }

    /// Everything is as it was; the safety copy stays for its time.
    public func failed(_ execution: Execution, firstError: String) async throws {
        let (context, now) = (execution.context, execution.job.now)
        let backup = try await store.backup(context.backup)
        try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(context.graph), let backup else { return }
            // A safety copy that never was complete must not keep later backups waiting.
            if var copy = try await transaction.lockedBackup(context.safetyCopy), copy.status == .inProgress {
                copy.status = .failed
                copy.failure = firstError
                try await transaction.save(copy)
            }
            try await transaction.end(context.operation, .fail(Self.failure), at: now)
            // Whoever paid again meanwhile was kept waiting for this end.
            try await open(context.graph, in: transaction, at: now)
            try await transaction.record(
                BackupRestoreFailedEntry(graph, backup, operation: context.operation, data: ["reason": .string(firstError)]),
                by: .system(component: "graphs"))
            try await transaction.publish(
                BackupRestoreFailed(facts: GraphFactsOfEvent(graph), backup: backup.id, requestedBy: context.user))
        }
    }

    private static var failure: Operations.OperationFailure {
        OperationFailure(code: "RESTORE_FAILED", message: "The graph could not be restored. It is as it was before.")
    }

    private func warrant(_ execution: Execution) -> StepWarrant {
        StepWarrant(operation: execution.context.operation)
    }

    /// In whose name the copy was loaded that this restore works with.
    private func copy(_ execution: Execution) throws -> StepWarrant {
        guard let text = execution.outputs[RestoreStep.load.rawValue]?["copy"]?.stringValue, let id = Operation.ID(text) else {
            throw EngineError.refused("nothing was loaded")
        }
        return StepWarrant(operation: id)
    }

    private func begin(_ step: RestoreStep, _ execution: Execution) async throws -> (Graph, EngineGraph) {
        let (context, now) = (execution.context, execution.job.now)
        return try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(context.graph), graph.status == .active || graph.status == .suspended,
                let slot = try await transaction.slot(of: context.graph)
            else { throw EngineError.refused("graph \(context.graph) is not in use") }
            if step < .switchOver, try await transaction.lockedOperation(context.operation)?.status == .cancelled {
                throw EngineError.refused("the restore was cancelled")
            }
            try await transaction.advance(context.operation, .start, at: now)
            try await transaction.advance(
                context.operation, .step(at: step.position, .begun, percent: nil, message: step.title), at: now)
            return (graph, EngineGraph(host: slot.reference, graph: graph.id))
        }
    }

    /// A copy that was begun by a process that died is written anew; one that is complete is read back.
    ///
    /// - Returns: whether it was taken; another backup of the graph, or as many as a host bears, is waited for, and costs no attempt.
    private func takeSafetyCopy(of graph: Graph, at place: EngineGraph, _ execution: Execution) async throws -> Bool {
        let (context, now) = (execution.context, execution.job.now)
        let found = try await store.withSystemTransaction { transaction -> GraphBackup? in
            _ = try await transaction.lockedGraph(graph.id)
            if let earlier = try await transaction.lockedBackup(context.safetyCopy) { return earlier }
            let running = try await transaction.runningBackups(besides: graph.id)
            guard running.ofGraph == nil, running.onHost < BackupTaking.perHost else { return nil }
            var new = GraphBackup(
                ordering: context.safetyCopy, of: graph.id, by: .system, keptDays: Self.safetyDays, requestedBy: context.user, at: now)
            new.status = .inProgress
            new.startedAt = now
            try await transaction.keep(new)
            return new
        }
        guard var copy = found else { return false }
        let limit = catalogue.tier(graph.tier)?.workTimeout ?? .seconds(900)
        // Writing it, and reading it back.
        try await execution.job.extendDeadline(to: BackupTaking.room(for: limit) + limit)
        if copy.status == .inProgress {
            let record = try await archives.write(place, timeout: limit, warrant(execution))
            guard let completed = try await store.complete(copy.id, with: record, at: execution.job.now) else {
                try await archives.remove(record)
                throw EngineError.unavailable("another worker has written the copy")
            }
            copy = completed
        }
        guard let record = copy.archive else { throw ArchiveUnreadable(backup: copy.id) }
        guard try await archives.readBack(record).agrees(with: record) else { throw ArchiveUnreadable(backup: copy.id) }
        copy.verifiedAt = copy.verifiedAt ?? execution.job.now
        let verified = copy
        try await store.withSystemTransaction { transaction in
            guard try await transaction.lockedBackup(verified.id)?.status == .completed else { return }
            try await transaction.save(verified)
        }
        return true
    }

    /// Loads beside the graph's own database, with limits, privileges and mode of the record: an archive does not carry them (GRA-087).
    private func load(_ graph: Graph, at place: EngineGraph, _ execution: Execution) async throws {
        guard let record = try await store.backup(execution.context.backup)?.archive else {
            throw ArchiveUnreadable(backup: execution.context.backup)
        }
        guard let tier = catalogue.tier(graph.tier) else { throw EngineError.refused("there is no tier \(graph.tier)") }
        // Each attempt loads into a database of its own: a worker that is woken after its lease must not touch another's copy.
        let copy = Operation.ID.make(at: execution.job.now)
        try await execution.job.extendDeadline(to: BackupTaking.room(for: tier.workTimeout))
        do {
            try await archives.load(
                record, beside: place, limits: tier.engineLimits, timeout: tier.workTimeout, StepWarrant(operation: copy))
            try await done(.load, execution, output: ["copy": .string(copy.description)])
        } catch {
            // What cannot be dropped now the sweeper of orphans finds.
            try? await engine.discardLoaded(place, StepWarrant(operation: copy))
            throw error
        }
    }

    private func compare(_ graph: Graph, at place: EngineGraph, _ execution: Execution) async throws {
        guard let record = try await store.backup(execution.context.backup)?.archive else {
            throw ArchiveUnreadable(backup: execution.context.backup)
        }
        try await execution.job.extendDeadline(to: BackupTaking.room(for: BackupTaking.timeout))
        let loaded = try await engine.loaded(beside: place, copy(execution))
        guard loaded.nodes == record.nodes, loaded.edges == record.edges, record.contentDigest.map({ $0 == loaded.digest }) ?? true else {
            throw BackupMismatch(backup: execution.context.backup)
        }
        // Archives of old say only how large they are packed: what is too large for the tier is known here.
        let cap = Int64(catalogue.tier(graph.tier)?.storageCapGB ?? 0) << 30
        guard cap == 0 || loaded.bytes <= cap else {
            throw EngineError.refused("what was loaded has \(loaded.bytes) bytes, more than the tier's \(cap)")
        }
    }

    private func close(_ place: EngineGraph, _ execution: Execution) async throws {
        let graph = try await store.withSystemTransaction { transaction -> Graph? in
            guard let graph = try await transaction.lockedGraph(execution.context.graph) else { return nil }
            let closed = graph.withMode(.none)
            if closed != graph { try await transaction.save(closed) }
            return closed
        }
        guard let graph else { return }
        try await engine.setMode(.none, epoch: graph.accessEpoch, of: place)
    }

    private func done(_ step: RestoreStep, _ execution: Execution, output: JSONValue = .null) async throws {
        let (context, now) = (execution.context, execution.job.now)
        try await store.withSystemTransaction { transaction in
            try await transaction.advance(
                context.operation, .step(at: step.position, .done, percent: step.percentDone, message: nil), at: now)
            try await transaction.finishStep(execution.lease, output: output)
        }
    }

    private func open(_ id: GraphID, in transaction: Store.Transaction, at now: Instant) async throws {
        try await lifecycle.reopen(id, isBillingEnabled: isBillingEnabled, at: now, in: transaction)
    }

    private func finish(_ execution: Execution) async throws {
        let (context, now) = (execution.context, execution.job.now)
        guard let backup = try await store.backup(context.backup) else { throw ArchiveUnreadable(backup: context.backup) }
        let copy = try self.copy(execution)
        try await store.withSystemTransaction { transaction in
            try await open(context.graph, in: transaction, at: now)
            guard let graph = try await transaction.lockedGraph(context.graph) else { return }
            // Also where nothing changed: what was loaded carries the mode and the epoch of the day of its backup.
            try await lifecycle.applyMode(of: graph, in: transaction)
            try await transaction.enqueue(
                DropReplaced(graph: context.graph, operation: copy.operation),
                JobOptions(runAt: now + Self.replacedKept, uniqueKey: copy.operation.description))
            try await transaction.advance(
                context.operation, .step(at: RestoreStep.records.position, .done, percent: 100, message: nil), at: now)
            try await transaction.end(
                context.operation,
                .complete(
                    result: [
                        "graph_id": .string(graph.id.description), "backup_id": .string(context.backup.description),
                        "safety_backup_id": .string(context.safetyCopy.description),
                        "data_as_of": .string((backup.startedAt ?? backup.createdAt).description),
                    ], message: "The graph is restored"), at: now)
            try await transaction.record(
                BackupRestoredEntry(
                    graph, backup, operation: context.operation, data: ["safety_copy": .string(context.safetyCopy.description)]),
                by: .user(AuditReference(context.user)))
            try await transaction.publish(
                BackupRestored(
                    facts: GraphFactsOfEvent(graph), backup: backup.id, safetyCopy: context.safetyCopy, requestedBy: context.user))
            try await transaction.finishStep(execution.lease, output: .null)
        }
    }

    private func tell(_ transition: OperationTransition, _ execution: Execution) async throws {
        let (operation, now) = (execution.context.operation, execution.job.now)
        try await store.withSystemTransaction { try await $0.advance(operation, transition, at: now) }
    }
}

/// What was loaded is not what was backed up.
struct BackupMismatch: Error, Hashable, Sendable {
    let backup: GraphBackup.ID
}

/// An archive is gone, or is not what was written.
struct ArchiveUnreadable: Error, Hashable, Sendable {
    let backup: GraphBackup.ID
}

extension BackupReading {
    /// Whether what was read is what was written.
    func agrees(with record: BackupArchiveRecord) -> Bool {
        clearDigest == record.clearDigest && storedDigest == record.storedDigest && clearBytes == record.clearBytes
            && storedBytes == record.storedBytes && FinalBackupVerification.requiredTables.isSubset(of: tables)
    }
}

/// Drops the database that a restore replaced, when its day is over (GRA-086).
public struct DropReplaced: Job {
    /// `graphs.drop_replaced`
    public static let kind = "graphs.drop_replaced"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// A host that is away is asked again.
    public static let retryPolicy = RetryPolicy.untilDone

    /// The graph.
    public let graph: GraphID
    /// In whose name the database was loaded that took its place.
    public let operation: Operation.ID

    /// Asks for it.
    public init(graph: GraphID, operation: Operation.ID) {
        self.graph = graph
        self.operation = operation
    }
}

/// Drops replaced databases.
public struct DropReplacedHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine) {
        self.store = store
        self.engine = engine
    }

    /// Absent counts as done.
    public func run(_ job: DropReplaced, context: JobContext) async throws -> JobOutcome {
        let slot = try await store.withSystemTransaction { try await $0.slot(of: job.graph) }
        guard let slot else { return .cancelled(reason: "the graph has no place any more") }
        try await engine.dropReplaced(EngineGraph(host: slot.reference, graph: job.graph), StepWarrant(operation: job.operation))
        return .completed
    }
}
