/// Derives keys from a key: HKDF (RFC 5869) over SHA-256.
///
/// Cursor, link and pepper keys are derived by purpose from the master keys, so that none of them is a setting (SEC-071).
public enum HKDF {
    /// Derives `count` bytes, at most 8160.
    ///
    /// - Parameter key: the input key, of full entropy.
    /// - Parameter salt: not secret; empty stands for 32 zero bytes.
    /// - Parameter info: what the derived key is for; other purposes give unrelated keys.
    public static func derive(from key: SecretBytes, salt: [UInt8] = [], info: [UInt8], count: Int = 32) -> SecretBytes {
        precondition(count <= 255 * SHA256.byteCount, "HKDF gives at most 255 blocks")
        let saltKey = SecretBytes(salt.isEmpty ? [UInt8](repeating: 0, count: SHA256.byteCount) : salt)
        let extracted = SecretBytes(
            key.withBytes { bytes in
                var message: [UInt8] = []
                for index in bytes.indices { message.append(bytes[index]) }
                return HMACSHA256.code(for: message, key: saltKey)
            })
        var output: [UInt8] = []
        var block: [UInt8] = []
        var counter: UInt8 = 1
        while output.count < count {
            block = HMACSHA256.code(for: block + info + [counter], key: extracted)
            output += block
            counter &+= 1
        }
        return SecretBytes(output.prefix(count))
    }

    /// Derives a key of 32 bytes for a purpose named by a text such as `link`.
    public static func key(from master: SecretBytes, purpose: String) -> SecretBytes {
        derive(from: master, info: Array("trellis/\(purpose)".utf8))
    }
}
