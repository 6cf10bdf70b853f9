internal import Core
internal import Cryptography

/// What PostgreSQL keeps of a password: enough to check it, not enough to use it (RFC 5803, RFC 7677).
///
/// It is computed here, so that the password itself never reaches the host, its logs or its statistics (GRA-111).
struct SCRAMVerifier {
    /// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`
    let text: String

    /// Computes the verifier of a password of printable ASCII characters, which SASLprep leaves as it is.
    init(password: SecretString, salt: [UInt8], iterations: Int = 4_096) {
        let key = SecretBytes(utf8: password)
        // Hi() of RFC 5802, section 2.2.
        var block = HMACSHA256.code(for: salt + [0, 0, 0, 1], key: key)
        var salted = block
        for _ in 1..<iterations {
            block = HMACSHA256.code(for: block, key: key)
            for index in salted.indices { salted[index] ^= block[index] }
        }
        let saltedKey = SecretBytes(salted)
        let storedKey = SHA256.digest(of: HMACSHA256.code(for: Array("Client Key".utf8), key: saltedKey))
        let serverKey = HMACSHA256.code(for: Array("Server Key".utf8), key: saltedKey)
        text = "SCRAM-SHA-256$\(iterations):\(Base64.encode(salt))$\(Base64.encode(storedKey)):\(Base64.encode(serverKey))"
    }
}
