public import Core
internal import FoundationEssentials

extension Instant: PostgresCodable, PostgresArrayElement {
    /// `timestamptz`
    public static var postgresType: PostgresType { .timestamptz }
    /// `timestamptz[]`
    public static var postgresArrayType: PostgresType { .timestamptzArray }
    /// Appends the microseconds since 2000-01-01.
    public func encode(into buffer: inout [UInt8]) {
        (microsecondsSinceEpoch - Self.postgresEpoch).appendBigEndian(to: &buffer)
    }
    /// Reads a `timestamptz`.
    ///
    /// - Throws: ``PostgresDecodingError`` for `infinity`, which no instant is.
    public init(from column: Column) throws {
        try column.require(.timestamptz, as: "Instant")
        let value = try column.integer(Int64.self)
        guard value != .max, value != .min else { throw column.failure("is infinite") }
        self.init(microsecondsSinceEpoch: value + Self.postgresEpoch)
    }

    /// Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
    private static let postgresEpoch: Int64 = 946_684_800_000_000
}

extension CalendarDate: PostgresCodable, PostgresArrayElement {
    /// `date`
    public static var postgresType: PostgresType { .date }
    /// `date[]`
    public static var postgresArrayType: PostgresType { .dateArray }
    /// Appends the days since 2000-01-01.
    public func encode(into buffer: inout [UInt8]) { Int32(daysSinceEpoch - 10_957).appendBigEndian(to: &buffer) }
    /// Reads a `date`.
    public init(from column: Column) throws {
        try column.require(.date, as: "CalendarDate")
        let days = try column.integer(Int32.self)
        guard days != .max, days != .min else { throw column.failure("is infinite") }
        self.init(daysSinceEpoch: Int(days) + 10_957)
    }
}

extension Duration: PostgresCodable, PostgresArrayElement {
    /// `interval`
    public static var postgresType: PostgresType { .interval }
    /// `interval[]`
    public static var postgresArrayType: PostgresType { .intervalArray }
    /// Appends whole microseconds, no days and no months.
    public func encode(into buffer: inout [UInt8]) {
        wholeMicroseconds.appendBigEndian(to: &buffer)
        Int64(0).appendBigEndian(to: &buffer)
    }
    /// Reads an `interval`; a day has 24 hours.
    ///
    /// - Throws: ``PostgresDecodingError`` when the interval has months, which have no length.
    public init(from column: Column) throws {
        try column.require(.interval, as: "Duration")
        let microseconds = try column.integer(Int64.self)
        let days = try column.integer(Int32.self, at: 8)
        guard try column.integer(Int32.self, at: 12) == 0 else { throw column.failure("has months") }
        self = .microseconds(microseconds) + .days(Int(days))
    }
}

extension Identifier: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `uuid`
    public static var postgresType: PostgresType { .uuid }
    /// `uuid[]`
    public static var postgresArrayType: PostgresType { .uuidArray }
    /// Appends sixteen bytes.
    public func encode(into buffer: inout [UInt8]) {
        high.appendBigEndian(to: &buffer)
        low.appendBigEndian(to: &buffer)
    }
    /// Reads a `uuid`.
    public init(from column: Column) throws {
        try column.require(.uuid, as: "Identifier")
        self.init(high: try column.integer(UInt64.self), low: try column.integer(UInt64.self, at: 8))
    }
}

extension JSONValue: PostgresCodable, PostgresArrayElement {
    /// `jsonb`
    public static var postgresType: PostgresType { .jsonb }
    /// `jsonb[]`
    public static var postgresArrayType: PostgresType { .jsonbArray }
    /// Appends the value as JSON.
    public func encode(into buffer: inout [UInt8]) throws { try PostgresJSON(self).encode(into: &buffer) }
    /// Reads a `jsonb` or a `json`.
    public init(from column: Column) throws { self = try PostgresJSON<JSONValue>(from: column).value }
}

/// A value that is kept as `jsonb`, in the shape that its `Codable` conformance gives it.
public struct PostgresJSON<Value: Sendable>: Sendable {
    /// The value.
    public var value: Value

    /// Takes a value.
    public init(_ value: Value) {
        self.value = value
    }
}

extension PostgresJSON: PostgresEncodable where Value: Encodable {
    /// `jsonb`
    public static var postgresType: PostgresType { .jsonb }
    /// Appends the value as JSON.
    public func encode(into buffer: inout [UInt8]) throws {
        // The first byte of a jsonb on the wire is its format's version.
        buffer.append(1)
        buffer.append(contentsOf: try JSON.encode(value))
    }
}

extension PostgresJSON: PostgresDecodable where Value: Decodable {
    /// Reads a `jsonb` or a `json`.
    public init(from column: Column) throws {
        try column.require(.jsonb, .json, as: "JSON")
        let bytes = column.type == .jsonb ? Array(column.bytes.dropFirst()) : column.bytes
        do {
            self.init(try JSON.decode(Value.self, from: bytes))
        } catch let error as JSONDecodingFailure {
            throw column.failure("holds JSON of another shape: \(error)")
        }
    }
}

extension PostgresJSON: PostgresArrayElement where Value: Codable {
    /// `jsonb[]`
    public static var postgresArrayType: PostgresType { .jsonbArray }
}

extension SecretString: PostgresEncodable {
    /// `text`
    public static var postgresType: PostgresType { .text }
    /// Appends the secret as UTF-8; parameters are never logged.
    public func encode(into buffer: inout [UInt8]) { withValue { buffer.append(contentsOf: $0.utf8) } }
}
