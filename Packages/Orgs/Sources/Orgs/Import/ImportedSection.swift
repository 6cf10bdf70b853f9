internal import Core

/// What a column of an export has. Every column may be `null` as well.
public enum ImportedValue: Sendable, Hashable {
    /// A UUID in small letters.
    case id
    /// A text.
    case text
    /// A whole number.
    case whole
    /// `true` or `false`.
    case flag
    /// An instant.
    case time
    /// Values that the rules of the section say nothing about.
    case anything
    /// Rows within the row, with these columns.
    case rows([String: ImportedValue])
}

/// A section as an import expects it: its name, and what each of its columns has.
public struct ImportedSection: Sendable, Hashable {
    /// The name of its files.
    public let name: String
    /// All its columns; a row has each of them and no other.
    public let columns: [String: ImportedValue]

    /// Describes a section.
    public init(_ name: String, _ columns: [String: ImportedValue]) {
        self.name = name
        self.columns = columns
    }

    /// What is wrong with a row; `nil` when it is as it should be.
    func fault(of row: JSONValue) -> String? { Self.fault(of: row, columns, within: "") }

    private static func fault(of row: JSONValue, _ columns: [String: ImportedValue], within path: String) -> String? {
        guard case .object(let members) = row else { return "\(path.isEmpty ? "it" : path) is no object" }
        for name in members.keys.sorted() where columns[name] == nil { return "the column \(path)\(shown(name)) is unknown" }
        for (name, expected) in columns.sorted(by: { $0.key < $1.key }) {
            guard let value = members[name] else { return "the column \(path)\(name) is missing" }
            if let fault = fault(of: value, expected, at: path + name) { return fault }
        }
        return nil
    }

    private static func fault(of value: JSONValue, _ expected: ImportedValue, at path: String) -> String? {
        if hasNul(value) { return "the column \(path) has a character that no text may have" }
        switch (expected, value) {
        case (_, .null), (.text, .string), (.whole, .integer), (.flag, .bool), (.anything, _): return nil
        case (.id, .string(let text)): return isID(text) ? nil : "the column \(path) is no id"
        case (.time, .string(let text)): return Instant(text) != nil ? nil : "the column \(path) is no time"
        case (.rows(let columns), .array(let rows)):
            for row in rows {
                if let fault = fault(of: row, columns, within: path + ".") { return fault }
            }
            return nil
        default: return "the column \(path) has a value of another kind"
        }
    }

    /// PostgreSQL keeps no such character, so the whole batch would be refused without a place.
    private static func hasNul(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: hasNul)
        case .object(let members): members.contains { $0.key.utf8.contains(0) || hasNul($0.value) }
        case .null, .bool, .integer, .number: false
        }
    }

    static func isID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12]
            && parts.joined().allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// A name from the file as it may stand on a terminal.
    static func shown(_ name: String) -> String {
        String(name.unicodeScalars.prefix(60).map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" })
    }
}

extension OrgExportSection {
    /// What an import expects of the package's own sections.
    public var imported: ImportedSection { ImportedSection(rawValue, columns) }

    private var columns: [String: ImportedValue] {
        switch self {
        case .org:
            [
                "id": .id, "name": .text, "org_type": .text, "state": .text, "mfa_rule": .text, "invitation_domains": .anything,
                "support_access_until": .time, "created_at": .time, "updated_at": .time,
            ]
        case .memberships:
            [
                "id": .id, "user_id": .id, "name": .text, "email": .text, "role": .text, "joined_at": .time, "joined_through": .text,
                "ended_at": .time, "end_reason": .text,
            ]
        case .invitations:
            [
                "id": .id, "email": .text, "role": .text, "state": .text, "invited_by": .id, "created_at": .time, "expires_at": .time,
                "closed_at": .time,
            ]
        case .limits: ["max_graphs": .whole, "max_members": .whole, "graphs_held": .whole, "graphs_reserved": .whole]
        case .graphs:
            [
                "graph_id": .text, "name": .text, "type": .text, "tier": .text, "created_at": .time, "ended_at": .time,
                "granted_to": .anything,
            ]
        case .usage: ["graph_id": .text, "day": .text, "credits_hundredths": .whole, "ai_operations": .whole]
        case .audit:
            [
                "id": .id, "type": .text, "risk": .text, "occurred_at": .time, "recorded_at": .time, "actor": .text, "actor_id": .id,
                "actor_component": .text, "request_id": .text, "summary": .text, "data": .anything, "changes": .anything,
                "references": .anything, "further_references": .anything,
            ]
        }
    }
}
