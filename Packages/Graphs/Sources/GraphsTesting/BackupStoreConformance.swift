public import GraphEngines
internal import Graphs

/// What every store of backups must do, whoever made it (GRA-117, GRA-122). A test runs it on a store that holds nothing.
public struct BackupStoreConformance {
    private let store: any BackupStore
    private var broken: [String] = []

    /// Prepares the suite.
    public init(_ store: any BackupStore) {
        self.store = store
    }

    /// Runs everything, and leaves the store as it was.
    ///
    /// - Returns: the rules that the store breaks, in words; none of one that conforms.
    /// - Throws: what the store throws where it must not.
    public mutating func run() throws -> [String] {
        broken = []
        try checkWriting()
        try checkDiscarding()
        try checkReading()
        try checkRemoving()
        require(try store.objects().isEmpty, "what was deleted is not listed")
        return broken
    }

    private mutating func require(_ holds: Bool, _ rule: String) {
        if !holds { broken.append(rule) }
    }

    /// The key of as many equal digits.
    private func key(_ digit: Character) throws -> BackupObjectKey {
        guard let key = BackupObjectKey(String(repeating: digit, count: 32)) else { throw BackupStoreError.notFound }
        return key
    }

    private func isThere(_ key: BackupObjectKey) throws -> Bool {
        do {
            _ = try store.open(key)
            return true
        } catch BackupStoreError.notFound {
            return false
        }
    }

    private func write(_ bytes: [UInt8], to key: BackupObjectKey) throws {
        let writer = try store.create(key, expectedBytes: Int64(bytes.count))
        var rest = bytes[...]
        while !rest.isEmpty {
            try writer.append(Array(rest.prefix(1 << 20)))
            rest = rest.dropFirst(1 << 20)
        }
        try writer.finish()
    }

    private func contents(of source: any ByteSource, by limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try source.read(upTo: limit)
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    private mutating func checkWriting() throws {
        let own = try key("b")
        require(try !isThere(own), "an object that was never written is not found")
        let writer = try store.create(own, expectedBytes: 3)
        try writer.append([1, 2])
        require(try !isThere(own) && store.objects().isEmpty, "an object appears under its key only when it is finished")
        try store.discardUnfinished(after: .seconds(86_400))
        try writer.append([3])
        try writer.finish()
        require(try contents(of: store.open(own), by: 10) == [1, 2, 3], "what is finished holds what was appended, in its order")
        writer.discard()
        require(try isThere(own), "discarding what is finished changes nothing")
        var appends = true
        do { try writer.append([4]) } catch { appends = false }
        require(!appends, "nothing is appended to what is finished")
        try store.discardUnfinished(after: .seconds(0))
        require(try isThere(own), "what is finished is never taken for left over")
    }

    private mutating func checkDiscarding() throws {
        let own = try key("c")
        let writer = try store.create(own, expectedBytes: 3)
        try writer.append([9])
        writer.discard()
        writer.discard()
        require(try !isThere(own), "what was discarded is not there")
        try write([], to: own)
        require(
            try contents(of: store.open(own), by: 1).isEmpty, "a key can be used after its object was discarded, and an object may be empty"
        )
    }

    private mutating func checkReading() throws {
        let large = (0..<(3 << 20) + 17).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try write(large, to: key("a"))
        let (first, second) = (try store.open(key("a")), try store.open(key("a")))
        _ = try first.read(upTo: 1_000)
        require(try contents(of: second, by: 70_000) == large, "each reader begins at the beginning, and gets every byte")
        require(try contents(of: first, by: 1 << 20) == Array(large.dropFirst(1_000)), "readers do not disturb one another")
        let listed = try store.objects()
        require(
            listed.map(\.key) == (try [key("a"), key("b"), key("c")].map(\.description)), "objects are listed in the order of their keys")
        require(listed.map(\.bytes) == [Int64(large.count), 3, 0], "objects are listed with their sizes")
    }

    private mutating func checkRemoving() throws {
        for digit: Character in ["a", "b", "c", "d"] {
            let own = try key(digit)
            try store.delete(own)
            require(try !isThere(own), "what was deleted is not found")
            try store.delete(own)
        }
    }
}
