internal import Core
internal import Graphs

/// A schema in the words of the graph API: tables of nodes and of edges.
enum GraphAPISchema {
    /// What every database begins with: a table that holds nothing, since a database is made with a schema.
    static let base = "CREATE NODE TABLE IF NOT EXISTS trellis_meta(name STRING, value STRING, PRIMARY KEY(name))"

    /// One statement for each label and type; each changes nothing when it was run before.
    ///
    /// - Throws: ``EngineError/refused(_:)`` for a name that the API does not take, and for edges between nothing.
    static func statements(_ plan: SchemaPlan) throws(EngineError) -> [String] {
        var statements: [String] = []
        var labels: [String] = []
        for label in plan.labels where !labels.contains(label.name) {
            labels.append(label.name)
            let key = label.properties.first { $0.isKey && $0.type == .string }?.name
            let columns = try columns(label.properties) + (key == nil ? ["trellis_id SERIAL"] : [])
            statements.append(
                "CREATE NODE TABLE IF NOT EXISTS \(try name(label.name))(\(columns.joined(separator: ", ")), "
                    + "PRIMARY KEY(\(try name(key ?? "trellis_id"))))")
        }
        for type in plan.edgeTypes {
            var pairs: [String] = []
            for from in type.from.map({ [$0] }) ?? labels {
                for to in type.to.map({ [$0] }) ?? labels { pairs.append("FROM \(try name(from)) TO \(try name(to))") }
            }
            guard !pairs.isEmpty else { throw .refused("edges of \(type.name) have no labels to go between") }
            let parts = try pairs + columns(type.properties)
            statements.append("CREATE REL TABLE IF NOT EXISTS \(try name(type.name))(\(parts.joined(separator: ", ")))")
        }
        return statements
    }

    /// The statement that makes the first node, once.
    ///
    /// - Returns: the statement and its parameters; values that are neither text, number nor yes or no are left out.
    static func entity(_ entity: [String: JSONValue]) throws(EngineError) -> (statement: String, parameters: JSONValue) {
        var parameters: [String: JSONValue] = [:]
        var settings: [String] = []
        for (property, value) in entity.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .string, .integer, .number, .bool: break
            default: continue
            }
            parameters[property] = value
            settings.append("\(try name(property)): $\(property)")
        }
        return ("MERGE (n:Entity {\(settings.joined(separator: ", "))})", .object(parameters))
    }

    private static func columns(_ properties: [SchemaPlan.Property]) throws(EngineError) -> [String] {
        var columns: [String] = []
        for property in properties { columns.append("\(try name(property.name)) \(type(property.type))") }
        return columns
    }

    private static func type(_ type: SchemaPlan.PropertyType) -> String {
        switch type {
        case .string, .json: "STRING"
        case .integer: "INT64"
        case .number: "DOUBLE"
        case .boolean: "BOOL"
        case .timestamp: "TIMESTAMP"
        }
    }

    private static func name(_ name: String) throws(EngineError) -> String {
        guard let first = name.utf8.first, first == 95 || isLetter(first), name.utf8.count <= 64,
            name.utf8.allSatisfy({ $0 == 95 || isLetter($0) || (48...57).contains($0) })
        else { throw .refused("\(name.debugDescription.prefix(80)) cannot be a name there") }
        return "`\(name)`"
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
}
