internal import Billing
internal import Core
internal import Graphs
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Operations

extension BackupRoutes {
    static var descriptions: [RouteDescription] {
        let now = Instant(secondsSinceEpoch: 1_772_323_200)
        let confirmation = Problem(
            status: .badRequest, code: "CONFIRM_MISMATCH", detail: "confirm must be the id of the graph: kg0123456789abcdef.")
        return [
            RouteDescription("create_backup", "Asks for a backup of a graph.", for: .administrator).repeatable()
                .noting("Kept as long as the tier keeps backups at most; the answer says both numbers.")
                .takes(
                    Schema(decoding: CreateBackupBody.self).telling("backup_format", "`full_dump`.").telling("backup_type", "`full`.")
                        .telling("retention_days", "1 to 90; 30 when left out.").telling("compression", "`true`.")
                        .telling("schedule", "Null: every graph is backed up each night.")
                )
                .answers(.accepted, "The operation that takes it.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(GraphError.notActive(.provisioning), GraphError.backupLimitReached(limit: 2, resetsAt: now, now: now)),
            RouteDescription("restore_backup", "Brings a graph back to what a backup holds.", for: .administrator).repeatable()
                .noting("A safety copy of what the graph holds now is taken first; a restore that fails leaves the graph as it was.")
                .takes(
                    Schema(decoding: RestoreBackupBody.self).telling("backup_id", "A completed backup of this graph.")
                        .telling("confirm", "The id of the graph.")
                )
                .answers(.accepted, "The operation that restores it.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(confirmation)
                .refuses(
                    GraphError.backupNotCompleted(.expired),
                    GraphError.storageFull(bytes: 2, cap: 1), GraphError.deleteProtected, GraphError.operationRunning(nil),
                    GraphError.notActive(.suspended), GraphError.engineUnsupported(.restore),
                    GraphError.restoreLimitReached(limit: 2, resetsAt: now, now: now)),
            RouteDescription("erase_backups", "Removes all backups of a destroyed graph, the final one included.", for: .reader)
                .repeatable()
                .noting("Owners of the graph's org.")
                .takes(Schema(decoding: EraseBackupsBody.self).telling("confirm", "The id of the graph."))
                .answers(.ok, "They are gone.", GraphSchemas.envelope, headers: ["Location": "The operation."])
                .refuses(GraphError.orgOwnerRequired, GraphError.notGone(.active)).refuses(confirmation),
            RouteDescription("list_backups", "Lists completed and running backups of a graph, newest first.", for: .reader)
                .query("limit", Schema.integer.limited("minimum", 1).limited("maximum", 100), "How many; 50 without.")
                .query("offset", Schema.integer.limited("minimum", 0).limited("maximum", 1_000_000), "How many to leave out.")
                .noting("Of a destroyed graph owners and admins of its org see what is still hosted.")
                .answers(.ok, "A page of them.", BackupSchemas.list),
            RouteDescription("get_backup_stats", "Sums up the backups of a graph.", for: .reader)
                .answers(.ok, "The sums.", BackupSchemas.sums),
            RouteDescription("get_backup", "Shows one backup.", for: .reader).answers(.ok, "The backup.", BackupSchemas.backup),
            RouteDescription("get_backup_download_url", "Makes a link to the contents of a backup.", for: .administrator)
                .noting("As long as a link is good, asking again gives the same one and costs nothing.")
                .answers(.ok, "The link.", BackupSchemas.link)
                .refuses(GraphError.downloadLimitReached(limit: 10, resetsAt: now, now: now)),
            RouteDescription("download_backup_file", "Gives the contents of a backup to whoever has the link.", for: .everybody)
                .noting("Ranges are answered; the link ends with its time and with the role of whom it was made for.")
                .answers(.ok, "The archive, for pg_restore.", as: "application/octet-stream")
                .answers(Status(rawValue: 206), "A part of it.", as: "application/octet-stream")
                .refuses(GraphError.notFound)
                .refuses(Problem(status: Status(rawValue: 416), code: "RANGE_NOT_SATISFIABLE", detail: "The archive has 10 bytes.")),
        ]
    }
}

/// What is answered about backups, as schemas.
enum BackupSchemas {
    static var backup: Schema {
        .object(
            "BackupResponse",
            [
                "backup_id": .id("backup"), "graph_id": GraphSchemas.id, "backup_format": .text("full_dump"), "backup_type": .text("full"),
                "status": .words(of: GraphBackup.Status.self), "original_size_bytes": .integer, "compressed_size_bytes": .integer,
                "compression_ratio": .number, "node_count": .integer, "relationship_count": .integer,
                "backup_duration_seconds": .number, "compression_enabled": .boolean, "created_at": .instant,
                "completed_at": .instant.orNull, "expires_at": .instant.orNull, "initiated_by": .words("user", "scheduled", "final"),
                "memory_included": .boolean.orNull, "download_extension": .text(".dump").orNull,
            ])
    }

    static var list: Schema {
        .object(
            "BackupListResponse",
            [
                "backups": .array(of: backup), "total_count": .integer, "graph_id": GraphSchemas.id, "is_shared_repository": .boolean,
                "download_quota": .any,
            ])
    }

    static var sums: Schema {
        .object(
            "BackupStatsResponse",
            [
                "graph_id": GraphSchemas.id, "total_backups": .integer, "successful_backups": .integer, "failed_backups": .integer,
                "success_rate": .number, "total_original_size_bytes": .integer, "total_compressed_size_bytes": .integer,
                "storage_saved_bytes": .integer, "average_compression_ratio": .number, "latest_backup_date": .instant.orNull,
                "backup_formats": .any,
            ])
    }

    static var link: Schema {
        .object(
            "BackupDownloadUrlResponse",
            [
                "download_url": .string, "expires_in": .integer, "expires_at": .number, "backup_id": .id("backup"),
                "graph_id": GraphSchemas.id,
            ])
    }
}
