internal import Core
internal import Postgres

extension Row {
    /// Reads a JSON column that holds a value of ours: every key in it is one that the type writes (BIL-154).
    ///
    /// A key that the type does not know was written by a newer version or by hand; reading on would lose it with the next write of the
    /// whole column.
    ///
    /// - Throws: ``BillingStoreError/unknownKey(column:path:)`` for such a key; what decoding throws otherwise.
    func own<Value: Codable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = try optionalOwn(column, as: type) else { throw BillingStoreError.lost(column) }
        return value
    }

    /// The same for a column that may be empty.
    func optionalOwn<Value: Codable>(_ column: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let stored = try decode(column, as: JSONValue?.self) else { return nil }
        let value = try JSON.decode(type, from: JSON.encode(stored))
        let known = try JSON.decode(JSONValue.self, from: JSON.encode(value))
        if let path = Self.unknownKey(in: stored, besides: known) { throw BillingStoreError.unknownKey(column: column, path: path) }
        return value
    }

    private static func unknownKey(in stored: JSONValue, besides known: JSONValue?) -> String? {
        switch stored {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                // An empty member says as little as an absent one.
                if member == .null { continue }
                guard let counterpart = known?[name] else { return "/\(name)" }
                if let rest = unknownKey(in: member, besides: counterpart) { return "/\(name)\(rest)" }
            }
            return nil
        case .array(let elements):
            guard case .array(let counterparts) = known, counterparts.count == elements.count else { return "" }
            for (index, element) in elements.enumerated() {
                if let rest = unknownKey(in: element, besides: counterparts[index]) { return "/\(index)\(rest)" }
            }
            return nil
        case .null, .bool, .integer, .number, .string: return nil
        }
    }
}
