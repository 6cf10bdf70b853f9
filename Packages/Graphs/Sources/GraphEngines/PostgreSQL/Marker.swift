internal import Core
internal import Graphs
internal import Operations
internal import Postgres

/// The text on every object we make on a host: whose it is (graphs.md, section 1).
struct Marker: Hashable {
    let deployment: String
    let graph: GraphID
    let operation: Operation.ID?

    var text: String {
        "trellis deployment=\(deployment) graph=\(graph)" + (operation.map { " operation=\($0)" } ?? "")
    }

    /// Reads a marker; a text of another form is not one of ours.
    init?(_ text: String?) {
        guard let text, text.hasPrefix("trellis ") else { return nil }
        var members: [Substring: Substring] = [:]
        for pair in text.dropFirst(8).split(separator: " ") {
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            members[pair[..<equals]] = pair[pair.index(after: equals)...]
        }
        guard let deployment = members["deployment"], let graph = members["graph"].flatMap({ GraphID(String($0)) }) else { return nil }
        self.init(deployment: String(deployment), graph: graph, operation: members["operation"].flatMap { Operation.ID(String($0)) })
    }

    init(deployment: String, graph: GraphID, operation: Operation.ID?) {
        self.deployment = deployment
        self.graph = graph
        self.operation = operation
    }

    /// Whether an object with this text is of the same graph of the same deployment.
    func owns(_ text: String?) -> Bool {
        guard let other = Marker(text) else { return false }
        return other.deployment == deployment && other.graph == graph
    }
}

extension GraphID {
    /// The name of the database as a pattern of `LIKE`, in which an underscore would stand for any sign.
    var databasePattern: String { databaseName.split(separator: "_").joined(separator: "\\_") }
}

/// A text in single quotes for statements that take no parameters; only for texts without backslash or quote of their own making.
func quotedLiteral(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}

/// A name in double quotes, for texts of several statements.
func quotedName(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

/// A statement that takes no parameters, such as `CREATE DATABASE`.
///
/// `Statement("…")` with a literal would make parameters of what is interpolated, which such statements do not know.
func utility(_ sql: String) -> Statement {
    Statement(sql, [])
}
