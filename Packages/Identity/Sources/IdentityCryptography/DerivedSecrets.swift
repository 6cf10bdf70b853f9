public import Core
public import Cryptography
public import Identity

/// Secrets of keys from the system's random numbers, and secrets of links from a key of the product.
public struct DerivedSecrets: SecretMaker {
    private let linkKey: SecretBytes
    private let random: any RandomSource

    /// Makes a maker.
    ///
    /// - Parameter master: the product's master key; a key for links alone is derived from it.
    public init(master: SecretBytes, random: any RandomSource = SystemRandomSource()) {
        linkKey = HKDF.key(from: master, purpose: "identity-links")
        self.random = random
    }

    /// `rfs` and 64 lower-case hex digits.
    public func makeAPIKeySecret() -> SecretString {
        SecretString("rfs" + Hex.encode(random.bytes(count: 32)))
    }

    /// 32 bytes in the URL-safe alphabet: nobody without the key can make them, and the same id gives the same ones.
    public func linkSecret(of kind: String, _ id: String) -> SecretString {
        SecretString(Base64URL.encode(HMACSHA256.code(for: Array("\(kind):\(id)".utf8), key: linkKey)))
    }

    /// SHA-256.
    public func digest(of secret: SecretString) -> SecretDigest {
        SecretDigest(bytes: secret.withValue { SHA256.digest(of: $0) })
    }
}
