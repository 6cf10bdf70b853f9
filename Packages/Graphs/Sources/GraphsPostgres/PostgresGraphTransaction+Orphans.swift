internal import Audit
internal import Billing
public import Core
public import Graphs
internal import Postgres

extension PostgresGraphTransaction {
    /// Stores a finding, or that it was seen again; one that may stay stays dismissed.
    public func note(_ finding: OrphanFinding, at now: Instant) async throws -> OrphanSighting {
        let rows = try await postgres.query(
            """
            INSERT INTO graphs.orphan_finding AS f (finding_id, kind, place, object, bytes, graph_id, evidence, first_seen_at, last_seen_at)
            VALUES (\(OrphanFinding.ID.make(at: now)), \(finding.kind.rawValue), \(finding.place), \(finding.object),
                \(finding.bytes as Int64?), \(finding.graph?.description as String?), \(JSONValue.object(finding.evidence)), \(now), \(now))
            ON CONFLICT (kind, place, object) WHERE state IN ('open', 'dismissed') DO UPDATE SET bytes = excluded.bytes,
                evidence = excluded.evidence,
                sightings = f.sightings + CASE WHEN f.last_seen_at < excluded.last_seen_at THEN 1 ELSE 0 END,
                last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at)
            RETURNING finding_id, first_seen_at, state = 'dismissed' AS is_dismissed
            """)
        guard let row = rows.first else { throw EngineError.unavailable("a finding was not stored") }
        return OrphanSighting(
            id: try row.decode("finding_id"), first: try row.decode("first_seen_at"), isDismissed: try row.decode("is_dismissed"))
    }

    /// Closes what was not seen any more, also what may stay: the same found later is a finding of its own. What is being repaired is left to its
    /// worker, which may just have removed it and not have heard so: the end of a repair has an entry.
    public func closeFindings(of kind: OrphanFinding.Kind, place: String, notSeenSince: Instant, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.orphan_finding SET state = 'gone', ended_at = \(now)
            WHERE kind = \(kind.rawValue) AND place = \(place) AND last_seen_at < \(notSeenSince)
                AND (state = 'dismissed' OR (state = 'open' AND (ordered_at IS NULL OR failure IS NOT NULL)))
            """)
    }

    /// A finding, locked.
    public func lockedOrphan(_ id: OrphanFinding.ID) async throws -> StoredOrphan? {
        try await postgres.query(
            """
            SELECT finding_id, kind, place, object, bytes, graph_id, evidence, state, first_seen_at, last_seen_at, ordered_by, order_reason, ordered_at,
                archive, archived_at, failure, ended_at
            FROM graphs.orphan_finding WHERE finding_id = \(id) FOR UPDATE
            """
        ).first.map { row in
            let person = try row.decode("ordered_by", as: PostgresJSON<AuditReference>?.self)?.value
            let (reason, orderedAt) = (try row.decode("order_reason", as: String?.self), try row.decode("ordered_at", as: Instant?.self))
            let archive = try row.decode("archive", as: PostgresJSON<BackupArchiveRecord>?.self)?.value
            let archivedAt = try row.decode("archived_at", as: Instant?.self)
            var order: StoredOrphan.Order?
            if let person, let reason, let orderedAt { order = StoredOrphan.Order(by: person, because: reason, at: orderedAt) }
            var copy: StoredOrphan.Copy?
            if let archive, let archivedAt { copy = StoredOrphan.Copy(archive: archive, at: archivedAt) }
            return StoredOrphan(
                id: try row.decode("finding_id"),
                finding: OrphanFinding(
                    kind: try GraphRow.word(row, "kind"), place: try row.decode("place"), object: try row.decode("object"),
                    bytes: try row.decode("bytes"), graph: try row.decode("graph_id", as: String?.self).flatMap { GraphID($0) },
                    evidence: try row.decode("evidence", as: JSONValue.self).objectValue ?? [:]),
                state: try GraphRow.word(row, "state"), firstSeenAt: try row.decode("first_seen_at"),
                lastSeenAt: try row.decode("last_seen_at"), order: order, copy: copy, failure: try row.decode("failure"),
                endedAt: try row.decode("ended_at"))
        }
    }

    /// Stores what changed about a finding; a database is repaired only seven days after its backup, or the row is refused.
    public func save(_ orphan: StoredOrphan) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.orphan_finding SET state = \(orphan.state.rawValue), ended_at = \(orphan.endedAt as Instant?),
                ordered_by = \(orphan.order.map { PostgresJSON($0.person) } as PostgresJSON<AuditReference>?),
                order_reason = \(orphan.order?.reason as String?), ordered_at = \(orphan.order?.at as Instant?),
                archive = \(orphan.copy.map { PostgresJSON($0.archive) } as PostgresJSON<BackupArchiveRecord>?),
                archived_at = \(orphan.copy?.at as Instant?), failure = \(orphan.failure as String?)
            WHERE finding_id = \(orphan.id)
            """)
    }

    /// Looks for the database of a graph among the open findings of a host.
    public func hasOrphanDatabase(of graph: String, at place: String) async throws -> Bool {
        try await !postgres.query(
            """
            SELECT 1 FROM graphs.orphan_finding
            WHERE kind = 'database' AND place = \(place) AND object = \(graph) AND state = 'open'
            """
        ).isEmpty
    }
}
