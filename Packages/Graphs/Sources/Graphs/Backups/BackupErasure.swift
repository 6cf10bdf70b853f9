internal import Audit
internal import Billing
internal import Core
internal import Identity
internal import Jobs
internal import Operations
internal import Orgs

extension BackupArchiving {
    /// Removes the objects of backups; those that are gone already are no error.
    func removeAll(of backups: [GraphBackup]) async throws {
        for backup in backups {
            if let archive = backup.archive { try await remove(archive) }
        }
    }
}

extension GraphTransaction {
    /// Marks backups whose objects were removed: what a process that died left is marked by the next call, and an entry is made once.
    func markErased(_ backups: [GraphBackup], of graph: Graph, by actor: AuditActor) async throws {
        for backup in backups {
            guard var gone = try await lockedBackup(backup.id), gone.status == .completed else { continue }
            gone.status = .expired
            try await save(gone)
            try await cancelJob(ExpireBackup.self, uniqueKey: gone.id.description)
        }
        guard !backups.isEmpty else { return }
        try await record(BackupsErasedEntry(graph, operation: nil, data: ["backups": .integer(Int64(backups.count))]), by: actor)
    }
}
