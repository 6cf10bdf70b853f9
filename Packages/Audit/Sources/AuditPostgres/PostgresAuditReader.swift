@_spi(Stored) public import Audit
public import AuditStorage
public import Core
public import FoundationEssentials
public import Postgres

/// Reads the log from PostgreSQL; what it may see is decided by row-level security as well.
public struct PostgresAuditReader: AuditReader, AuditOverview, Sendable {
    private let client: PostgresClient
    private let cursors: AuditCursors

    /// Makes a reader.
    ///
    /// - Parameter cursors: makes and checks the places at which pages begin; without keys they hold for this reader only.
    public init(client: PostgresClient, cursors: AuditCursors = AuditCursors()) {
        self.client = client
        self.cursors = cursors
    }

    /// One page by one statement, in the order of an index (AUD-081).
    public func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry> {
        var query = query
        query.org = org
        return try await page(of: query, scope: .org(org))
    }

    /// One page of all chains; the client must be one that may see them.
    public func entries(_ query: AuditQuery) async throws -> Page<AuditEntry> { try await page(of: query, scope: .system) }

    private func page(of query: AuditQuery, scope: TransactionScope) async throws -> Page<AuditEntry> {
        let place = try query.cursor.map { cursor in
            guard let place = cursors.place(cursor, in: query) else { throw AuditCursorInvalid() }
            return place
        }
        let rows = try await client.query(Self.statement(query, from: place), scope: scope)
        let entries = try rows.prefix(query.limit).map { try AuditEntry(row: $0, isWhole: true) }
        let next = rows.count > query.limit ? entries.last.flatMap { cursors.cursor(AuditPlace(at: $0.at, id: $0.id), in: query) } : nil
        return Page(elements: entries, next: next)
    }

    /// The rows that are asked for, as a statement that goes on with AND.
    static func selection(_ query: AuditQuery) -> Statement {
        var statement: Statement = "SELECT * FROM audit.entry WHERE true"
        if let org = query.org { statement += " AND ref_org = \(org)" }
        if !query.types.isEmpty { statement += " AND type = ANY(\(query.types))" }
        if !query.classes.isEmpty {
            statement += " AND type IN (SELECT name FROM audit.event_type WHERE class = ANY(\(query.classes.map(\.rawValue))))"
        }
        if let risk = query.minimumRisk {
            statement += " AND risk = ANY(\(AuditRisk.allCases.filter { $0 >= risk }.map(\.rawValue)))"
        }
        if let actor = query.actor { statement += " AND actor_id = \(actor)" }
        if let component = query.component { statement += " AND actor_component = \(component)" }
        if let request = query.requestID { statement += " AND request_id = \(request)" }
        if let follow = query.follow {
            statement += " AND trace_id = (SELECT f.trace_id FROM audit.entry AS f WHERE f.id = \(follow) LIMIT 1)"
        }
        for reference in query.references {
            switch reference.key {
            case .id(let id): statement += " AND \(identifier: "ref_" + reference.kind.rawValue) = \(id)"
            case .text(let text): statement += " AND \(identifier: "ref_" + reference.kind.rawValue) = \(text)"
            }
        }
        if let kind = query.anyOf.first?.kind {
            let keys = query.anyOf.filter { $0.kind == kind }.map(CanonicalEntry.text)
            statement += " AND \(identifier: "ref_" + kind.rawValue)::text = ANY(\(keys))"
        }
        for (name, value) in query.facts.sorted(by: { $0.key < $1.key }) { statement += " AND data ->> \(name) = \(value)" }
        if let since = query.since { statement += " AND occurred_at >= \(since)" }
        if let until = query.until { statement += " AND occurred_at < \(until)" }
        return statement
    }

    static func statement(_ query: AuditQuery, from place: AuditPlace?) -> Statement {
        var statement = selection(query)
        if let place { statement += " AND (occurred_at, id) < (\(place.at), \(place.id))" }
        statement += " ORDER BY occurred_at DESC, id DESC LIMIT \(Int64(query.limit + 1))"
        // Looked up for what is shown, one probe of an index each.
        return "SELECT e.*, seal.seal_position, seal.seal_hash, p.body AS private_body FROM (" + statement + """
            ) AS e LEFT JOIN LATERAL audit.seal_of(e.id) AS seal (seal_position, seal_hash) ON true
            LEFT JOIN LATERAL (SELECT body FROM audit.private_part WHERE entry_id = e.id LIMIT 1) AS p ON true
            ORDER BY e.occurred_at DESC, e.id DESC
            """
    }
}

extension AuditEntry {
    /// - Parameter isWhole: whether the row also says where the entry stands in its chain and what is personal in it.
    init(row: Row, isWhole: Bool = false) throws {
        var references: [AuditReference] = []
        for kind in AuditReferenceKind.allCases {
            let column = row["ref_" + kind.rawValue]
            guard !column.isNull else { continue }
            references.append(try Self.reference(kind, column))
        }
        // Those of a program's own stand in columns behind the product's (AUD-136).
        for name in row.columnNames where name.hasPrefix("ref_") && !Self.columns.contains(name) {
            let column = row[name]
            guard !column.isNull else { continue }
            references.append(
                try Self.reference(AuditReferenceKind(stored: String(name.dropFirst(4)), isText: column.type != .uuid), column))
        }
        let further = try row.decode("further_references", as: PostgresJSON<[FurtherReference]>.self).value
        references += further.compactMap(\.reference)
        guard let first = references.first else { throw row["id"].failure("refers to nothing") }
        let actorKind = try row.decode("actor_reference_kind", as: String?.self).map {
            AuditReferenceKind(stored: $0, isText: row["actor_id"].isNull)
        }
        let actor = try actorKind.map { kind in
            try Self.reference(kind, row[kind.isText ? "actor_text" : "actor_id"])
        }
        let position = isWhole ? try row.decode("seal_position", as: Int64?.self) : nil
        let personal = isWhole ? try row.decode("private_body", as: [UInt8]?.self) : nil
        self.init(
            id: try row.decode("id"), type: try row.decode("type"), risk: AuditRisk(rawValue: try row.decode("risk")) ?? .critical,
            at: try row.decode("occurred_at"),
            actor: (try row.decode("actor_kind"), actor, try row.decode("actor_component")),
            references: references.dropFirst().reduce(AuditReferences(first)) { $0.adding($1) }, summary: try row.decode("summary"),
            data: try row.decode("data", as: PostgresJSON<[String: JSONValue]>.self).value,
            changes: try row.decode("changes", as: PostgresJSON<[AuditChange]>.self).value,
            personal: try personal.map { try JSON.decode([String: JSONValue].self, from: $0) },
            seal: try position.map { AuditSeal(position: $0, linkHash: try row.decode("seal_hash")) },
            requestID: try row.decode("request_id"), origin: try row.decode("origin", as: PostgresJSON<AuditOrigin>?.self)?.value)
    }

    /// The columns of the product's kinds.
    private static let columns = Set(AuditReferenceKind.allCases.map { "ref_" + $0.rawValue })

    private static func reference(_ kind: AuditReferenceKind, _ column: Column) throws -> AuditReference {
        kind.isText
            ? AuditReference(stored: kind, text: try column.decode(as: String.self))
            : AuditReference(stored: kind, id: try column.decode(as: UUID.self))
    }

    private struct FurtherReference: Codable {
        let kind: String
        let id: UUID?
        let text: String?

        var reference: AuditReference? {
            let kind = AuditReferenceKind(stored: kind, isText: id == nil)
            if let id { return AuditReference(stored: kind, id: id) }
            return text.map { AuditReference(stored: kind, text: $0) }
        }
    }
}
