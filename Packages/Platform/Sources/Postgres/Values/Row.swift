/// One row of a result.
///
/// A row keeps its whole result in memory; read what is needed of it at once.
public struct Row: Sendable {
    private let result: ResultHandle
    private let index: Int

    init(_ result: ResultHandle, at index: Int) {
        self.result = result
        self.index = index
    }

    /// The number of columns.
    public var count: Int { result.columns.count }

    /// The names of the columns.
    public var columnNames: [String] { result.columns.map(\.name) }

    /// Whether there is a column of this name.
    public func has(_ name: String) -> Bool { result.shape.position(of: name) != nil }

    /// The column of this name; the first when there are several. Reading one that does not exist throws.
    public subscript(name: String) -> Column {
        guard let position = result.shape.position(of: name) else { return .missing(name) }
        return result.column(position, row: index)
    }

    /// The column at this position, from 0. Reading one that does not exist throws.
    public subscript(position: Int) -> Column {
        guard result.columns.indices.contains(position) else { return .missing("#\(position)") }
        return result.column(position, row: index)
    }

    /// Reads the column of this name.
    ///
    /// - Throws: ``PostgresDecodingError``
    public func decode<Value: PostgresDecodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        try self[name].decode(as: type)
    }

    /// Reads the only column, or the first.
    ///
    /// - Throws: ``PostgresDecodingError``
    public func decode<Value: PostgresDecodable>(_ type: Value.Type) throws -> Value {
        try self[0].decode(as: type)
    }

    /// Reads the columns in order: `try row.decode((Int64, String?).self)`.
    ///
    /// - Throws: ``PostgresDecodingError``
    public func decode<each Value: PostgresDecodable>(_ type: (repeat each Value).Type) throws -> (repeat each Value) {
        var position = -1
        func next<Next: PostgresDecodable>(_: Next.Type) throws -> Next {
            position += 1
            return try self[position].decode(as: Next.self)
        }
        return (repeat try next((each Value).self))
    }
}
