public import Core

/// A schema a customer wrote, read from the published shape: names, versions, node and relationship types with properties.
public struct CustomSchema: Sendable, Hashable {
    /// Its version.
    public let version: String
    /// The labels it declares.
    public let labels: [SchemaPlan.Label]
    /// The types of edges it declares.
    public let edgeTypes: [SchemaPlan.EdgeType]

    /// Reads a schema, or `nil` when ``faults(in:)`` finds any.
    public init?(_ value: JSONValue) {
        guard Self.faults(in: value).isEmpty else { return nil }
        version = value["version"]?.stringValue ?? "1.0.0"
        labels = (value["nodes"]?.arrayValue ?? []).map {
            SchemaPlan.Label(name: $0["name"]?.stringValue ?? "", properties: Self.properties($0))
        }
        edgeTypes = (value["relationships"]?.arrayValue ?? []).map {
            SchemaPlan.EdgeType(
                name: $0["name"]?.stringValue ?? "", from: $0["from_node"]?.stringValue, to: $0["to_node"]?.stringValue,
                properties: Self.properties($0))
        }
    }

    /// What is wrong with a schema, one sentence each; empty when it can be installed.
    public static func faults(in value: JSONValue) -> [String] {
        guard case .object(let members) = value else { return ["the schema must be an object"] }
        var faults: [String] = []
        if (members["name"]?.stringValue ?? "").isEmpty { faults.append("name is required") }
        let nodes = members["nodes"]?.arrayValue ?? []
        let relationships = members["relationships"]?.arrayValue ?? []
        if nodes.count + relationships.count > 500 { faults.append("at most 500 node and relationship types are allowed") }
        var names: Set<String> = []
        for (kind, items) in [("nodes", nodes), ("relationships", relationships)] {
            for (index, item) in items.enumerated() {
                guard let name = item["name"]?.stringValue, isName(name) else {
                    faults.append("\(kind)[\(index)].name must be 1 to 63 letters, digits and underscores, beginning with a letter")
                    continue
                }
                if !names.insert("\(kind).\(name)").inserted { faults.append("\(kind)[\(index)].name \(name) is given twice") }
                faults += propertyFaults(item, at: "\(kind)[\(index)]")
            }
        }
        let labels = Set(nodes.compactMap { $0["name"]?.stringValue })
        for (index, item) in relationships.enumerated() {
            for end in ["from_node", "to_node"] {
                if let label = item[end]?.stringValue, !labels.contains(label) {
                    faults.append("relationships[\(index)].\(end) names \(label), which is no node type of this schema")
                }
            }
        }
        return faults
    }

    private static func propertyFaults(_ item: JSONValue, at place: String) -> [String] {
        (item["properties"]?.arrayValue ?? []).enumerated().flatMap { index, property -> [String] in
            guard let name = property["name"]?.stringValue, isName(name) else {
                return ["\(place).properties[\(index)].name must be 1 to 63 letters, digits and underscores, beginning with a letter"]
            }
            let type = property["type"]?.stringValue ?? "string"
            return propertyType(type) == nil ? ["\(place).properties[\(index)].type \(type) is not known"] : []
        }
    }

    private static func properties(_ item: JSONValue) -> [SchemaPlan.Property] {
        (item["properties"]?.arrayValue ?? []).map { property in
            let isKey = property["is_primary_key"]?.boolValue ?? false
            return SchemaPlan.Property(
                name: property["name"]?.stringValue ?? "", type: propertyType(property["type"]?.stringValue ?? "string") ?? .json,
                isRequired: isKey || property["is_required"]?.boolValue ?? false, isKey: isKey)
        }
    }

    private static func propertyType(_ word: String) -> SchemaPlan.PropertyType? {
        switch word.lowercased() {
        case "string", "text", "uuid": .string
        case "integer", "int", "int64", "int32", "bigint": .integer
        case "number", "float", "double", "decimal": .number
        case "boolean", "bool": .boolean
        case "date", "datetime", "timestamp": .timestamp
        case "json", "map", "list", "array", "object": .json
        default: nil
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 63 else { return false }
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
        return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 95 }
    }
}
