public import Admin
public import Core
internal import FoundationEssentials
internal import Identity
public import Postgres

/// Reads every list over the tables of all packages; nothing is written.
public struct PostgresOperatorLists: OperatorLists {
    let client: PostgresClient

    /// Makes the lists.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// One statement for a page.
    public func page(of list: OperatorList, _ query: OperatorListQuery) async throws -> Page<[String: JSONValue]> {
        guard let source = OperatorListSources.all[list.path] else { throw OperatorListRefusal.value(list.path) }
        var statement: Statement = "SELECT * FROM (\(fragment: source.select)) AS list WHERE true"
        for (name, text) in query.equal.sorted(by: { $0.key < $1.key }) {
            guard let field = list.field(name) else { throw OperatorListRefusal.value(name) }
            statement += try Self.condition(field, text)
        }
        for (bounds, sign) in [(query.before, "<"), (query.after, ">=")] as [([String: Instant], Statement)] {
            for (name, instant) in bounds.sorted(by: { $0.key < $1.key }) where list.dated.contains(name) {
                statement += " AND list.\(identifier: name) \(fragment: sign) \(instant)"
            }
        }
        if let atRest = source.atRest, query.equal["state"] == nil, query.equal["id"] == nil {
            statement += " AND (\(fragment: atRest))"
        }
        if let cursor = query.cursor {
            guard let place = ListPlace(cursor) else { throw OperatorListRefusal.cursor }
            statement += " AND (at, list.id::text COLLATE \"C\") < (\(place.at), \(place.id))"
        }
        statement += " ORDER BY at DESC, list.id::text COLLATE \"C\" DESC LIMIT \(Int64(query.limit + 1))"
        let found = try await client.query(statement, scope: .system)
        let page = Array(found.prefix(query.limit))
        var next: Cursor?
        if found.count > query.limit, let last = page.last {
            let id = try Self.isUUID(list) ? last.decode("id", as: UUID.self).uuidString.lowercased() : last.decode("id", as: String.self)
            next = ListPlace(at: try last.decode("at"), id: id).cursor
        }
        return Page(elements: try page.map { try Self.values(of: $0, list) }, next: next)
    }

    private static func isUUID(_ list: OperatorList) -> Bool {
        if case .id = list.fields.first?.kind { true } else { false }
    }

    private static func condition(_ field: OperatorList.Field, _ text: String) throws -> Statement {
        let column: Statement = " AND list.\(identifier: field.name) = "
        switch field.kind {
        case .text, .personal: return column + "\(text)"
        case .words(let words):
            guard words.contains(text) else { throw OperatorListRefusal.value(field.name) }
            return column + "\(text)"
        case .id(let prefix):
            guard let id = NamedID(prefix, text) else { throw OperatorListRefusal.value(field.name) }
            return column + "\(id.uuid)"
        case .bool:
            guard let value = Bool(text) else { throw OperatorListRefusal.value(field.name) }
            return column + "\(value)"
        case .integer:
            guard let value = Int64(text) else { throw OperatorListRefusal.value(field.name) }
            return column + "\(value)"
        case .jobKey:
            return """
                 AND list.\(identifier: field.name) IN (\(text), encode(
                    substr(sha256(convert_to(split_part(list.kind, '#', 1) || E'\\x1f' || \(text), 'UTF8')), 1, 16), 'hex'))
                """
        case .instant, .json: throw OperatorListRefusal.value(field.name)
        }
    }

    private static func values(of row: Row, _ list: OperatorList) throws -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for field in list.fields {
            guard !row[field.name].isNull else {
                values[field.name] = .null
                continue
            }
            switch field.kind {
            case .id(let prefix): values[field.name] = .string(NamedID(prefix, try row.decode(field.name, as: UUID.self)).text)
            case .text, .words, .personal, .jobKey: values[field.name] = .string(try row.decode(field.name))
            case .integer: values[field.name] = .integer(try row.decode(field.name))
            case .bool: values[field.name] = .bool(try row.decode(field.name))
            case .instant: values[field.name] = .string(try row.decode(field.name, as: Instant.self).description)
            case .json: values[field.name] = try row.decode(field.name, as: JSONValue.self)
            }
        }
        return values
    }
}

/// An id of which only its prefix is known.
struct NamedID {
    let text: String
    let uuid: UUID

    /// Reads an id of this kind.
    init?(_ prefix: String, _ text: String) {
        guard text.hasPrefix(prefix + "_"), let id = OrgReference("org_" + text.dropFirst(prefix.utf8.count + 1)) else { return nil }
        self.text = text
        uuid = id.uuid
    }

    init(_ prefix: String, _ uuid: UUID) {
        self.uuid = uuid
        text = prefix + OrgReference(uuid: uuid).description.dropFirst(3)
    }
}

/// Where a page begins: an instant, and an id among those of the same instant.
struct ListPlace {
    let at: Instant
    let id: String

    init(at: Instant, id: String) {
        self.at = at
        self.id = id
    }

    init?(_ cursor: Cursor) {
        let parts = cursor.description.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let micros = Int64(parts[0]), parts[1].utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[1].utf8[...]
        while let high = rest.popFirst(), let low = rest.popFirst() {
            guard let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        at = Instant(microsecondsSinceEpoch: micros)
        id = String(decoding: bytes, as: UTF8.self)
    }

    /// Ids may hold what a cursor may not, so they are written as digits.
    var cursor: Cursor? {
        let digits = Array("0123456789abcdef")
        return Cursor("\(at.microsecondsSinceEpoch)." + id.utf8.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined())
    }
}
