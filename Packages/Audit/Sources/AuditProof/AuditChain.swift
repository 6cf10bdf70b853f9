internal import Cryptography

/// The hashes by which entries hang together (AUD-035). Each kind of hash begins with a byte of its own, so that none can be taken for another.
public enum AuditChain {
    /// The chain of all entries that refer to no org.
    public static let system = "system"

    /// The chain of an org, from its id as 32 hexadecimal digits with hyphens.
    public static func org(_ uuid: String) -> String { "org:" + uuid.lowercased() }

    /// The hash of an entry: SHA-256 of 0x00 and the canonical bytes.
    public static func entryHash(_ canonical: [UInt8]) -> [UInt8] { SHA256.digest(of: [0x00] + canonical) }

    /// What stands before the first link: SHA-256 of the text `trellis-audit-1`, a zero byte and the chain's id.
    public static func origin(of chain: String) -> [UInt8] {
        SHA256.digest(of: Array("trellis-audit-1".utf8) + [0x00] + Array(chain.utf8))
    }

    /// The hash of a link: SHA-256 of 0x01, the chain's id, the position as 8 bytes, the hash of the link before and the hash of the entry.
    public static func linkHash(chain: String, position: Int64, previous: [UInt8], entry: [UInt8]) -> [UInt8] {
        SHA256.digest(of: [0x01] + Array(chain.utf8) + bigEndian(position) + previous + entry)
    }

    static func bigEndian(_ number: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }
}

/// Where a chain has got to.
public struct AuditHead: Sendable, Hashable {
    /// The chain.
    public let chain: String
    /// How many links it has.
    public let length: Int64
    /// The hash of the last of them.
    public let hash: [UInt8]

    /// Tells of a head.
    public init(chain: String, length: Int64, hash: [UInt8]) {
        self.chain = chain
        self.length = length
        self.hash = hash
    }
}

/// The tree over the heads of all chains, sorted by the bytes of their ids (AUD-044). Leaves begin with 0x02, nodes with 0x03; a tree of `n`
/// leaves has the largest power of two below `n` of them on its left (as RFC 6962 has it).
public enum AuditTree {
    /// The root over heads in any order; that of no heads is the hash of 0x02 alone.
    public static func root(of heads: some Sequence<AuditHead>) -> [UInt8] {
        let sorted = heads.sorted { $0.chain.utf8.lexicographicallyPrecedes($1.chain.utf8) }
        guard !sorted.isEmpty else { return SHA256.digest(of: [0x02]) }
        return root(sorted[...])
    }

    /// The hash of a leaf: 0x02, the chain's id, its length as 8 bytes and the hash of its last link.
    public static func leaf(_ head: AuditHead) -> [UInt8] {
        SHA256.digest(of: [0x02] + Array(head.chain.utf8) + AuditChain.bigEndian(head.length) + head.hash)
    }

    private static func root(_ heads: ArraySlice<AuditHead>) -> [UInt8] {
        guard heads.count > 1 else { return heads.first.map(leaf) ?? [] }
        var left = 1
        while left * 2 < heads.count { left *= 2 }
        let middle = heads.startIndex + left
        return node(root(heads[..<middle]), root(heads[middle...]))
    }

    /// What leads from a leaf to the root: the neighbours on the way up, each with the side on which it stands.
    public static func path(to index: Int, in leaves: ArraySlice<[UInt8]>) -> [AuditInclusionProof.Step] {
        guard leaves.count > 1 else { return [] }
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        let middle = leaves.startIndex + left
        let (low, high) = (leaves[..<middle], leaves[middle...])
        return index < left
            ? path(to: index, in: low) + [.init(hash: root(ofLeaves: high), isLeft: false)]
            : path(to: index - left, in: high) + [.init(hash: root(ofLeaves: low), isLeft: true)]
    }

    /// The root to which a way leads from a head.
    static func root(from head: AuditHead, along path: [AuditInclusionProof.Step]) -> [UInt8] {
        path.reduce(leaf(head)) { $1.isLeft ? node($1.hash, $0) : node($0, $1.hash) }
    }

    private static func root(ofLeaves leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        guard leaves.count > 1 else { return leaves.first ?? [] }
        var left = 1
        while left * 2 < leaves.count { left *= 2 }
        let middle = leaves.startIndex + left
        return node(root(ofLeaves: leaves[..<middle]), root(ofLeaves: leaves[middle...]))
    }

    static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { SHA256.digest(of: [0x03] + left + right) }
}
