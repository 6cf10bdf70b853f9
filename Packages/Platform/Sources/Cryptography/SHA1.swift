internal import CLibCrypto

/// SHA-1 (FIPS 180-4), for nothing but protocols that name things by it; it resists no forger.
public enum SHA1 {
    /// How many bytes a digest has.
    public static let byteCount = 20

    /// The digest of bytes.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        let status = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha1(), nil)
        precondition(status == 1, "libcrypto without SHA-1")
        return digest
    }
}
