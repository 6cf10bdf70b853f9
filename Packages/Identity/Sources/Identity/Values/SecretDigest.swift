/// The SHA-256 digest of a random secret: what is kept and looked up in its place.
public struct SecretDigest: Sendable, Hashable {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// Takes a digest.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}
