internal import Core

/// The named objects of a document, and what is wrong with them.
struct SchemaComponents {
    var schemas: [String: JSONValue] = [:]
    var faults: [String] = []

    /// Writes a schema, and keeps the named objects in it.
    mutating func json(_ schema: Schema) -> JSONValue {
        var members = self.members(schema)
        if let meaning = schema.meaning { members["description"] = .string(meaning) }
        for (keyword, value) in schema.limits { members[keyword] = value }
        return .object(members)
    }

    private mutating func members(_ schema: Schema) -> [String: JSONValue] {
        switch schema.form {
        case .any: return [:]
        case .null: return ["type": "null"]
        case .unknown(let what):
            faults.append("no schema for \(what)")
            return [:]
        case .value(let type, let format):
            var members: [String: JSONValue] = ["type": Self.type(type, schema.isNullable)]
            if let format { members["format"] = .string(format) }
            return members
        case .words(let words):
            let values = words.map { JSONValue.string($0) } + (schema.isNullable ? [.null] : [])
            return ["type": Self.type("string", schema.isNullable), "enum": .array(values)]
        case .array(let element): return ["type": Self.type("array", schema.isNullable), "items": json(element)]
        case .map(let value): return ["type": Self.type("object", schema.isNullable), "additionalProperties": json(value)]
        case .either(let schemas): return ["anyOf": .array(schemas.map { json($0) } + (schema.isNullable ? [["type": "null"]] : []))]
        case .object(nil, let fields): return object(fields, isNullable: schema.isNullable)
        case .object(let name?, let fields):
            let definition = JSONValue.object(object(fields, isNullable: false))
            if let known = schemas[name], known != definition { faults.append("two schemas are named \(name)") }
            schemas[name] = definition
            let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name)")]
            return schema.isNullable ? ["anyOf": [reference, ["type": "null"]]] : ["$ref": .string("#/components/schemas/\(name)")]
        }
    }

    private mutating func object(_ fields: [Schema.Field], isNullable: Bool) -> [String: JSONValue] {
        var properties: [String: JSONValue] = [:]
        for field in fields { properties[field.name] = json(field.schema) }
        var members: [String: JSONValue] = ["type": Self.type("object", isNullable), "properties": .object(properties)]
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { members["required"] = .array(required) }
        return members
    }

    private static func type(_ name: String, _ isNullable: Bool) -> JSONValue {
        isNullable ? [.string(name), "null"] : .string(name)
    }
}

extension Schema {
    /// A value that fits.
    var example: JSONValue {
        if let sample { return sample }
        switch form {
        case .any, .unknown: return .object([:])
        case .null: return .null
        case .value: return .null
        case .words(let words): return .string(words.first ?? "")
        case .array(let element): return .array([element.example])
        case .map(let value): return .object(["key": value.example])
        case .either(let schemas): return schemas.first?.example ?? .null
        case .object(_, let fields): return .object(Dictionary(fields.map { ($0.name, $0.schema.example) }) { first, _ in first })
        }
    }

    /// Where a value does not fit, each with its place in it; a key that is not described does not fit either.
    func misfits(of value: JSONValue, at place: String = "") -> [String] {
        if value == .null {
            switch form {
            case .any, .null: return []
            default: return isNullable ? [] : ["\(place) is null"]
            }
        }
        switch form {
        case .any: return []
        case .null: return ["\(place) is not null"]
        case .unknown(let what): return ["\(place): no schema for \(what)"]
        case .value(let type, _): return Self.fits(value, type) ? [] : ["\(place) is no \(type)"]
        case .words(let words):
            return value.stringValue.map(words.contains) == true ? [] : ["\(place) is none of \(words)"]
        case .array(let element):
            guard let elements = value.arrayValue else { return ["\(place) is no array"] }
            return elements.enumerated().flatMap { element.misfits(of: $1, at: "\(place)/\($0)") }
        case .map(let element):
            guard let members = value.objectValue else { return ["\(place) is no object"] }
            return members.sorted { $0.key < $1.key }.flatMap { element.misfits(of: $0.value, at: "\(place)/\($0.key)") }
        case .either(let schemas):
            let all = schemas.map { $0.misfits(of: value, at: place) }
            return all.min { $0.count < $1.count } ?? []
        case .object(_, let fields):
            guard let members = value.objectValue else { return ["\(place) is no object"] }
            let known = Set(fields.map(\.name))
            let further = members.keys.filter { !known.contains($0) }.sorted().map { "\(place)/\($0) is not described" }
            return further
                + fields.flatMap { field -> [String] in
                    guard let member = members[field.name] else { return field.isRequired ? ["\(place)/\(field.name) is missing"] : [] }
                    return field.schema.misfits(of: member, at: "\(place)/\(field.name)")
                }
        }
    }

    private static func fits(_ value: JSONValue, _ type: String) -> Bool {
        switch (value, type) {
        case (.string, "string"), (.integer, "integer"), (.integer, "number"), (.number, "number"), (.bool, "boolean"): true
        default: false
        }
    }
}
