public import Core

extension Schema {
    /// What the JSON of a body looks like, found out by decoding it once from a decoder that notes what it is asked for: a key that a body does not read
    /// cannot stand in the description, and one that it reads cannot be missing there.
    public init(decoding type: (some Decodable).Type) {
        self = SchemaRecorder.schema(of: type)
    }
}

extension String: SchemaDescribing {
    /// A text.
    public static var schema: Schema { .string }
}

extension Bool: SchemaDescribing {
    /// `true` or `false`.
    public static var schema: Schema { .boolean }
}

extension Int: SchemaDescribing {
    /// A whole number.
    public static var schema: Schema { .integer }
}

extension Int64: SchemaDescribing {
    /// A whole number.
    public static var schema: Schema { .integer }
}

extension Double: SchemaDescribing {
    /// A number.
    public static var schema: Schema { .number }
}

extension JSONValue: SchemaDescribing {
    /// Anything.
    public static var schema: Schema { .any }
}

extension Instant: SchemaDescribing {
    /// An instant in UTC.
    public static var schema: Schema { .instant }
}

extension Identifier: SchemaDescribing {
    /// An id with its prefix.
    public static var schema: Schema { .id(Entity.idPrefix) }
}

extension Array: SchemaDescribing where Element: Decodable {
    /// A list.
    public static var schema: Schema { .array(of: Schema(decoding: Element.self)) }
}

/// A decoder that notes which keys it is asked for, and gives examples.
final class SchemaRecorder: Decoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private(set) var fields: [Schema.Field] = []

    static func schema<Value: Decodable>(of type: Value.Type) -> Schema {
        if let describing = type as? any SchemaDescribing.Type { return describing.schema }
        if let cases = type as? any CaseIterable.Type, let words = words(of: cases) { return Schema(.words(words)) }
        let recorder = SchemaRecorder()
        do {
            _ = try Value(from: recorder)
            return Schema(.object(name: String(describing: type), recorder.fields))
        } catch {
            return Schema(.unknown(String(describing: type)))
        }
    }

    func note(_ key: String, _ schema: Schema, isRequired: Bool) {
        guard !fields.contains(where: { $0.name == key }) else { return }
        fields.append(.init(name: key, schema: schema, isRequired: isRequired))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RecordingContainer<Key>(recorder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw Unrecordable() }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { throw Unrecordable() }

    private static func words<Cases: CaseIterable>(of type: Cases.Type) -> [String]? {
        let words = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        return words.isEmpty ? nil : words
    }
}

/// Asked of the recorder by a type that describes itself in no other way than by its values.
struct Unrecordable: Error {}

private struct RecordingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: SchemaRecorder
    let codingPath: [any CodingKey] = []
    let allKeys: [Key] = []

    func contains(_ key: Key) -> Bool { true }

    func decodeNil(forKey key: Key) throws -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        let schema = SchemaRecorder.schema(of: type)
        recorder.note(key.stringValue, schema, isRequired: true)
        // As an element: a fragment of JSON alone is not what a decoder is made for.
        let values = try JSON.decode([Value].self, from: JSON.encode(JSONValue.array([schema.example])))
        guard let value = values.first else { throw Unrecordable() }
        return value
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        recorder.note(key.stringValue, SchemaRecorder.schema(of: type).orNull, isRequired: false)
        return nil
    }

    // The requirements for single types have bodies of their own in the standard library, which would pass by what stands above.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type, key) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try required(type, key, true) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try required(type, key, "text") }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try required(type, key, 1.5) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { throw Unrecordable() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try required(type, key, 1) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { throw Unrecordable() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { throw Unrecordable() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { throw Unrecordable() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try required(type, key, 1) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { throw Unrecordable() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { throw Unrecordable() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { throw Unrecordable() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { throw Unrecordable() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { throw Unrecordable() }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw Unrecordable()
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw Unrecordable() }
    func superDecoder() throws -> any Decoder { throw Unrecordable() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw Unrecordable() }

    private func required<Value: SchemaDescribing>(_ type: Value.Type, _ key: Key, _ value: Value) throws -> Value {
        recorder.note(key.stringValue, type.schema, isRequired: true)
        return value
    }

    private func optional<Value: SchemaDescribing>(_ type: Value.Type, _ key: Key) throws -> Value? {
        recorder.note(key.stringValue, type.schema.orNull, isRequired: false)
        return nil
    }
}
