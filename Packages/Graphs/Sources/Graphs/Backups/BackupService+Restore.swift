internal import Audit
internal import Billing
public import Core
internal import Identity
internal import Jobs
public import Operations
internal import Orgs

extension BackupService {
    /// Accepts a restore; nothing of the graph is touched before its safety copy was read back.
    public func restore(
        _ id: GraphBackup.ID, of graph: GraphID, confirmation: String, key: CallKey?, as caller: GraphCaller
    ) async throws -> (operation: Operation, isReplay: Bool) {
        let found = try await self.graph(graph, needing: .admin, as: caller)
        let now = dateSource.now
        let (call, earlier) = try await store.earlierAnswer(to: .restoreBackup, of: found, key: key, as: caller, at: now)
        if let earlier { return (earlier, true) }
        guard confirmation == graph.description else { throw GraphError.confirmationDiffers(graph) }
        if let host = found.graph.host, let place = try await store.host(host) { try engine.require(.restore, of: place.reference) }
        guard let backup = try await store.backup(id), backup.graph == graph, backup.initiator != .system else { throw GraphError.notFound }
        guard backup.status == .completed, let archive = backup.archive else { throw GraphError.backupNotCompleted(backup.status) }
        let cap = Int64(catalogue.tier(found.graph.tier)?.storageCapGB ?? 0) << 30
        guard archive.originalBytes <= cap else { throw GraphError.storageFull(bytes: archive.originalBytes, cap: cap) }
        if found.graph.isOverStorageCap {
            throw GraphError.storageFull(bytes: try await store.storedBytes(of: graph) ?? cap, cap: cap)
        }
        // A safety copy is as large as a backup and counts nowhere else; one restore may have to be taken back by another.
        let limit = catalogue.tier(found.graph.tier).map { $0.backupsPerDay.map { max($0, 2) } } ?? 2
        let (operation, safetyCopy) = (Operation.ID.make(at: now), GraphBackup.ID.make(at: now))
        let first: Operation.ID?
        do {
            first = try await store.withSystemTransaction { transaction -> Operation.ID? in
                if let first = try await transaction.replay(of: call, for: operation, isSettled: true, at: now) { return first }
                guard let locked = try await transaction.lockedGraph(graph), locked.status == .active else {
                    throw GraphError.notActive(found.graph.status)
                }
                guard !locked.isDeleteProtected else { throw GraphError.deleteProtected }
                if let limit, try await transaction.requestedRestores(of: graph, since: now.midnight) >= limit {
                    throw GraphError.restoreLimitReached(limit: limit, resetsAt: now.midnight + .days(1), now: now)
                }
                if let running = try await transaction.exclusiveOperation(of: graph) { throw GraphError.operationRunning(running) }
                try await transaction.accept(
                    NewOperation(
                        kind: .restoreBackup, org: locked.org, graph: graph.description, startedBy: caller.user,
                        message: "Restoring the graph", steps: RestoreStep.allCases.map(\.title),
                        result: [
                            "graph_id": .string(graph.description), "backup_id": .string(id.description),
                            "safety_backup_id": .string(safetyCopy.description),
                        ], limit: BackupTaking.limit(of: catalogue.tier(locked.tier))),
                    id: operation, at: now)
                _ = try await transaction.startSaga(
                    RestoreSaga.self, key: operation.description,
                    context: RestoreSaga.Context(
                        graph: graph, operation: operation, backup: id, safetyCopy: safetyCopy, user: caller.user))
                try await transaction.record(
                    BackupRestoreStartedEntry(locked, backup, operation: operation), by: .user(AuditReference(caller.user)))
                return nil
            }
        } catch let error as IdempotencyError {
            throw GraphError.idempotency(error)
        } catch OperationError.exclusiveOperationRunning(let running) {
            throw GraphError.operationRunning(running)
        }
        guard let accepted = try await store.operation(first ?? operation) else { throw GraphError.notFound }
        return (accepted, first != nil)
    }
}
