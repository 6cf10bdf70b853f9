internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

extension GraphTransaction {
    /// Stores a backup with the job that removes it at its end (OPS-053).
    func keep(_ backup: GraphBackup) async throws {
        try await insert(backup)
        guard let end = backup.expiresAt else { return }
        try await enqueue(ExpireBackup(backup: backup.id), JobOptions(runAt: end, uniqueKey: backup.id.description))
    }

    /// Stores a backup with the job that takes it and the one that removes it at its end.
    func order(_ backup: GraphBackup) async throws {
        try await keep(backup)
        try await enqueue(TakeBackup(backup: backup.id), JobOptions(uniqueKey: backup.id.description))
    }
}

extension GraphStore {
    /// Completes a backup, unless somebody else has ended it: a worker that is woken after its lease must not put its archive in the place
    /// of the one that was verified.
    func complete(_ id: GraphBackup.ID, with record: BackupArchiveRecord, at now: Instant) async throws -> GraphBackup? {
        try await withSystemTransaction { transaction in
            guard var backup = try await transaction.lockedBackup(id), backup.status == .inProgress else { return nil }
            backup.archive = record
            backup.status = .completed
            backup.completedAt = now
            try await transaction.save(backup)
            return backup
        }
    }
}

extension GraphBackup {
    /// A backup that is to be taken.
    init(
        ordering id: ID, of graph: GraphID, by initiator: Initiator, keptDays: Int, requestedBy: User.ID? = nil,
        operation: Operation.ID? = nil, night: String? = nil, at now: Instant
    ) {
        self.init(
            id: id, graph: graph, initiator: initiator, createdAt: now, status: .pending, archive: nil, completedAt: nil, verifiedAt: nil,
            expiresAt: now + .days(keptDays))
        self.requestedBy = requestedBy
        self.operation = operation
        self.night = night
        self.keptDays = keptDays
    }

    /// In whose name its archive is written: its operation's, or its own where nobody follows it.
    var warrant: StepWarrant {
        StepWarrant(operation: operation ?? Operation.ID(high: id.high, low: id.low))
    }
}
