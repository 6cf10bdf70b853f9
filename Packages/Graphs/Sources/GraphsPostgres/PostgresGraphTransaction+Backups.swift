internal import Billing
public import Core
public import Graphs
public import Identity
public import Operations
internal import Orgs
internal import Postgres

extension PostgresGraphTransaction {
    /// Stores a new backup.
    public func insert(_ backup: GraphBackup) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, created_at, expires_at, requested_by, operation_id, night,
                kept_days, started_at)
            SELECT \(backup.id), g.id, g.org_id, \(backup.initiator.rawValue), \(backup.status.rawValue), \(backup.createdAt),
                \(backup.expiresAt as Instant?), \(backup.requestedBy as User.ID?), \(backup.operation as Operation.ID?),
                \(backup.night as String?)::text::date, \(backup.keptDays.map { Int32($0) } as Int32?), \(backup.startedAt as Instant?)
            FROM graphs.graph g WHERE g.id = \(backup.graph.description)
            """)
    }

    /// Stores what changed about a backup; a trigger knows the allowed moves.
    public func save(_ backup: GraphBackup) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.graph_backup SET status = \(backup.status.rawValue),
                archive = \(backup.archive.map { PostgresJSON($0) } as PostgresJSON<BackupArchiveRecord>?),
                completed_at = \(backup.completedAt as Instant?), verified_at = \(backup.verifiedAt as Instant?),
                expires_at = \(backup.expiresAt as Instant?), started_at = \(backup.startedAt as Instant?),
                failure = \(backup.failure as String?)
            WHERE id = \(backup.id)
            """)
    }

    /// Reads a backup under a row lock.
    public func lockedBackup(_ id: GraphBackup.ID) async throws -> GraphBackup? {
        try await postgres.query(
            "SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup WHERE id = \(id) FOR UPDATE"
        ).first.map(GraphRow.backup)
    }

    /// Reads the backup of an operation under a row lock.
    public func backup(of operation: Operation.ID) async throws -> GraphBackup? {
        try await postgres.query(
            "SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup WHERE operation_id = \(operation) FOR UPDATE"
        ).first.map(GraphRow.backup)
    }

    /// Looks for graphs in the making that name it.
    public func isBeingCopied(_ backup: GraphBackup.ID) async throws -> Bool {
        try await !postgres.query(
            "SELECT FROM graphs.graph WHERE source_backup_id = \(backup) AND status = 'provisioning' LIMIT 1"
        ).isEmpty
    }

    /// Counts what people asked for and got, or will get.
    public func requestedBackups(of graph: GraphID, since: Instant) async throws -> Int {
        try await count(
            """
            SELECT count(*) AS number FROM graphs.graph_backup
            WHERE graph_id = \(graph.description) AND initiator = 'user' AND status <> 'failed' AND created_at >= \(since)
            """)
    }

    /// Counts the operations; those of a graph are few, and are found by the graph's own index.
    public func requestedRestores(of graph: GraphID, since: Instant) async throws -> Int {
        try await count(
            """
            SELECT count(*) AS number FROM operations.operation
            WHERE graph_id = \(graph.description) AND kind = \(OperationKind.restoreBackup.name) AND created_at >= \(since)
            """)
    }

    /// Looks at what is being written on the host of a graph, while nobody begins another there.
    public func runningBackups(besides graph: GraphID) async throws -> (ofGraph: GraphBackup.ID?, onHost: Int) {
        let results = try await postgres.pipeline([
            """
            SELECT h.id FROM graphs.graph_host h WHERE h.id = (SELECT g.host_id FROM graphs.graph g WHERE g.id = \(graph.description))
            FOR NO KEY UPDATE
            """,
            "SELECT id FROM graphs.graph_backup WHERE graph_id = \(graph.description) AND status = 'in_progress'",
            """
            SELECT count(*) AS number FROM graphs.graph_backup b JOIN graphs.graph g ON g.id = b.graph_id
            WHERE b.status = 'in_progress'
              AND g.host_id = (SELECT o.host_id FROM graphs.graph o WHERE o.id = \(graph.description))
            """,
        ])
        return (try results[1].first?.decode("id"), Int(try results[2].first?.decode("number", as: Int64.self) ?? 0))
    }

    /// Reads the nightly backup of a day.
    public func nightlyBackup(of graph: GraphID, day: String) async throws -> GraphBackup? {
        try await postgres.query(
            """
            SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup
            WHERE graph_id = \(graph.description) AND night = \(day)::text::date AND status <> 'failed'
            """
        ).first.map(GraphRow.backup)
    }

    /// Counts the failures since the last good night.
    public func failedNights(of graph: GraphID) async throws -> Int {
        try await count(
            """
            SELECT count(DISTINCT night) AS number FROM graphs.graph_backup
            WHERE graph_id = \(graph.description) AND initiator = 'scheduled' AND status = 'failed' AND created_at > coalesce((
                SELECT max(created_at) FROM graphs.graph_backup
                WHERE graph_id = \(graph.description) AND initiator = 'scheduled' AND status IN ('completed', 'expired')), '-infinity')
            """)
    }

    /// Reads which backup is the newest.
    public func newestBackup(of graph: GraphID) async throws -> GraphBackup.ID? {
        try await postgres.query(
            """
            SELECT b.id FROM graphs.graph_backup b
            WHERE b.graph_id = \(graph.description) AND b.status = 'completed' AND NOT \(fragment: GraphRow.isMissing("b"))
            ORDER BY b.completed_at DESC, b.id DESC LIMIT 1
            """
        ).first?.decode("id")
    }

    /// Reads a link that is good.
    public func download(of backup: GraphBackup.ID, by user: User.ID, at now: Instant) async throws -> BackupDownload? {
        try await postgres.query(
            """
            SELECT graph_id, created_at, expires_at, is_counted FROM graphs.backup_download
            WHERE backup_id = \(backup) AND user_id = \(user) AND expires_at > \(now) ORDER BY expires_at DESC LIMIT 1
            """
        ).first.map { row in
            BackupDownload(
                backup: backup, graph: try GraphRow.text(row, "graph_id"), user: user, createdAt: try row.decode("created_at"),
                expiresAt: try row.decode("expires_at"), isCounted: try row.decode("is_counted"))
        }
    }

    /// Counts links of a month.
    public func countedDownloads(of graph: GraphID, since: Instant) async throws -> Int {
        try await count(
            """
            SELECT count(*) AS number FROM graphs.backup_download
            WHERE org_id = (SELECT g.org_id FROM graphs.graph g WHERE g.id = \(graph.description))
              AND graph_id = \(graph.description) AND is_counted AND created_at >= \(since)
            """)
    }

    /// Stores a link.
    public func insert(_ download: BackupDownload) async throws {
        try await postgres.execute(
            """
            INSERT INTO graphs.backup_download (backup_id, user_id, created_at, org_id, graph_id, expires_at, is_counted)
            SELECT \(download.backup), \(download.user), \(download.createdAt), g.org_id, g.id, \(download.expiresAt), \(download.isCounted)
            FROM graphs.graph g WHERE g.id = \(download.graph.description)
            """)
    }

    /// Notes the first use.
    public func noteFirstByte(of download: BackupDownload, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE graphs.backup_download SET first_byte_at = \(now)
            WHERE backup_id = \(download.backup) AND user_id = \(download.user) AND created_at = \(download.createdAt)
              AND first_byte_at IS NULL
            """) > 0
    }

    private func count(_ statement: Statement) async throws -> Int {
        Int(try await postgres.query(statement).first?.decode("number", as: Int64.self) ?? 0)
    }
}
