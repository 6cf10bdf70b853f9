import Core
import Cryptography
import Testing

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the answers of FIPS 180-4`(message: String, digest: String) {
        #expect(Hex.encode(SHA256.digest(of: message)) == digest)
    }

    @Test func `a stream in pieces has the digest of the whole`() {
        var hasher = SHA256Hasher()
        for _ in 0..<1_000 { hasher.update([UInt8](repeating: UInt8(ascii: "a"), count: 1_000)) }
        #expect(Hex.encode(hasher.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `HMAC gives the answers of RFC 4231`() throws {
        let cases: [(key: [UInt8], message: String, code: String)] = [
            ([UInt8](repeating: 0x0b, count: 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (Array("Jefe".utf8), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for (key, message, code) in cases {
            #expect(Hex.encode(HMACSHA256.code(for: Array(message.utf8), key: SecretBytes(key))) == code)
        }
    }

    @Test func `STR-040 HMAC gives the known answer of webhook verification`() throws {
        let key = SecretBytes(utf8: SecretString("whsec_test_secret"))
        let message = Array(#"1700000000.{"id":"evt_test","object":"event"}"#.utf8)
        let expected = try hex("8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724")
        #expect(HMACSHA256.code(for: message, key: key) == expected)
        #expect(HMACSHA256.isValid(expected, for: message, key: key))
        #expect(!HMACSHA256.isValid(expected, for: message + [10], key: key))
        #expect(!HMACSHA256.isValid(Array(expected.dropLast()), for: message, key: key))
    }

    @Test func `HKDF gives the answers of RFC 5869`() throws {
        let key = SecretBytes([UInt8](repeating: 0x0b, count: 22))
        let first = HKDF.derive(from: key, salt: try hex("000102030405060708090a0b0c"), info: try hex("f0f1f2f3f4f5f6f7f8f9"), count: 42)
        #expect(
            text(first) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        let third = HKDF.derive(from: key, info: [], count: 42)
        #expect(text(third) == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        #expect(text(HKDF.key(from: key, purpose: "link")) != text(HKDF.key(from: key, purpose: "cursor")))
    }

    @Test func `comparing looks at every byte and at the length`() {
        let secret = [UInt8](1...64)
        #expect(constantTimeEqual(secret, secret))
        #expect(constantTimeEqual("", ""))
        for index in secret.indices {
            var other = secret
            other[index] ^= 1
            #expect(!constantTimeEqual(secret, other))
        }
        #expect(!constantTimeEqual(secret, Array(secret.dropLast())))
        #expect(!constantTimeEqual("token", "Token"))
    }

    @Test func `a secret has no textual form`() {
        let secret = SecretBytes(Array("hunter2".utf8))
        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("104"))
        #expect(text(secret) == Hex.encode(Array("hunter2".utf8)))
    }

    private func text(_ secret: SecretBytes) -> String {
        secret.withBytes { bytes in Hex.encode(bytes.indices.map { bytes[$0] }) }
    }

    @Test func `SHA-1 has the digests of FIPS 180`() {
        #expect(Hex.encode(SHA1.digest(of: Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(Hex.encode(SHA1.digest(of: [])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }
}
