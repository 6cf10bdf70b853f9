@_spi(Stored) public import Audit
public import Core
public import FoundationEssentials
public import Postgres

/// Reads the log from PostgreSQL; what it may see is decided by row-level security as well.
public struct PostgresAuditReader: AuditReader, Sendable {
    private let client: PostgresClient

    /// Makes a reader.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// One page by one statement, in the order of an index (AUD-081).
    public func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry> {
        let rows = try await client.query(try Self.statement(org, query), scope: .org(org))
        let entries = try rows.prefix(query.limit).map { try AuditEntry(row: $0, isSealKnown: true) }
        let next = rows.count > query.limit ? entries.last.flatMap { AuditPlace(at: $0.at, id: $0.id).cursor } : nil
        return Page(elements: entries, next: next)
    }

    static func statement(_ org: UUID, _ query: AuditQuery) throws -> Statement {
        var statement: Statement = "SELECT * FROM (SELECT * FROM audit.entry WHERE ref_org = \(org)"
        if !query.types.isEmpty { statement += " AND type = ANY(\(query.types))" }
        if !query.classes.isEmpty {
            statement += " AND type IN (SELECT name FROM audit.event_type WHERE class = ANY(\(query.classes.map(\.rawValue))))"
        }
        if let risk = query.minimumRisk {
            statement += " AND risk = ANY(\(AuditRisk.allCases.filter { $0 >= risk }.map(\.rawValue)))"
        }
        if let actor = query.actor { statement += " AND actor_id = \(actor)" }
        if let request = query.requestID { statement += " AND request_id = \(request)" }
        if let since = query.since { statement += " AND occurred_at >= \(since)" }
        if let until = query.until { statement += " AND occurred_at < \(until)" }
        if let cursor = query.cursor {
            guard let place = AuditPlace(cursor) else { throw AuditCursorInvalid() }
            statement += " AND (occurred_at, id) < (\(place.at), \(place.id))"
        }
        statement += " ORDER BY occurred_at DESC, id DESC LIMIT \(Int64(query.limit + 1))) AS e"
        // Looked up for what is shown, one probe of an index each.
        statement +=
            " LEFT JOIN LATERAL audit.seal_of(e.id) AS seal (seal_position, seal_hash) ON true ORDER BY e.occurred_at DESC, e.id DESC"
        return statement
    }
}

/// A place in the list of entries.
struct AuditPlace {
    let at: Instant
    let id: AuditEntryID

    init(at: Instant, id: AuditEntryID) {
        self.at = at
        self.id = id
    }

    init?(_ cursor: Cursor) {
        let parts = cursor.description.split(separator: ".")
        guard parts.count == 2, let micros = Int64(parts[0]), let id = AuditEntryID(String(parts[1])) else { return nil }
        self.init(at: Instant(microsecondsSinceEpoch: micros), id: id)
    }

    var cursor: Cursor? { Cursor("\(at.microsecondsSinceEpoch).\(id)") }
}

extension AuditEntry {
    /// - Parameter isSealKnown: whether the row says where the entry stands in its chain.
    init(row: Row, isSealKnown: Bool = false) throws {
        var references: [AuditReference] = []
        for kind in AuditReferenceKind.allCases {
            let column = row["ref_" + kind.rawValue]
            guard !column.isNull else { continue }
            references.append(try Self.reference(kind, column))
        }
        let further = try row.decode("further_references", as: PostgresJSON<[FurtherReference]>.self).value
        references += further.compactMap(\.reference)
        guard let first = references.first else { throw row["id"].failure("refers to nothing") }
        let actorKind = try row.decode("actor_reference_kind", as: String?.self).flatMap(AuditReferenceKind.init)
        let actor = try actorKind.map { kind in
            try Self.reference(kind, row[kind.isText ? "actor_text" : "actor_id"])
        }
        let position = isSealKnown ? try row.decode("seal_position", as: Int64?.self) : nil
        self.init(
            id: try row.decode("id"), type: try row.decode("type"), risk: AuditRisk(rawValue: try row.decode("risk")) ?? .critical,
            at: try row.decode("occurred_at"),
            actor: (try row.decode("actor_kind"), actor, try row.decode("actor_component")),
            references: references.dropFirst().reduce(AuditReferences(first)) { $0.adding($1) }, summary: try row.decode("summary"),
            data: try row.decode("data", as: PostgresJSON<[String: JSONValue]>.self).value,
            changes: try row.decode("changes", as: PostgresJSON<[AuditChange]>.self).value,
            seal: try position.map { AuditSeal(position: $0, linkHash: try row.decode("seal_hash")) })
    }

    private static func reference(_ kind: AuditReferenceKind, _ column: Column) throws -> AuditReference {
        kind.isText
            ? AuditReference(stored: kind, text: try column.decode(as: String.self))
            : AuditReference(stored: kind, id: try column.decode(as: UUID.self))
    }

    private struct FurtherReference: Codable {
        let kind: AuditReferenceKind
        let id: UUID?
        let text: String?

        var reference: AuditReference? {
            if let id { return AuditReference(stored: kind, id: id) }
            return text.map { AuditReference(stored: kind, text: $0) }
        }
    }
}
