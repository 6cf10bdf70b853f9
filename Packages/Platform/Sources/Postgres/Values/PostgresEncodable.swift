/// A value that can be a parameter of a statement.
///
/// It travels in PostgreSQL's binary format under a declared type, never as a part of the SQL text.
/// An enum with a raw value needs no more than to say that it conforms.
public protocol PostgresEncodable: Sendable {
    /// The database type that the parameter is declared with.
    static var postgresType: PostgresType { get }
    /// Whether the value is `NULL`; then nothing is encoded.
    var isPostgresNull: Bool { get }
    /// Appends the value's binary form.
    ///
    /// - Throws: an error when the value has no such form; the statement is then refused before anything is sent.
    func encode(into buffer: inout [UInt8]) throws
}

/// A value that can be read from a column.
///
/// An enum with a raw value needs no more than to say that it conforms.
public protocol PostgresDecodable {
    /// Reads the value of a column.
    ///
    /// - Throws: ``PostgresDecodingError`` when the column is `NULL` or of another type.
    init(from column: Column) throws
}

/// A value that can be written and read.
public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

/// A value of which the database has arrays.
public protocol PostgresArrayElement: Sendable {
    /// The database type of an array of such values.
    static var postgresArrayType: PostgresType { get }
    /// Appends the binary form of an array.
    static func encodeArray(_ elements: [Self], into buffer: inout [UInt8]) throws
    /// Reads an array.
    static func decodeArray(from column: Column) throws -> [Self]
}

extension PostgresEncodable {
    /// `false`: only an optional can be null.
    public var isPostgresNull: Bool { false }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// The type of the raw value.
    public static var postgresType: PostgresType { RawValue.postgresType }
    /// Appends the raw value.
    public func encode(into buffer: inout [UInt8]) throws { try rawValue.encode(into: &buffer) }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// Reads the raw value.
    ///
    /// - Throws: ``PostgresDecodingError`` when it is none of the type's.
    public init(from column: Column) throws {
        guard let value = Self(rawValue: try RawValue(from: column)) else {
            throw column.failure("is none of the values of \(Self.self)")
        }
        self = value
    }
}

extension PostgresArrayElement where Self: RawRepresentable, RawValue: PostgresArrayElement {
    /// The type of an array of raw values.
    public static var postgresArrayType: PostgresType { RawValue.postgresArrayType }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The type of the value inside.
    public static var postgresType: PostgresType { Wrapped.postgresType }
    /// Whether there is no value.
    public var isPostgresNull: Bool {
        if case .some = self { false } else { true }
    }
    /// Appends the value, when there is one.
    public func encode(into buffer: inout [UInt8]) throws { try self?.encode(into: &buffer) }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads the value; `NULL` is `nil`.
    public init(from column: Column) throws {
        self = column.isNull ? nil : .some(try Wrapped(from: column))
    }
}
