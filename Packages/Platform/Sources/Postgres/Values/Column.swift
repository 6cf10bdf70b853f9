/// The value in one column of one row, as the database sent it.
///
/// It keeps the result that it belongs to in memory, and is read with ``decode(as:)``.
@safe
public struct Column: Sendable {
    /// The column's name, for error messages.
    public let name: String
    /// The column's type in the database.
    public let type: PostgresType
    /// The length in bytes; negative for `NULL`.
    private let length: Int
    private let result: ResultHandle?
    /// Where the bytes are; valid as long as `result`, which never changes them.
    private nonisolated(unsafe) let start: UnsafeRawPointer?

    init(name: String, type: PostgresType, length: Int, start: UnsafeRawPointer?, result: ResultHandle?) {
        self.name = name
        self.type = type
        self.length = length
        self.result = result
        unsafe self.start = start
    }

    /// A column that the result does not have: reading it throws.
    static func missing(_ name: String) -> Column {
        unsafe Column(name: name, type: PostgresType(oid: 0), length: -2, start: nil, result: nil)
    }

    /// Whether the value is `NULL`.
    public var isNull: Bool { length == -1 }

    /// Reads the value.
    ///
    /// - Throws: ``PostgresDecodingError`` when the result has no such column, or the value is `NULL` or of another type.
    public func decode<Value: PostgresDecodable>(as type: Value.Type) throws -> Value {
        guard length > -2 else { throw failure("is not among the columns of the result") }
        return try Value(from: self)
    }

    /// The value's bytes in PostgreSQL's binary format; empty for `NULL`.
    public var bytes: [UInt8] {
        guard length > 0, let start = unsafe start else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: length))
    }

    /// An error about this column.
    public func failure(_ reason: String) -> PostgresDecodingError {
        PostgresDecodingError(column: name, typeOID: type.oid, reason: reason)
    }

    /// The number of bytes; 0 for `NULL`.
    var count: Int { max(length, 0) }

    /// Reads an integer of exactly `Value`'s size at an offset.
    func integer<Value: FixedWidthInteger>(_: Value.Type, at offset: Int = 0) throws -> Value {
        let size = MemoryLayout<Value>.size
        guard offset >= 0, offset + size <= count, let start = unsafe start else {
            throw failure(isNull ? "is NULL" : "is shorter than its type")
        }
        return Value(bigEndian: unsafe start.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// A part of the value as a value of its own: an element of an array.
    func part(at offset: Int, length: Int, type: PostgresType) throws -> Column {
        guard length >= 0 else { return unsafe Column(name: name, type: type, length: -1, start: nil, result: result) }
        guard offset >= 0, offset + length <= count, let start = unsafe start else { throw failure("is shorter than it says") }
        return unsafe Column(name: name, type: type, length: length, start: start + offset, result: result)
    }

    /// The bytes from an offset on, as text.
    func text(from offset: Int = 0) throws -> String {
        guard !isNull else { throw failure("is NULL") }
        guard count > offset, let start = unsafe start else { return "" }
        let bytes = unsafe UnsafeRawBufferPointer(start: start + offset, count: count - offset)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// Refuses `NULL` and types other than those given.
    func require(_ types: PostgresType..., as name: String) throws {
        guard !isNull else { throw failure("is NULL") }
        guard types.contains(type) else { throw failure("cannot be read as \(name)") }
    }
}

/// A column does not hold what it was read as: a fault of the program, not of its user.
public struct PostgresDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The column's name.
    public let column: String
    /// The number of the column's type.
    public let typeOID: UInt32
    /// What is wrong, as the end of a sentence that begins with the column.
    public let reason: String

    /// Makes an error.
    public init(column: String, typeOID: UInt32, reason: String) {
        self.column = column
        self.typeOID = typeOID
        self.reason = reason
    }

    /// A sentence about the column; it never holds the column's value.
    public var description: String { "column \(column) (type \(typeOID)) \(reason)" }
}
