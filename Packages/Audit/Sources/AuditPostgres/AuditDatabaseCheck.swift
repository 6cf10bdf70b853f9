internal import Audit
public import AuditProof
internal import AuditStorage
internal import Core
internal import FoundationEssentials
public import Postgres

/// Verifies the log of a live database by reading it (AUD-048): what an export would show, and besides whether the columns say what the hashed
/// bytes say and whether every entry has its link (AUD-034, AUD-049).
public struct AuditDatabaseCheck: Sendable {
    private let client: PostgresClient

    /// Makes a check; the client must be one of the background's role, or of an administrator. Nothing is written.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// Looks at everything.
    ///
    /// - Parameters:
    ///   - verifier: knows the keys.
    ///   - anchor: checkpoints that were kept outside; each of them must be in the log.
    /// - Throws: ``PostgresError`` when the log cannot be read.
    public func run(_ verifier: AuditVerifier = AuditVerifier(), anchor: [AuditCheckpoint] = []) async throws -> AuditVerification {
        var verifier = verifier
        try await AuditExport(client: client).lines { try verifier.take($0) }
        var result = verifier.finish()
        try await compareColumns(&result)
        for lost in try await AuditAnchoring.missing(of: anchor, in: client) {
            result.add(.init(.regression, reason: "checkpoint \(lost.number), which was kept outside, is not in the log"))
        }
        for row in try await read(
            """
            SELECT e.id FROM audit.entry AS e WHERE e.canonical IS NOT NULL
                AND NOT EXISTS (SELECT FROM audit.link AS l WHERE l.entry_id = e.id)
                AND NOT EXISTS (SELECT FROM audit.unsealed AS u WHERE u.entry_id = e.id) ORDER BY e.id LIMIT 1000
            """)
        {
            let id: AuditEntryID = try row.decode("id")
            result.add(.init(.unlinked, entry: id.description, reason: "it has no link and does not wait for one"))
        }
        for row in try await read(
            """
            SELECT u.entry_id AS id FROM audit.unsealed AS u WHERE NOT EXISTS (
                SELECT FROM audit.entry AS e WHERE e.id = u.entry_id AND e.recorded_at = u.recorded_at) ORDER BY u.ordinal LIMIT 1000
            """)
        {
            let id: AuditEntryID = try row.decode("id")
            result.add(.init(.removed, entry: id.description, reason: "it was written and is gone before it was sealed"))
        }
        for row in try await read(
            """
            SELECT c.thing, c.last_entry_id FROM audit.coverage AS c WHERE NOT EXISTS (SELECT FROM audit.link AS l WHERE l.entry_id = c.last_entry_id)
                AND NOT EXISTS (SELECT FROM audit.unsealed AS u WHERE u.entry_id = c.last_entry_id) ORDER BY c.thing LIMIT 1000
            """)
        {
            let (thing, id) = (try row.decode("thing", as: String.self), try row.decode("last_entry_id", as: AuditEntryID.self))
            result.add(
                .init(.changeWithoutEntry, entry: id.description, reason: "it told of the last change of \(thing), and is nowhere"))
        }
        return result
    }

    private func compareColumns(_ result: inout AuditVerification) async throws {
        var last = AuditEntryID(uuid: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
        while true {
            let rows = try await read(
                """
                SELECT e.*, coalesce(t.class, '') AS type_class, coalesce(t.component, '') AS type_component FROM audit.entry AS e
                LEFT JOIN audit.event_type AS t ON t.name = e.type WHERE e.canonical IS NOT NULL AND e.id > \(last) ORDER BY e.id LIMIT 1000
                """)
            for row in rows {
                last = try row.decode("id")
                let stored = try JSON.decode(JSONValue.self, from: try row.decode("canonical", as: [UInt8].self))
                // What cannot even be read as an entry any more was changed as well.
                let names = (try? CanonicalEntry(row: row).differences(from: stored)) ?? ["everything"]
                for name in names {
                    result.add(
                        .init(
                            .column, chain: stored["chain"]?.stringValue, entry: last.description,
                            reason: "its column for \(name) is not what was hashed"))
                }
            }
            if rows.isEmpty { return }
        }
    }

    private func read(_ statement: Statement) async throws -> [Row] {
        try await client.query(statement, scope: .system)
    }
}

extension CanonicalEntry {
    /// What the columns say, in the form in which it was hashed.
    init(row: Row) throws {
        let entry = try AuditEntry(row: row)
        let changes = try row.decode("changes", as: PostgresJSON<JSONValue>.self).value
        self.init(
            id: entry.id, type: (entry.type, try row.decode("type_class"), try row.decode("type_component")), risk: entry.risk,
            at: entry.at,
            actor: .init(kind: entry.actor.kind, reference: entry.actor.reference, component: entry.actor.component),
            references: entry.references.all, requestID: try row.decode("request_id"), traceID: try row.decode("trace_id"),
            origin: try row.decode("origin", as: PostgresJSON<JSONValue>?.self)?.value, summary: entry.summary, data: .object(entry.data),
            changes: changes,
            privateDigest: try row.decode("private_digest"))
    }
}
