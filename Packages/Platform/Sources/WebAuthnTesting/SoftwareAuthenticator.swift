internal import CLibCrypto
public import Core
internal import Cryptography

/// An authenticator in memory, for tests: it makes credentials and assertions byte by byte as hardware does, the wrong ones as well.
public struct SoftwareAuthenticator: Sendable {
    /// How the credential signs.
    public enum Algorithm: Sendable, CaseIterable {
        /// Ed25519.
        case eddsa
        /// ECDSA on P-256.
        case es256
    }

    /// One ceremony: what the page says, and what the authenticator says.
    public struct Ceremony: Sendable {
        /// The challenge as the page was given it.
        public var challenge: String
        /// The page.
        public var origin = "https://app.example.com"
        /// The relying party.
        public var party = "example.com"
        /// The flags; a person who was there and was verified, unless said otherwise.
        public var flags: UInt8 = 0x05
        /// The sign counter.
        public var signCount: UInt32 = 0
        /// What the client data says it is about; the right thing when it is `nil`.
        public var type: String?

        /// Answers a challenge.
        public init(challenge: String) {
            self.challenge = challenge
        }
    }

    /// What the credential is found by.
    public let credentialID: [UInt8]
    private let key: Key

    /// Makes a new credential.
    ///
    /// - Throws: what libcrypto refuses.
    public init(_ algorithm: Algorithm = .es256) throws {
        credentialID = RandomBytes.make(count: 32)
        key = try Key(algorithm)
    }

    /// The answer to the options of a registration, as a browser writes it.
    public func register(_ ceremony: Ceremony) -> JSONValue {
        let clientData = Self.clientData(ceremony, type: "webauthn.create")
        var data = authenticatorData(ceremony, flags: ceremony.flags | 0x40, extra: [])
        data += Array(repeating: 0, count: 16) + [0, UInt8(credentialID.count)] + credentialID + key.cose
        return answer([
            "clientDataJSON": .string(Base64URL.encode(clientData)),
            "attestationObject": .string(Base64URL.encode(Self.attestationObject(data))), "transports": ["internal"],
        ])
    }

    /// The answer to the options of an assertion.
    ///
    /// - Parameter userHandle: whose credential the authenticator says it is, in the URL-safe alphabet.
    public func assert(_ ceremony: Ceremony, userHandle: String? = nil) throws -> JSONValue {
        let clientData = Self.clientData(ceremony, type: "webauthn.get")
        let data = authenticatorData(ceremony, flags: ceremony.flags, extra: [])
        let signature = try key.sign(data + SHA256.digest(of: clientData))
        return answer([
            "clientDataJSON": .string(Base64URL.encode(clientData)), "authenticatorData": .string(Base64URL.encode(data)),
            "signature": .string(Base64URL.encode(signature)), "userHandle": userHandle.map { .string($0) } ?? .null,
        ])
    }

    /// The envelope of authenticator data, without a statement.
    public static func attestationObject(_ data: [UInt8]) -> [UInt8] {
        [0xA3, 0x63] + Array("fmt".utf8) + [0x64] + Array("none".utf8) + [0x67] + Array("attStmt".utf8) + [0xA0, 0x68]
            + Array("authData".utf8) + [0x59, UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
    }

    private func answer(_ response: JSONValue) -> JSONValue {
        let id = JSONValue.string(Base64URL.encode(credentialID))
        return ["id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": [:]]
    }

    private func authenticatorData(_ ceremony: Ceremony, flags: UInt8, extra: [UInt8]) -> [UInt8] {
        let count = ceremony.signCount
        return SHA256.digest(of: ceremony.party)
            + [flags, UInt8(count >> 24), UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)] + extra
    }

    private static func clientData(_ ceremony: Ceremony, type: String) -> [UInt8] {
        let text = """
            {"type":"\(ceremony.type ?? type)","challenge":"\(ceremony.challenge)","origin":"\(ceremony.origin)","crossOrigin":false}
            """
        return Array(text.utf8)
    }
}

/// A key that signs as passkeys do.
private struct Key: Sendable {
    let cose: [UInt8]
    private let signing: @Sendable ([UInt8]) throws -> [UInt8]

    init(_ algorithm: SoftwareAuthenticator.Algorithm) throws {
        switch algorithm {
        case .eddsa:
            let key = try Ed25519.PrivateKey(seed: SecretBytes(RandomBytes.make(count: 32)))
            // {1: 1 (OKP), 3: -8, -1: 6 (Ed25519), -2: x} (RFC 9053 §7.2)
            cose = [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20] + key.publicKey.rawRepresentation
            signing = { try key.signature(for: $0) }
        case .es256:
            let key = try CurveKey()
            let point = try key.publicPoint()
            // {1: 2 (EC2), 3: -7, -1: 1 (P-256), -2: x, -3: y} (RFC 9053 §7.1)
            cose = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20] + point[1..<33] + [0x22, 0x58, 0x20] + point[33..<65]
            signing = { try key.sign($0) }
        }
    }

    func sign(_ message: [UInt8]) throws -> [UInt8] { try signing(message) }
}

/// A key on P-256. It is never changed after it is made; libcrypto allows threads to share such a key (crypto(7), "Thread safety").
@safe private final class CurveKey: @unchecked Sendable {
    private let key: OpaquePointer

    init() throws {
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { throw Refused() }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1, unsafe EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            unsafe EVP_PKEY_keygen(context, &made) == 1, let made = unsafe made
        else { throw Refused() }
        unsafe key = made
    }

    deinit {
        unsafe EVP_PKEY_free(key)
    }

    /// The uncompressed point: 4, x, y.
    func publicPoint() throws -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe EVP_PKEY_get1_encoded_public_key(key, &bytes)
        guard count == 65, let bytes = unsafe bytes else { throw Refused() }
        defer { unsafe CRYPTO_free(bytes, nil, 0) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    func sign(_ message: [UInt8]) throws -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { throw Refused() }
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 80)
        var count = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw Refused() }
        return Array(signature.prefix(count))
    }
}

private struct Refused: Error {}
