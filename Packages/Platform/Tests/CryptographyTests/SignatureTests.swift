import Core
import Cryptography
import Testing

@Suite struct SignatureTests {
    static let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"

    @Test(arguments: [
        (
            seed, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ])
    func `Ed25519 gives the answers of RFC 8032`(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try Ed25519.PrivateKey(seed: SecretBytes(hex(seed)))
        let message = try hex(message)
        #expect(Hex.encode(key.publicKey.rawRepresentation) == publicKey)
        #expect(Hex.encode(try key.signature(for: message)) == signature)
        #expect(key.publicKey.isValid(try hex(signature), for: message))
        #expect(!key.publicKey.isValid(try hex(signature), for: message + [0]))
    }

    @Test func `EdDSA gives the signature of RFC 8037`() throws {
        let key = try Ed25519.PrivateKey(seed: SecretBytes(hex(Self.seed)))
        let input = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        #expect(
            Base64URL.encode(try key.signature(for: input))
                == "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
    }

    @Test func `no changed bit of a signature is valid`() throws {
        let key = try Ed25519.PrivateKey(seed: SecretBytes(hex(Self.seed)))
        let signature = try key.signature(for: [1, 2, 3])
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 4
            #expect(!key.publicKey.isValid(changed, for: [1, 2, 3]))
        }
        for count in [0, 63, 65] { #expect(!key.publicKey.isValid([UInt8](repeating: 0, count: count), for: [1, 2, 3])) }
        #expect(throws: CryptographyError.self) { try Ed25519.PrivateKey(seed: SecretBytes([1])) }
        #expect(throws: CryptographyError.self) { try Ed25519.PublicKey(rawRepresentation: [1]) }
    }
}
