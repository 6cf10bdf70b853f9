public import Core

extension AuditRedaction {
    /// The value with every text in it as an entry may show it; names of fields stay.
    public static func shown(_ value: JSONValue, keepsAddresses: Bool = false) -> JSONValue {
        switch value {
        case .string(let text): .string(shown(text, keepsAddresses: keepsAddresses))
        case .array(let elements): .array(elements.map { shown($0, keepsAddresses: keepsAddresses) })
        case .object(let members): .object(members.mapValues { shown($0, keepsAddresses: keepsAddresses) })
        case .null, .bool, .integer, .number: value
        }
    }
}
