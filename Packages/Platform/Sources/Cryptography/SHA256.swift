internal import CLibCrypto

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// How many bytes a digest has.
    public static let byteCount = 32

    /// The digest of bytes.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        let status = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
        precondition(status == 1, "libcrypto without SHA-256")
        return digest
    }

    /// The digest of a text's UTF-8 bytes.
    public static func digest(of text: String) -> [UInt8] {
        digest(of: Array(text.utf8))
    }

    /// The digest of bytes as 64 lower-case hexadecimal digits.
    public static func hex(of bytes: [UInt8]) -> String {
        Hex.encode(digest(of: bytes))
    }
}

/// SHA-256 of a stream that is not in memory at once, such as a file.
@safe public struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer

    /// Begins a digest.
    public init() {
        guard let context = unsafe EVP_MD_CTX_new(), unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("libcrypto without SHA-256")
        }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    /// Takes the next bytes of the stream.
    public mutating func update(_ bytes: [UInt8]) {
        let status = unsafe EVP_DigestUpdate(context, bytes, bytes.count)
        precondition(status == 1, "libcrypto without SHA-256")
    }

    /// The digest of all that was taken.
    public consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
        let status = unsafe EVP_DigestFinal_ex(context, &digest, nil)
        precondition(status == 1, "libcrypto without SHA-256")
        return digest
    }
}
