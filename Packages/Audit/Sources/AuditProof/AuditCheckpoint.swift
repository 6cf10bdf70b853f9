public import Core
public import Cryptography

/// A signed statement of how far all chains had got at an instant (AUD-044).
public struct AuditCheckpoint: Sendable, Hashable {
    /// Its number, from 1.
    public let number: Int64
    /// When it was made, by the business clock.
    public let time: Instant
    /// How many chains there were.
    public let chains: Int64
    /// How many links there were in all of them together.
    public let links: Int64
    /// The root of the tree over their heads.
    public let root: [UInt8]
    /// The hash of the checkpoint before; 32 zero bytes for the first.
    public let previous: [UInt8]
    /// The key that signs it.
    public let keyID: String

    /// States how far the chains have got.
    public init(number: Int64, time: Instant, chains: Int64, links: Int64, root: [UInt8], previous: [UInt8], keyID: String) {
        self.number = number
        self.time = time
        self.chains = chains
        self.links = links
        self.root = root
        self.previous = previous
        self.keyID = keyID
    }

    /// What stands in the place of a checkpoint before the first.
    public static let none = [UInt8](repeating: 0, count: 32)

    /// The canonical bytes, which are what is signed and kept.
    public var body: [UInt8] {
        CanonicalJSON.bytes(
            of: .object([
                "chains": .integer(chains), "format": 1, "key": .string(keyID), "links": .integer(links), "number": .integer(number),
                "previous": .string(Hex.encode(previous)), "root": .string(Hex.encode(root)), "time": .string(time.description),
            ]))
    }

    /// Reads canonical bytes; `nil` when they are no checkpoint of this format.
    public init?(body: [UInt8]) {
        guard let value = try? JSON.decode(JSONValue.self, from: body), value["format"]?.integerValue == 1,
            let number = value["number"]?.integerValue, let time = value["time"]?.stringValue.flatMap({ Instant($0) }),
            let chains = value["chains"]?.integerValue, let links = value["links"]?.integerValue,
            let root = value["root"]?.stringValue.flatMap({ Hex.decode($0) }), root.count == 32,
            let previous = value["previous"]?.stringValue.flatMap({ Hex.decode($0) }), previous.count == 32,
            let key = value["key"]?.stringValue
        else { return nil }
        self.init(number: number, time: time, chains: chains, links: links, root: root, previous: previous, keyID: key)
        guard self.body == body else { return nil }
    }

    /// The hash by which the next one points to this one: SHA-256 of 0x04 and the body.
    public var hash: [UInt8] { SHA256.digest(of: Self.signed(body)) }

    /// What a signature is over: 0x04 and the body.
    public static func signed(_ body: [UInt8]) -> [UInt8] { [0x04] + body }
}

/// Signs checkpoints with Ed25519 keys that are derived from the product's own, so that no further secret has to be kept (AUD-045).
public struct AuditSigner: Sendable {
    private let keys: [(id: String, key: Ed25519.PrivateKey)]

    /// Takes a ring of keys: the newest signs, older ones vouch for newer ones.
    ///
    /// - Throws: ``CryptographyError`` when a key cannot be derived.
    public init(_ ring: KeyRing) throws(CryptographyError) {
        var keys: [(id: String, key: Ed25519.PrivateKey)] = []
        for key in ring.keys {
            keys.append((key.id, try Ed25519.PrivateKey(seed: HKDF.key(from: key.secret, purpose: "audit checkpoints"))))
        }
        self.keys = keys
    }

    /// The name of the key that signs.
    public var keyID: String { keys[0].id }
    /// The public part of the key that signs.
    public var publicKey: Ed25519.PublicKey { keys[0].key.publicKey }

    /// Signs a checkpoint.
    ///
    /// - Throws: ``CryptographyError`` when it cannot be signed.
    public func signature(for checkpoint: AuditCheckpoint) throws(CryptographyError) -> [UInt8] {
        try keys[0].key.signature(for: AuditCheckpoint.signed(checkpoint.body))
    }

    /// Signs the manifest of an archive.
    ///
    /// - Throws: ``CryptographyError`` when it cannot be signed.
    public func signature(for manifest: AuditArchiveManifest) throws(CryptographyError) -> [UInt8] {
        try keys[0].key.signature(for: AuditArchiveManifest.signed(manifest.body))
    }

    /// What an older key of the ring says for the one that signs now; `nil` when the ring has no such key.
    ///
    /// - Throws: ``CryptographyError`` when it cannot be signed.
    public func endorsement(by id: String) throws(CryptographyError) -> [UInt8]? {
        guard let older = keys.first(where: { $0.id == id }), id != keyID else { return nil }
        return try older.key.signature(for: Self.endorsed(keyID, publicKey.rawRepresentation))
    }

    /// What an endorsement is over: 0x05, the key's name, a zero byte and its public part.
    public static func endorsed(_ id: String, _ publicKey: [UInt8]) -> [UInt8] { [0x05] + Array(id.utf8) + [0x00] + publicKey }
}
