internal import Core
internal import Postgres

/// JSON that was encoded already, on its way to or from a `jsonb` column.
struct EncodedJSON: PostgresCodable, PostgresArrayElement, Hashable, Sendable {
    static var postgresType: PostgresType { .jsonb }
    static var postgresArrayType: PostgresType { .jsonbArray }
    let bytes: [UInt8]

    init(_ value: some Encodable) throws {
        bytes = try JSON.encode(value)
    }

    init(from column: Column) throws {
        guard column.type == .jsonb, !column.isNull else { throw column.failure("is no jsonb") }
        bytes = Array(column.bytes.dropFirst())
    }

    func encode(into buffer: inout [UInt8]) {
        // The first byte of a jsonb on the wire is its format's version.
        buffer.append(1)
        buffer.append(contentsOf: bytes)
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSON.decode(type, from: bytes)
    }
}
