public import FoundationEssentials

extension Bool: PostgresCodable, PostgresArrayElement {
    /// `bool`
    public static var postgresType: PostgresType { .bool }
    /// `bool[]`
    public static var postgresArrayType: PostgresType { .boolArray }
    /// Appends one byte.
    public func encode(into buffer: inout [UInt8]) { buffer.append(self ? 1 : 0) }
    /// Reads a `bool`.
    public init(from column: Column) throws {
        try column.require(.bool, as: "Bool")
        self = try column.integer(UInt8.self) != 0
    }
}

extension Int16: PostgresCodable, PostgresArrayElement {
    /// `smallint`
    public static var postgresType: PostgresType { .int2 }
    /// `smallint[]`
    public static var postgresArrayType: PostgresType { .int2Array }
    /// Appends two bytes.
    public func encode(into buffer: inout [UInt8]) { appendBigEndian(to: &buffer) }
    /// Reads a `smallint`.
    public init(from column: Column) throws { self = try column.exactInteger() }
}

extension Int32: PostgresCodable, PostgresArrayElement {
    /// `integer`
    public static var postgresType: PostgresType { .int4 }
    /// `integer[]`
    public static var postgresArrayType: PostgresType { .int4Array }
    /// Appends four bytes.
    public func encode(into buffer: inout [UInt8]) { appendBigEndian(to: &buffer) }
    /// Reads an `integer` or a `smallint`.
    public init(from column: Column) throws { self = try column.exactInteger() }
}

extension Int64: PostgresCodable, PostgresArrayElement {
    /// `bigint`
    public static var postgresType: PostgresType { .int8 }
    /// `bigint[]`
    public static var postgresArrayType: PostgresType { .int8Array }
    /// Appends eight bytes.
    public func encode(into buffer: inout [UInt8]) { appendBigEndian(to: &buffer) }
    /// Reads any whole number that fits, a `numeric` such as `sum(bigint)` gives included.
    public init(from column: Column) throws { self = try column.exactInteger() }
}

extension Int: PostgresCodable, PostgresArrayElement {
    /// `bigint`
    public static var postgresType: PostgresType { .int8 }
    /// `bigint[]`
    public static var postgresArrayType: PostgresType { .int8Array }
    /// Appends eight bytes.
    public func encode(into buffer: inout [UInt8]) { Int64(self).appendBigEndian(to: &buffer) }
    /// Reads any whole number that fits.
    public init(from column: Column) throws { self = try column.exactInteger() }
}

extension Double: PostgresCodable, PostgresArrayElement {
    /// `double precision`
    public static var postgresType: PostgresType { .float8 }
    /// `double precision[]`
    public static var postgresArrayType: PostgresType { .float8Array }
    /// Appends eight bytes.
    public func encode(into buffer: inout [UInt8]) { bitPattern.appendBigEndian(to: &buffer) }
    /// Reads a `double precision`, a `real` or a `numeric`.
    public init(from column: Column) throws {
        if column.type == .float4 {
            self = Double(Float(bitPattern: try column.integer(UInt32.self)))
        } else if column.type == .numeric {
            guard let value = Double(try column.numericText()) else { throw column.failure("is no number") }
            self = value
        } else {
            try column.require(.float8, as: "Double")
            self = Double(bitPattern: try column.integer(UInt64.self))
        }
    }
}

extension String: PostgresCodable, PostgresArrayElement {
    /// `text`
    public static var postgresType: PostgresType { .text }
    /// `text[]`
    public static var postgresArrayType: PostgresType { .textArray }
    /// Appends the text as UTF-8.
    public func encode(into buffer: inout [UInt8]) { buffer.append(contentsOf: utf8) }
    /// Reads any text, an enum, JSON as text, a `numeric` or an `inet`.
    public init(from column: Column) throws {
        guard !column.isNull else { throw column.failure("is NULL") }
        switch column.type.oid {
        case PostgresType.jsonb.oid: self = try column.text(from: 1)
        case PostgresType.numeric.oid: self = try column.numericText()
        case 650, 869: self = try column.networkText()
        case _ where column.type.isText: self = try column.text()
        default: throw column.failure("cannot be read as String: cast it to text in the statement")
        }
    }
}

extension UUID: PostgresCodable, PostgresArrayElement {
    /// `uuid`
    public static var postgresType: PostgresType { .uuid }
    /// `uuid[]`
    public static var postgresArrayType: PostgresType { .uuidArray }
    /// Appends sixteen bytes.
    public func encode(into buffer: inout [UInt8]) {
        let (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) = uuid
        buffer.append(contentsOf: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }
    /// Reads a `uuid`.
    public init(from column: Column) throws {
        try column.require(.uuid, as: "UUID")
        let high = try column.integer(UInt64.self).bigEndian
        let low = try column.integer(UInt64.self, at: 8).bigEndian
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (index * 8)) }
        self.init(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3), byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3), byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            ))
    }
}

extension Column {
    /// A whole number of any type, when it fits.
    func exactInteger<Value: FixedWidthInteger>() throws -> Value {
        let value: Int64
        switch type {
        case .int8: value = try integer(Int64.self)
        case .int4: value = Int64(try integer(Int32.self))
        case .int2: value = Int64(try integer(Int16.self))
        case .numeric:
            guard let number = Int64(try numericText()) else { throw failure("is not a whole number of 64 bits") }
            value = number
        case PostgresType(oid: 26), PostgresType(oid: 28): value = Int64(try integer(UInt32.self))
        case PostgresType(oid: 5069): value = Int64(clamping: try integer(UInt64.self))
        default: throw failure(isNull ? "is NULL" : "cannot be read as \(Value.self)")
        }
        guard let exact = Value(exactly: value) else { throw failure("does not fit \(Value.self)") }
        return exact
    }
}
