internal import Core

/// Entries as a table for reading (RFC 4180, UTF-8). It carries no proof, and says so in each row; the export as JSON Lines does (AUD-084).
public enum AuditCSV {
    private static let columns = [
        "time", "id", "type", "risk", "actor_kind", "actor", "references", "summary", "data", "changes", "private", "position", "proof",
    ]

    /// The first line.
    public static var header: String { line(columns) }

    /// The line of an entry.
    ///
    /// - Parameter describe: shows an id with the prefix of its kind; `nil` shows it bare.
    public static func row(_ entry: AuditEntry, _ describe: (AuditReference) -> String?) throws -> String {
        func text(_ reference: AuditReference) -> String {
            if let text = describe(reference) { return text }
            return switch reference.key {
            case .id(let id): "\(id)".lowercased()
            case .text(let text): text
            }
        }
        func json(_ value: some Encodable) throws -> String { String(decoding: try JSON.encode(value), as: UTF8.self) }
        return line([
            entry.at.description, entry.id.description, entry.type, entry.risk.rawValue, entry.actor.kind,
            entry.actor.reference.map(text) ?? entry.actor.component ?? "",
            entry.references.all.map { "\($0.kind.rawValue)=\(text($0))" }.joined(separator: " "), entry.summary,
            entry.data.isEmpty ? "" : try json(entry.data), entry.changes.isEmpty ? "" : try json(entry.changes),
            try entry.personal.map { try json($0) } ?? "", entry.seal.map { String($0.position) } ?? "", "none",
        ])
    }

    private static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    /// A cell that a spreadsheet would take for a formula begins with an apostrophe; one with a comma, a quote or a line end is quoted.
    private static func cell(_ text: String) -> String {
        let begins = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        let plain = begins ? "'" + text : text
        guard plain.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return plain }
        return "\"" + plain.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
