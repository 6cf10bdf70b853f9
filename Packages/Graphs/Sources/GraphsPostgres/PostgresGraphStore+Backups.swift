public import Core
public import Graphs
internal import Identity
public import Orgs
internal import Postgres

extension PostgresGraphStore {
    /// A backup by its id.
    public func backup(_ id: GraphBackup.ID) async throws -> GraphBackup? {
        try await client.query(
            "SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup WHERE id = \(id)", scope: .system
        ).first.map(GraphRow.backup)
    }

    /// Completed backups of a graph, newest first.
    public func backups(of graph: GraphID) async throws -> [GraphBackup] {
        try await client.query(
            """
            SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup
            WHERE graph_id IN (SELECT f.id FROM graphs.graph f WHERE f.id = \(graph.description) OR f.parent_id = \(graph.description)) AND status = 'completed' ORDER BY id DESC
            """, scope: .system
        ).map(GraphRow.backup)
    }

    /// Parents stand for their subgraphs, whose backups are read with theirs.
    public func graphsWithBackups(of org: Org.ID) async throws -> [GraphID] {
        try await client.query(
            """
            SELECT DISTINCT coalesce(g.parent_id, g.id) AS id FROM graphs.graph_backup b JOIN graphs.graph g ON g.id = b.graph_id
            WHERE b.org_id = \(org) AND b.status = 'completed' ORDER BY 1
            """, scope: .system
        ).map { try GraphRow.text($0, "id") }
    }

    /// A page of what is listed, and how many there are.
    public func listedBackups(of graph: GraphID, limit: Int, offset: Int) async throws -> (page: [GraphBackup], total: Int) {
        let rows = try await client.query(
            """
            SELECT \(fragment: GraphRow.backupColumns), count(*) OVER () AS total FROM graphs.graph_backup
            WHERE graph_id IN (SELECT f.id FROM graphs.graph f WHERE f.id = \(graph.description) OR f.parent_id = \(graph.description)) AND initiator <> 'system' AND status IN ('completed', 'in_progress')
            ORDER BY created_at DESC, id DESC LIMIT \(Int64(limit)) OFFSET \(Int64(offset))
            """, scope: .system)
        if let first = rows.first { return (try rows.map(GraphRow.backup), Int(try first.decode("total", as: Int64.self))) }
        let total = try await client.query(
            """
            SELECT count(*) AS total FROM graphs.graph_backup
            WHERE graph_id IN (SELECT f.id FROM graphs.graph f WHERE f.id = \(graph.description) OR f.parent_id = \(graph.description)) AND initiator <> 'system' AND status IN ('completed', 'in_progress')
            """, scope: .system)
        return ([], Int(try total.first?.decode("total", as: Int64.self) ?? 0))
    }

    /// Sums of all backups that were ever asked for.
    public func backupSums(of graph: GraphID) async throws -> BackupSums {
        let rows = try await client.query(
            """
            SELECT count(*) AS total, count(*) FILTER (WHERE status IN ('completed', 'expired')) AS completed,
                count(*) FILTER (WHERE status = 'failed') AS failed,
                coalesce(sum(coalesce(archive ->> 'databaseBytes', archive ->> 'clearBytes')::bigint)
                    FILTER (WHERE status = 'completed'), 0)::bigint AS original,
                coalesce(sum((archive ->> 'storedBytes')::bigint) FILTER (WHERE status = 'completed'), 0)::bigint AS stored,
                max(completed_at) AS latest
            FROM graphs.graph_backup
            WHERE graph_id IN (SELECT f.id FROM graphs.graph f WHERE f.id = \(graph.description) OR f.parent_id = \(graph.description)) AND initiator <> 'system'
            """, scope: .system)
        var sums = BackupSums()
        guard let row = rows.first else { return sums }
        sums.total = Int(try row.decode("total", as: Int64.self))
        sums.completed = Int(try row.decode("completed", as: Int64.self))
        sums.failed = Int(try row.decode("failed", as: Int64.self))
        sums.originalBytes = try row.decode("original")
        sums.storedBytes = try row.decode("stored")
        sums.latest = try row.decode("latest")
        return sums
    }

    /// Whether a completed backup of a graph exists.
    public func hasBackups(of graph: GraphID) async throws -> Bool {
        try await !client.query(
            """
            SELECT FROM graphs.graph_backup
            WHERE graph_id IN (SELECT f.id FROM graphs.graph f WHERE f.id = \(graph.description) OR f.parent_id = \(graph.description)) AND status = 'completed' LIMIT 1
            """, scope: .system
        ).isEmpty
    }

    /// Graphs in use, in the order of their ids.
    public func graphsToBackUp(after graph: GraphID?, limit: Int) async throws -> [GraphID] {
        try await client.query(
            """
            SELECT id FROM graphs.graph WHERE status = 'active' AND id > \(graph?.description ?? "") ORDER BY id LIMIT \(Int64(limit))
            """, scope: .system
        ).map { try GraphRow.text($0, "id") }
    }

    /// Backups that are asked for or being written, the oldest first.
    public func unfinishedBackups(limit: Int) async throws -> [GraphBackup] {
        try await client.query(
            """
            SELECT \(fragment: GraphRow.backupColumns) FROM graphs.graph_backup
            WHERE status IN ('pending', 'in_progress') ORDER BY id LIMIT \(Int64(limit))
            """, scope: .system
        ).map(GraphRow.backup)
    }

    /// Unfinished backups of which a job died since they were asked for, by its parameters.
    public func backupsWithDeadJob() async throws -> Set<GraphBackup.ID> {
        let rows = try await client.query(
            """
            SELECT b.id FROM graphs.graph_backup b
            WHERE b.status IN ('pending', 'in_progress') AND EXISTS (
                SELECT FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id
                WHERE d.died_at >= b.created_at AND d.requeued_as IS NULL AND (
                    (k.name = \(TakeBackup.kind) AND d.args ->> 'backup' = identity.id_text(\(GraphBackup.idPrefix), b.id))
                    OR (k.name = \(TakeNightlyBackup.kind) AND d.args ->> 'graph' = b.graph_id AND d.args ->> 'day' = b.night::text)))
            """, scope: .system)
        return Set(try rows.map { try $0.decode("id") })
    }

    /// Completed backups whose time is over, but for the newest of each graph that exists.
    public func backupsDue(at now: Instant, limit: Int) async throws -> [GraphBackup.ID] {
        try await client.query(
            """
            SELECT b.id FROM graphs.graph_backup b JOIN graphs.graph g ON g.id = b.graph_id
            WHERE b.status = 'completed' AND b.expires_at <= \(now)
              AND (g.status IN ('deprovisioned', 'failed') OR b.id IS DISTINCT FROM (
                SELECT n.id FROM graphs.graph_backup n WHERE n.graph_id = b.graph_id AND n.status = 'completed'
                  AND NOT \(fragment: GraphRow.isMissing("n"))
                ORDER BY n.completed_at DESC, n.id DESC LIMIT 1))
            ORDER BY b.expires_at LIMIT \(Int64(limit))
            """, scope: .system
        ).map { try $0.decode("id") }
    }

    /// Graphs in use for two days without a nightly backup of the last two.
    public func graphsWithoutBackup(at now: Instant, after graph: GraphID?, limit: Int) async throws -> [GraphID] {
        try await client.query(
            """
            SELECT g.id FROM graphs.graph g
            WHERE g.id > \(graph?.description ?? "") AND g.status = 'active' AND g.status_since <= \(now - .days(2)) AND NOT EXISTS (
                SELECT FROM graphs.graph_backup b WHERE b.graph_id = g.id AND b.initiator = 'scheduled'
                  AND b.status IN ('completed', 'expired') AND b.completed_at > \(now - .days(2))
                  AND NOT \(fragment: GraphRow.isMissing("b")))
            ORDER BY g.id LIMIT \(Int64(limit))
            """, scope: .system
        ).map { try GraphRow.text($0, "id") }
    }

    /// Keys that rows name, in their order.
    public func backupObjects(after key: String?, limit: Int) async throws -> [(key: String, backup: GraphBackup.ID)] {
        try await client.query(
            """
            SELECT archive ->> 'objectKey' AS key, id FROM graphs.graph_backup
            WHERE status = 'completed' AND archive ->> 'objectKey' > \(key ?? "") ORDER BY 1 LIMIT \(Int64(limit))
            """, scope: .system
        ).map { (try $0.decode("key"), try $0.decode("id")) }
    }

    /// One of the newest backups of a host.
    public func backupToTry(on host: GraphHost.ID, since: Instant, number: UInt64) async throws -> GraphBackup? {
        let found = try await client.query(
            """
            SELECT b.id FROM graphs.graph_backup b JOIN graphs.graph g ON g.id = b.graph_id
            WHERE g.host_id = \(host) AND g.status IN ('active', 'suspended') AND b.status = 'completed' AND b.completed_at > \(since)
            ORDER BY b.id LIMIT 10000
            """, scope: .system)
        guard !found.isEmpty else { return nil }
        return try await backup(found[Int(number % UInt64(found.count))].decode("id"))
    }
}
