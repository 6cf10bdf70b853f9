public import Core
internal import Cryptography

/// The keys of keep links: those of `TRELLIS_KEEP_TOKEN_KEYS`, newest first, two at most (IDL-049).
///
/// Without any the product runs on and writes mails without links; keys that are there and wrong stop the start (SEC-077).
public struct KeepKeys: Sendable {
    /// What is wrong with the setting, in words that hold no part of a key.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// The end of a sentence that begins with the setting's name.
        public let description: String
    }

    /// How many bytes a key must have.
    public static let minimumByteCount = 32
    /// How many keys there may be.
    public static let maximumCount = 2

    let keys: [KeyRing.Key]

    /// No key.
    public static let none = KeepKeys(keys: [])

    private init(keys: [KeyRing.Key]) {
        self.keys = keys
    }

    /// Reads `id:base64` texts.
    ///
    /// - Parameters:
    ///   - setting: one text for each key.
    ///   - others: every other secret of the deployment; a key that equals one of them, or stands in it, is refused.
    /// - Throws: ``Refusal`` for a key without id, with a short or badly written secret, a repeated id or secret, or a third key.
    public init(_ setting: [SecretString], others: [SecretString] = []) throws(Refusal) {
        guard setting.count <= Self.maximumCount else { throw Refusal(description: "may hold two keys at most") }
        var keys: [KeyRing.Key] = []
        for text in setting {
            let key = try Self.key(text)
            guard !keys.contains(where: { $0.id == key.id }) else { throw Refusal(description: "has the id of a key twice") }
            guard !keys.contains(where: { Self.areEqual($0.secret, key.secret) }) else { throw Refusal(description: "has a key twice") }
            for other in others where Self.isHeld(key.secret, in: other) {
                throw Refusal(description: "has a key that serves something else as well")
            }
            keys.append(key)
        }
        self.keys = keys
    }

    private static func key(_ setting: SecretString) throws(Refusal) -> KeyRing.Key {
        try setting.withValue { (text: String) throws(Refusal) in
            guard let colon = text.firstIndex(of: ":") else { throw Refusal(description: "must be written id:base64") }
            let encoded = text[text.index(after: colon)...]
            guard let bytes = Base64.decode(encoded) ?? Base64URL.decode(encoded) else {
                throw Refusal(description: "has a key that is not base64")
            }
            guard bytes.count >= minimumByteCount, Set(bytes).count > 1 else {
                throw Refusal(description: "has a key of less than \(minimumByteCount) random bytes")
            }
            do {
                return try KeyRing.Key(id: String(text[..<colon]), secret: SecretBytes(bytes))
            } catch {
                throw Refusal(description: "has a key without a good id: 1 to 32 letters, digits, - or _")
            }
        }
    }

    private static func areEqual(_ left: SecretBytes, _ right: SecretBytes) -> Bool {
        constantTimeEqual(bytes(of: left), bytes(of: right))
    }

    /// Whether a secret of another setting is the key: as its text, or as what is written behind a name in it.
    private static func isHeld(_ key: SecretBytes, in other: SecretString) -> Bool {
        let key = bytes(of: key)
        return other.withValue { text in
            text.split(separator: ",").contains { part in
                let value = part.split(separator: ":", maxSplits: 1).last ?? part
                return [Base64.decode(value), Base64URL.decode(value), Array(part.utf8)].contains {
                    $0.map { constantTimeEqual($0, key) } ?? false
                }
            }
        }
    }

    private static func bytes(of secret: SecretBytes) -> [UInt8] {
        secret.withBytes { span in
            var bytes: [UInt8] = []
            for index in span.indices { bytes.append(span[index]) }
            return bytes
        }
    }
}
