/// The parameters of a statement in PostgreSQL's binary format, one behind the other in one piece of memory.
public struct PostgresParameters: Sendable {
    struct Entry: Sendable {
        let type: PostgresType
        /// Where the value begins; meaningless for `NULL`.
        let start: Int
        /// The length of the value; -1 for `NULL`.
        let length: Int32
    }

    private(set) var entries: [Entry] = []
    private(set) var bytes: [UInt8] = []

    /// The number of parameters.
    public var count: Int { entries.count }

    init() {}

    mutating func reserveCapacity(_ count: Int) {
        entries.reserveCapacity(count)
        bytes.reserveCapacity(count * 16)
    }

    mutating func append<Value: PostgresEncodable>(_ value: Value) throws {
        let start = bytes.count
        guard !value.isPostgresNull else {
            entries.append(Entry(type: Value.postgresType, start: start, length: -1))
            return
        }
        do {
            try value.encode(into: &bytes)
        } catch {
            bytes.removeSubrange(start...)
            entries.append(Entry(type: Value.postgresType, start: start, length: -1))
            throw error
        }
        entries.append(Entry(type: Value.postgresType, start: start, length: Int32(bytes.count - start)))
    }

    mutating func append(_ other: PostgresParameters) {
        let shift = bytes.count
        bytes.append(contentsOf: other.bytes)
        entries.append(contentsOf: other.entries.map { Entry(type: $0.type, start: $0.start + shift, length: $0.length) })
    }
}
