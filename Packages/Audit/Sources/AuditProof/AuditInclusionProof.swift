public import Core
public import Cryptography

/// Proves that one entry stands in the log that a checkpoint signs, and discloses no other entry (AUD-047): the entry's bytes, the hashes of the
/// entries behind it in its chain, and the way from the chain's head to the signed root.
public struct AuditInclusionProof: Sendable, Hashable {
    /// A neighbour on the way to the root.
    public struct Step: Sendable, Hashable {
        /// Its hash.
        public let hash: [UInt8]
        /// Whether it stands on the left.
        public let isLeft: Bool

        /// Tells of a neighbour.
        public init(hash: [UInt8], isLeft: Bool) {
            self.hash = hash
            self.isLeft = isLeft
        }

        var value: JSONValue { .object(["hash": .string(Hex.encode(hash)), "side": isLeft ? "left" : "right"]) }
    }

    /// The canonical bytes of the entry.
    public let canonical: [UInt8]
    /// Its chain.
    public let chain: String
    /// Its place there.
    public let position: Int64
    /// The hash of the link before.
    public let previous: [UInt8]
    /// The hashes of the entries behind it, up to the checkpoint.
    public let following: [[UInt8]]
    /// The way from the head of the chain to the root.
    public let path: [Step]
    /// The bytes of the checkpoint.
    public let checkpoint: [UInt8]
    /// What signs them.
    public let signature: [UInt8]

    /// Puts a proof together.
    ///
    /// - Parameters:
    ///   - leaves: the leaves of the checkpoint's tree, in their order.
    ///   - index: which of them is the chain's.
    public init(
        canonical: [UInt8], chain: String, position: Int64, previous: [UInt8], following: [[UInt8]], leaves: [[UInt8]], index: Int,
        checkpoint: [UInt8], signature: [UInt8]
    ) {
        self.canonical = canonical
        self.chain = chain
        self.position = position
        self.previous = previous
        self.following = following
        self.checkpoint = checkpoint
        self.signature = signature
        path = AuditTree.path(to: index, in: leaves[...])
    }

    /// The proof as it is handed out.
    public var value: JSONValue {
        .object([
            "format": 1, "kind": "audit_proof", "canonical": .string(String(decoding: canonical, as: UTF8.self)), "chain": .string(chain),
            "position": .integer(position), "previous": .string(Hex.encode(previous)),
            "following": .array(following.map { .string(Hex.encode($0)) }),
            "path": .array(path.map(\.value)),
            "checkpoint": .string(String(decoding: checkpoint, as: UTF8.self)), "signature": .string(Hex.encode(signature)),
        ])
    }

    /// Reads a proof; `nil` when it is none of this format.
    public init?(value: JSONValue) {
        guard value["kind"]?.stringValue == "audit_proof", value["format"]?.integerValue == 1,
            let canonical = value["canonical"]?.stringValue, let chain = value["chain"]?.stringValue,
            let position = value["position"]?.integerValue, let previous = value["previous"]?.stringValue.flatMap({ Hex.decode($0) }),
            let following = value["following"]?.arrayValue, let path = Self.path(of: value),
            let checkpoint = value["checkpoint"]?.stringValue, let signature = value["signature"]?.stringValue.flatMap({ Hex.decode($0) })
        else { return nil }
        let hashes = following.compactMap { $0.stringValue.flatMap { Hex.decode($0) } }
        guard hashes.count == following.count, position >= 1 else { return nil }
        (self.canonical, self.chain, self.position, self.previous) = (Array(canonical.utf8), chain, position, previous)
        (self.following, self.path, self.checkpoint, self.signature) = (hashes, path, Array(checkpoint.utf8), signature)
    }

    /// The way in a value; `nil` when there is none, or a step of it is none.
    static func path(of value: JSONValue) -> [Step]? {
        guard let path = value["path"]?.arrayValue else { return nil }
        let steps = path.compactMap { step in
            step["hash"]?.stringValue.flatMap { Hex.decode($0) }.map { Step(hash: $0, isLeft: step["side"]?.stringValue == "left") }
        }
        return steps.count == path.count ? steps : nil
    }

    /// Why the proof does not hold; `nil` when it does. Nothing is needed but the public keys.
    public func fault(keys: [String: Ed25519.PublicKey]) -> String? {
        guard let signed = AuditCheckpoint(body: checkpoint) else { return "its checkpoint is none of this format" }
        guard let key = keys[signed.keyID] else { return "its checkpoint is signed by \(signed.keyID), which is not known" }
        guard key.isValid(signature, for: AuditCheckpoint.signed(checkpoint)) else { return "its checkpoint is not signed by its key" }
        guard let facts = try? JSON.decode(JSONValue.self, from: canonical), CanonicalJSON.bytes(of: facts) == canonical,
            facts["chain"]?.stringValue == chain
        else { return "its entry is not in the canonical form, or of another chain" }
        guard position > 1 || previous == AuditChain.origin(of: chain) else { return "its chain begins elsewhere" }
        var (place, hash) = (position, previous)
        for entry in [AuditChain.entryHash(canonical)] + following {
            hash = AuditChain.linkHash(chain: chain, position: place, previous: hash, entry: entry)
            place += 1
        }
        let root = AuditTree.root(from: AuditHead(chain: chain, length: place - 1, hash: hash), along: path)
        return root == signed.root ? nil : "the root that it leads to is not the signed one"
    }
}
