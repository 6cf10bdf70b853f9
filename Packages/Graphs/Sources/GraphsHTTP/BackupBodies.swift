internal import Billing
internal import Core
internal import Graphs

/// What is shown of backups (wire contract, section 4).
enum BackupBodies {
    /// One backup (BackupResponse).
    static func backup(_ backup: GraphBackup) -> JSONValue {
        let archive = backup.archive
        let (original, stored) = (archive?.originalBytes ?? 0, archive?.storedBytes ?? 0)
        let began = backup.startedAt ?? backup.createdAt
        let seconds = backup.completedAt.map { Double(($0 - began).wholeMilliseconds) / 1_000 } ?? 0
        return [
            "backup_id": .string(backup.id.description), "graph_id": .string(backup.graph.description), "backup_format": "full_dump",
            "backup_type": "full", "status": .string(backup.status.rawValue), "original_size_bytes": .integer(original),
            "compressed_size_bytes": .integer(stored), "compression_ratio": .number(original == 0 ? 0 : Double(stored) / Double(original)),
            "node_count": .integer(archive?.nodes ?? 0), "relationship_count": .integer(archive?.edges ?? 0),
            "backup_duration_seconds": .number(max(0, seconds)), "compression_enabled": true,
            "created_at": .string(backup.createdAt.description), "completed_at": text(backup.completedAt),
            "expires_at": text(backup.expiresAt), "initiated_by": .string(backup.initiator.rawValue), "memory_included": nil,
            "download_extension": archive == nil ? .null : ".dump",
        ]
    }

    /// Sums (BackupStatsResponse).
    static func sums(_ sums: BackupSums, of graph: GraphID) -> JSONValue {
        [
            "graph_id": .string(graph.description), "total_backups": .integer(Int64(sums.total)),
            "successful_backups": .integer(Int64(sums.completed)), "failed_backups": .integer(Int64(sums.failed)),
            "success_rate": .number(sums.successPercent), "total_original_size_bytes": .integer(sums.originalBytes),
            "total_compressed_size_bytes": .integer(sums.storedBytes), "storage_saved_bytes": .integer(sums.savedBytes),
            "average_compression_ratio": .number(sums.ratio), "latest_backup_date": text(sums.latest),
            "backup_formats": ["full_dump": .integer(Int64(sums.total))],
        ]
    }

    private static func text(_ instant: Instant?) -> JSONValue {
        instant.map { .string($0.description) } ?? .null
    }
}
