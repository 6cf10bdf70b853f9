internal import Core
public import Cryptography

/// What stands beside the file of an archived month, and is signed like a checkpoint (AUD-067).
public struct AuditArchiveManifest: Sendable, Hashable {
    /// The places of one chain that the file has.
    public struct Range: Sendable, Hashable {
        /// The chain.
        public let chain: String
        /// The first place.
        public let first: Int64
        /// The last place.
        public let last: Int64
        /// How many entries lie between, both included; the others are of the months beside it.
        public let count: Int64

        /// Tells of places.
        public init(chain: String, first: Int64, last: Int64, count: Int64) {
            self.chain = chain
            self.first = first
            self.last = last
            self.count = count
        }
    }

    /// The month, such as `2026-01`.
    public let month: String
    /// Which entries of the month, such as `general`; `nil` where it has all of them, as those did that were made before there were groups.
    public let group: String?
    /// How many entries there are.
    public let entries: Int64
    /// The places, chain by chain.
    public let ranges: [Range]
    /// The SHA-256 of the file.
    public let fileHash: [UInt8]
    /// The body of the checkpoint that covers all of it.
    public let checkpoint: [UInt8]
    /// The key that signs.
    public let keyID: String

    /// Describes a month.
    public init(
        month: String, group: String? = nil, entries: Int64, ranges: [Range], fileHash: [UInt8], checkpoint: [UInt8], keyID: String
    ) {
        self.month = month
        self.group = group
        self.entries = entries
        self.ranges = ranges
        self.fileHash = fileHash
        self.checkpoint = checkpoint
        self.keyID = keyID
    }

    /// The canonical bytes, which are what is signed and kept.
    public var body: [UInt8] {
        var members: [String: JSONValue] =
            [
                "kind": "audit_archive", "format": 1, "month": .string(month), "entries": .integer(entries),
                "chains": .array(
                    ranges.map {
                        [
                            "chain": .string($0.chain), "first": .integer($0.first), "last": .integer($0.last), "count": .integer($0.count),
                        ]
                    }),
                "file": .string(Hex.encode(fileHash)), "checkpoint": .string(String(decoding: checkpoint, as: UTF8.self)),
                "key": .string(keyID),
            ]
        members["group"] = group.map { .string($0) }
        return CanonicalJSON.bytes(of: .object(members))
    }

    /// Reads canonical bytes; `nil` when they are no manifest of this format.
    public init?(body: [UInt8]) {
        guard let value = try? JSON.decode(JSONValue.self, from: body), value["kind"]?.stringValue == "audit_archive",
            let month = value["month"]?.stringValue, let entries = value["entries"]?.integerValue,
            let file = value["file"]?.stringValue.flatMap({ Hex.decode($0) }), let checkpoint = value["checkpoint"]?.stringValue,
            let key = value["key"]?.stringValue, let chains = value["chains"]?.arrayValue
        else { return nil }
        var ranges: [Range] = []
        for chain in chains {
            guard let name = chain["chain"]?.stringValue, let first = chain["first"]?.integerValue, let last = chain["last"]?.integerValue,
                let count = chain["count"]?.integerValue
            else { return nil }
            ranges.append(Range(chain: name, first: first, last: last, count: count))
        }
        self.init(
            month: month, group: value["group"]?.stringValue, entries: entries, ranges: ranges, fileHash: file,
            checkpoint: Array(checkpoint.utf8), keyID: key)
        guard self.body == body else { return nil }
    }

    /// What a signature is over: 0x06 and the body.
    public static func signed(_ body: [UInt8]) -> [UInt8] { [0x06] + body }

    /// What is wrong with a file; `nil` when it is the one that was signed, and every entry in it is what was sealed (AUD-068).
    public func fault(of file: [UInt8], signature: [UInt8], key: Ed25519.PublicKey) -> String? {
        guard key.isValid(signature, for: Self.signed(body)) else { return "the manifest is not signed by \(keyID)" }
        guard SHA256.digest(of: file) == fileHash else { return "the file is not the one that was signed" }
        var (count, seen): (Int64, [String: (first: Int64, last: Int64, count: Int64)]) = (0, [:])
        do {
            var position = 0
            while position < file.count {
                let (content, end) = try Gzip.read(file, at: position, limit: 64 << 20)
                position = end
                for line in content.split(separator: UInt8(ascii: "\n")) {
                    guard case .entry(let link) = try AuditExportLine(text: String(decoding: line, as: UTF8.self)) else { continue }
                    guard AuditChain.entryHash(link.canonical) == link.entryHash else {
                        return "the entry at \(link.position) of \(link.chain) was changed"
                    }
                    let range = seen[link.chain]
                    seen[link.chain] = (
                        min(range?.first ?? .max, link.position), max(range?.last ?? 0, link.position), (range?.count ?? 0) + 1
                    )
                    count += 1
                }
            }
        } catch {
            return "the file cannot be read"
        }
        let found = seen.map { Range(chain: $0.key, first: $0.value.first, last: $0.value.last, count: $0.value.count) }
        guard count == entries, Set(found) == Set(ranges) else { return "the file has not the entries that the manifest lists" }
        return nil
    }
}
