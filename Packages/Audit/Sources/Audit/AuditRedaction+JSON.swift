public import Core

extension AuditRedaction {
    /// The value with every text in it as an entry may show it; names of fields stay.
    public static func shown(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(shown(text))
        case .array(let elements): .array(elements.map(shown))
        case .object(let members): .object(members.mapValues(shown))
        case .null, .bool, .integer, .number: value
        }
    }
}
