/// The statements that one connection has prepared.
struct PreparedStatements {
    final class Entry {
        let name: String
        let types: [UInt32]
        var isPrepared = false
        /// The columns of its result, once one was received.
        var shape: RowShape?

        init(name: String, types: [UInt32]) {
            self.name = name
            self.types = types
        }
    }

    /// Texts that are put together at run time must not fill the server's memory: beyond this all are forgotten.
    static let limit = 500

    private var entries: [String: [Entry]] = [:]
    private var names: Set<String> = []
    private var generation = 0
    /// Whether the server still holds statements that were forgotten here.
    private(set) var mustDeallocate = false

    var isFull: Bool { names.count >= Self.limit }

    /// The entry of a statement, made when there is none.
    mutating func entry(for statement: Statement) -> Entry {
        let parameters = statement.parameters.entries
        if let known = entries[statement.sql]?.first(where: { entry in
            entry.types.count == parameters.count && zip(entry.types, parameters).allSatisfy { $0 == $1.type.oid }
        }) {
            return known
        }
        var name = Self.name(of: statement, generation: generation)
        while !names.insert(name).inserted { name += "x" }
        let entry = Entry(name: name, types: parameters.map(\.type.oid))
        entries[statement.sql, default: []].append(entry)
        return entry
    }

    /// Forgets a statement that the server refused to prepare.
    mutating func remove(_ entry: Entry, of statement: Statement) {
        entries[statement.sql]?.removeAll { $0 === entry }
        names.remove(entry.name)
    }

    /// Forgets everything; names of another generation cannot meet those that the server still has.
    mutating func removeAll() {
        entries = [:]
        names = []
        generation += 1
        mustDeallocate = true
    }

    mutating func deallocated() {
        mustDeallocate = false
    }

    /// FNV-1a over the text and the types: the same on every run, so that the server's views show the same names.
    private static func name(of statement: Statement, generation: Int) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for byte in statement.sql.utf8 { mix(byte) }
        for entry in statement.parameters.entries {
            for shift in stride(from: 0 as UInt32, to: 32, by: 8) { mix(UInt8(truncatingIfNeeded: entry.type.oid >> shift)) }
        }
        return "t\(String(hash, radix: 16))" + (generation > 0 ? "g\(generation)" : "")
    }
}
