extension Array: PostgresEncodable where Element: PostgresArrayElement {
    /// The array type of the elements; `bytea` for bytes.
    public static var postgresType: PostgresType { Element.postgresArrayType }
    /// Appends the array.
    public func encode(into buffer: inout [UInt8]) throws { try Element.encodeArray(self, into: &buffer) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads an array of one dimension.
    public init(from column: Column) throws { self = try Element.decodeArray(from: column) }
}

extension UInt8: PostgresArrayElement {
    /// `bytea`: an array of bytes is a value of its own in the database.
    public static var postgresArrayType: PostgresType { .bytea }
    /// Appends the bytes.
    public static func encodeArray(_ elements: [UInt8], into buffer: inout [UInt8]) { buffer.append(contentsOf: elements) }
    /// Reads a `bytea`.
    public static func decodeArray(from column: Column) throws -> [UInt8] {
        try column.require(.bytea, as: "[UInt8]")
        return column.bytes
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    /// `bytea[]`
    public static var postgresArrayType: PostgresType { .byteaArray }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement & PostgresEncodable & PostgresDecodable {
    /// The array type of the values inside.
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
}

extension PostgresArrayElement where Self: PostgresEncodable & PostgresDecodable {
    /// Appends an array of one dimension: header, then each element with its length (PostgreSQL, `array_send`).
    public static func encodeArray(_ elements: [Self], into buffer: inout [UInt8]) throws {
        let hasNull = elements.contains { $0.isPostgresNull }
        Int32(elements.isEmpty ? 0 : 1).appendBigEndian(to: &buffer)
        Int32(hasNull ? 1 : 0).appendBigEndian(to: &buffer)
        postgresType.oid.appendBigEndian(to: &buffer)
        guard !elements.isEmpty else { return }
        Int32(elements.count).appendBigEndian(to: &buffer)
        Int32(1).appendBigEndian(to: &buffer)
        for element in elements {
            try appendElement(element, to: &buffer)
        }
    }

    /// Reads an array of one dimension.
    public static func decodeArray(from column: Column) throws -> [Self] {
        guard !column.isNull else { throw column.failure("is NULL") }
        guard column.count >= 12, !column.type.isText else { throw column.failure("is no array") }
        let dimensions = try column.integer(Int32.self)
        guard dimensions > 0 else { return [] }
        guard dimensions == 1 else { throw column.failure("is an array of \(dimensions) dimensions") }
        let type = PostgresType(oid: try column.integer(UInt32.self, at: 8))
        let count = Int(try column.integer(Int32.self, at: 12))
        var elements: [Self] = []
        elements.reserveCapacity(min(max(count, 0), column.count / 4))
        var offset = 20
        for _ in 0..<count {
            let length = Int(try column.integer(Int32.self, at: offset))
            offset += 4
            elements.append(try Self(from: try column.part(at: offset, length: length, type: type)))
            offset += max(length, 0)
        }
        return elements
    }
}

/// Appends a value behind its length, or the length that means `NULL`.
func appendElement(_ element: some PostgresEncodable, to buffer: inout [UInt8]) throws {
    guard !element.isPostgresNull else {
        Int32(-1).appendBigEndian(to: &buffer)
        return
    }
    let position = buffer.count
    Int32(0).appendBigEndian(to: &buffer)
    try element.encode(into: &buffer)
    buffer.setBigEndian(Int32(buffer.count - position - 4), at: position)
}
