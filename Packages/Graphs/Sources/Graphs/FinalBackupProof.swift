public import Core

/// The proof that a graph's final backup exists, is whole and can be opened.
///
/// Nothing but ``FinalBackupVerification`` can make one, and dropping a database takes one, so there is no way to the destruction of
/// data that does not lead through reading its backup back (GRA-050).
public struct FinalBackupProof: Sendable, Hashable {
    /// The graph.
    public let graph: GraphID
    /// The backup that was read; `nil` of a database that belongs to no graph, whose backup has no record (GRA-125).
    public let backup: GraphBackup.ID?

    fileprivate init(graph: GraphID, backup: GraphBackup.ID?) {
        self.graph = graph
        self.backup = backup
    }
}

/// Why a final backup proves nothing.
public enum FinalBackupFault: Error, Hashable, Sendable {
    /// It is of another graph, or not a final one.
    case notTheFinalBackup
    /// It is not complete.
    case notCompleted
    /// It was made before the graph was closed, so later writes would be missing.
    case tooOld
    /// What was read is not what was written.
    case differs
    /// It does not hold the graph's tables.
    case incomplete(missing: [String])
}

/// Reads final backups back.
public struct FinalBackupVerification: Sendable {
    /// The tables every archive of a graph must hold.
    public static let requiredTables: Set<String> = ["graph.node", "graph.edge", "graph.meta"]

    private let archives: any BackupArchiving

    /// Makes a verification over a store of archives.
    public init(archives: any BackupArchiving) {
        self.archives = archives
    }

    /// Reads a backup back whole and proves that it is the final backup of a graph.
    ///
    /// - Parameter closedAt: when tenants could last write; an older backup is refused.
    /// - Throws: ``FinalBackupFault``, or whatever reading back throws.
    public func verify(_ backup: GraphBackup, of graph: GraphID, closedAt: Instant) async throws -> FinalBackupProof {
        guard backup.graph == graph, backup.initiator == .final else { throw FinalBackupFault.notTheFinalBackup }
        guard backup.status == .completed, let record = backup.archive else { throw FinalBackupFault.notCompleted }
        guard backup.createdAt >= closedAt else { throw FinalBackupFault.tooOld }
        try await readBack(record)
        return FinalBackupProof(graph: graph, backup: backup.id)
    }

    /// Reads the archive of a database back whole that belongs to no graph.
    ///
    /// - Throws: ``FinalBackupFault``, or whatever reading back throws.
    public func verify(_ record: BackupArchiveRecord, of graph: GraphID) async throws -> FinalBackupProof {
        try await readBack(record)
        return FinalBackupProof(graph: graph, backup: nil)
    }

    private func readBack(_ record: BackupArchiveRecord) async throws {
        let reading = try await archives.readBack(record)
        guard reading.clearDigest == record.clearDigest, reading.storedDigest == record.storedDigest,
            reading.clearBytes == record.clearBytes, reading.storedBytes == record.storedBytes
        else { throw FinalBackupFault.differs }
        let missing = Self.requiredTables.subtracting(reading.tables)
        guard missing.isEmpty else { throw FinalBackupFault.incomplete(missing: missing.sorted()) }
    }
}
