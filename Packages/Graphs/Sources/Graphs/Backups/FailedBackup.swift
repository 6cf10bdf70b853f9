internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

/// How a backup comes to nothing, whoever finds that out. Locks are taken in one order: graph, operation, backup, host.
extension GraphTransaction {
    /// Whether people do not want a backup any more; its operation is locked from now on, as it must be before its row.
    func isCancelled(_ backup: GraphBackup) async throws -> Bool {
        guard let operation = backup.operation else { return false }
        return try await lockedOperation(operation)?.status == .cancelled
    }

    /// Ends a backup that nobody will write any more.
    ///
    /// - Returns: whether it was unfinished until now.
    func giveUp(_ unfinished: GraphBackup, because reason: String, at now: Instant) async throws -> Bool {
        let isCancelled = try await self.isCancelled(unfinished)
        guard !isCancelled, let backup = try await lockedBackup(unfinished.id),
            backup.status == .pending || backup.status == .inProgress, let graph = try await self.graph(backup.graph)
        else { return false }
        try await fail(backup, of: graph, code: "BACKUP_FAILED", because: reason, at: now)
        return true
    }

    /// Row, operation, entry and event of a backup that failed; the reason that was there first stays.
    func fail(_ backup: GraphBackup, of graph: Graph, code: String, because reason: String, at now: Instant) async throws {
        var failed = backup
        failed.status = .failed
        failed.failure = failed.failure ?? reason
        try await save(failed)
        if let operation = failed.operation {
            let failure = OperationFailure(
                code: code, message: "The backup could not be taken. It does not count against the day's backups.")
            try await end(operation, .fail(failure), at: now)
        }
        try await record(BackupFailedEntry(graph, failed), by: .system(component: "graphs"))
        let nights = failed.initiator == .scheduled ? try await failedNights(of: graph.id) : 0
        try await publish(
            BackupFailed(
                facts: GraphFactsOfEvent(graph), backup: failed.id, initiator: failed.initiator, requestedBy: failed.requestedBy,
                nights: nights))
    }
}
