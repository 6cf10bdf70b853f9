public import Core

/// Secret keys with names, newest first: the first is used for what is new, all of them for what is there.
///
/// In settings it is written `id:base64,id:base64` (architecture.md, "Processes and configuration").
public struct KeyRing: Sendable {
    /// One key with its name, which is not secret.
    public struct Key: Sendable {
        /// The name, 1 to 32 characters of `A-Z a-z 0-9 - _`.
        public let id: String
        /// The key.
        public let secret: SecretBytes

        /// Makes a key.
        ///
        /// - Throws: ``CryptographyError/invalidKey(_:)`` for a name that breaks the rule.
        public init(id: String, secret: SecretBytes) throws(CryptographyError) {
            guard (1...32).contains(id.utf8.count), id.utf8.allSatisfy(Self.isNameCharacter) else {
                throw .invalidKey("must be named by 1 to 32 letters, digits, - or _")
            }
            self.id = id
            self.secret = secret
        }

        private static func isNameCharacter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// The key for what is new.
    public let newest: Key
    /// All keys, newest first.
    public let keys: [Key]

    /// Makes a ring of a newest key and older ones.
    ///
    /// - Throws: ``CryptographyError/invalidKey(_:)`` when two keys have one name.
    public init(newest: Key, older: [Key] = []) throws(CryptographyError) {
        guard Set(([newest] + older).map(\.id)).count == older.count + 1 else { throw .invalidKey("has a name that is used twice") }
        self.newest = newest
        keys = [newest] + older
    }

    /// Reads a setting: `id:base64`, several of them parted by commas, newest first.
    ///
    /// - Throws: ``CryptographyError/invalidKey(_:)`` when there is none, one has another length than `byteCount`, or two have one name.
    public init(parsing setting: SecretString, byteCount: Int = 32) throws(CryptographyError) {
        let keys = try setting.withValue { (text: String) throws(CryptographyError) in
            var keys: [Key] = []
            for part in text.split(separator: ",") {
                keys.append(try Self.key(String(part.filter { !$0.isWhitespace }), byteCount: byteCount))
            }
            return keys
        }
        guard let first = keys.first else { throw .invalidKey("is missing") }
        guard Self.areDistinct(keys) else { throw .invalidKey("holds one key under two names") }
        try self.init(newest: first, older: Array(keys.dropFirst()))
    }

    /// The key of a name.
    public func key(named id: String) -> Key? {
        keys.first { $0.id == id }
    }

    /// Refuses rings that share a key: what is signed for one purpose must not be valid for another (SEC-077).
    ///
    /// - Parameter rings: the rings with the names of their settings, which the refusal shows.
    /// - Throws: ``CryptographyError/invalidKey(_:)``.
    public static func requireDistinct(_ rings: [(setting: String, ring: KeyRing)]) throws(CryptographyError) {
        for (index, one) in rings.enumerated() {
            for other in rings[(index + 1)...] where !areDistinct(one.ring.keys + other.ring.keys) {
                throw .invalidKey("is the same in \(one.setting) and \(other.setting)")
            }
        }
    }

    /// Whether no two keys are the same; compared by their digests, as secrets have no equality.
    private static func areDistinct(_ keys: [Key]) -> Bool {
        let digests = keys.map { key in key.secret.withBytes { bytes in SHA256.digest(of: bytes.indices.map { bytes[$0] }) } }
        return Set(digests).count == keys.count
    }

    private static func key(_ text: String, byteCount: Int) throws(CryptographyError) -> Key {
        guard let colon = text.firstIndex(of: ":") else { throw .invalidKey("must be written id:base64") }
        let encoded = text[text.index(after: colon)...]
        guard let bytes = Base64.decode(encoded) ?? Base64URL.decode(encoded), bytes.count == byteCount else {
            throw .invalidKey("must be \(byteCount) bytes in base64")
        }
        // Zeros, or a letter held down, are what stands in an example and not what a random source gave.
        guard Set(bytes).count > 1 else { throw .invalidKey("is one byte repeated") }
        return try Key(id: String(text[..<colon]), secret: SecretBytes(bytes))
    }
}
