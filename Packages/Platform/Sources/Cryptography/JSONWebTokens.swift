public import Core

/// Signs and verifies JSON Web Tokens of one type (RFC 7519) with Ed25519 (`alg` EdDSA, RFC 8037), and with nothing else.
///
/// The header has exactly `alg`, `kid` and `typ`; the algorithm is fixed, not read, so that no token chooses how it is verified (RFC 8725, 3.1).
public struct JSONWebTokens: Sendable {
    /// What makes tokens of one type: who made them, for whom, and what they are.
    public struct Profile: Sendable, Hashable {
        /// The value of `typ`, such as `at+jwt` (RFC 9068); a token of another type is refused.
        public let type: String
        /// The value of `iss`.
        public let issuer: String
        /// The value of `aud`.
        public let audience: String
        /// How far `iat` may lie ahead of the clock (ID-055: 30 s).
        public let allowedClockSkew: Duration

        /// Makes a profile.
        public init(type: String, issuer: String, audience: String, allowedClockSkew: Duration = .seconds(30)) {
            self.type = type
            self.issuer = issuer
            self.audience = audience
            self.allowedClockSkew = allowedClockSkew
        }
    }

    private struct SigningKey: Sendable {
        let id: String
        let key: Ed25519.PrivateKey
    }

    private let profile: Profile
    private let newest: SigningKey
    private let publicKeys: [String: Ed25519.PublicKey]

    /// Makes a signer and verifier; the newest key signs, all of them verify.
    ///
    /// - Throws: ``CryptographyError/invalidKey(_:)`` for a seed that has not 32 bytes.
    public init(keys ring: KeyRing, profile: Profile) throws(CryptographyError) {
        self.profile = profile
        newest = SigningKey(id: ring.newest.id, key: try Ed25519.PrivateKey(seed: ring.newest.secret))
        var publicKeys: [String: Ed25519.PublicKey] = [:]
        for key in ring.keys { publicKeys[key.id] = try Ed25519.PrivateKey(seed: key.secret).publicKey }
        self.publicKeys = publicKeys
    }

    /// Signs claims; `iss`, `aud`, `iat` and `exp` are added and must not be among them.
    ///
    /// - Throws: ``CryptographyError/malformed(_:)`` when the claims are no object or use a name that is added here.
    public func sign(_ claims: some Encodable, issuedAt now: Instant, expiresAfter lifetime: Duration) throws -> String {
        guard case .object(var members) = try JSON.decode(JSONValue.self, from: JSON.encode(claims)) else {
            throw CryptographyError.malformed("of the claims is not an object")
        }
        let added: [String: JSONValue] = [
            "iss": .string(profile.issuer), "aud": .string(profile.audience), "iat": .integer(now.secondsSinceEpoch),
            "exp": .integer((now + lifetime).secondsSinceEpoch),
        ]
        for (name, value) in added {
            guard members.updateValue(value, forKey: name) == nil else {
                throw CryptographyError.malformed("of the claims sets \(name), which the signer sets")
            }
        }
        let header = try JSON.encode(["alg": "EdDSA", "kid": newest.id, "typ": profile.type])
        let input = Base64URL.encode(header) + "." + Base64URL.encode(try JSON.encode(members))
        return input + "." + Base64URL.encode(try newest.key.signature(for: Array(input.utf8)))
    }

    /// Verifies a token and reads its claims: form, header, key, signature, then issuer, audience and times.
    ///
    /// - Parameter grace: how long after its end a token is still taken; zero but for the refresh of a session.
    /// - Throws: ``JSONWebTokenError``; which case it was is for the log, the caller of an API learns one answer.
    public func verify<Claims: Decodable>(
        _ token: String, as type: Claims.Type, now: Instant, acceptingExpiredFor grace: Duration = .zero
    ) throws(JSONWebTokenError) -> Claims {
        let payload = try verifiedPayload(of: token)
        let registered: RegisteredClaims = try Self.decode(from: payload)
        try check(registered, now: now, grace: grace)
        return try Self.decode(from: payload)
    }

    private func verifiedPayload(of token: String) throws(JSONWebTokenError) -> [UInt8] {
        guard token.utf8.count <= Self.maximumLength else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        let key = try verificationKey(for: header)
        guard key.isValid(signature, for: Array((parts[0] + "." + parts[1]).utf8)) else { throw .wrongSignature }
        return payload
    }

    private func verificationKey(for header: [UInt8]) throws(JSONWebTokenError) -> Ed25519.PublicKey {
        let members: [String: JSONValue] = try Self.decode(from: header)
        guard members["alg"] == "EdDSA" else { throw .wrongAlgorithm }
        guard members["typ"] == .string(profile.type) else { throw .wrongType }
        guard Set(members.keys) == ["alg", "kid", "typ"], case .string(let id)? = members["kid"] else { throw .malformed }
        guard let key = publicKeys[id] else { throw .unknownKey }
        return key
    }

    private func check(_ claims: RegisteredClaims, now: Instant, grace: Duration) throws(JSONWebTokenError) {
        guard claims.iss == profile.issuer else { throw .wrongIssuer }
        guard claims.aud == profile.audience else { throw .wrongAudience }
        let second = now.secondsSinceEpoch
        let (lastSecond, overflow) = claims.exp.addingReportingOverflow(grace.components.seconds)
        guard overflow || second < lastSecond else { throw .expired }
        let ahead = second + profile.allowedClockSkew.components.seconds
        guard claims.iat <= ahead else { throw .notYetValid }
        if let notBefore = claims.nbf, notBefore > second { throw .notYetValid }
    }

    private static func decode<Value: Decodable>(from bytes: [UInt8]) throws(JSONWebTokenError) -> Value {
        do {
            return try JSON.decode(Value.self, from: bytes)
        } catch let error as JSONDecodingFailure {
            throw error.kind == .malformed ? .malformed : .invalidClaim(error.path.joined(separator: "."))
        } catch {
            throw .malformed
        }
    }

    private static let maximumLength = 8_192

    private struct RegisteredClaims: Decodable {
        let iss: String
        let aud: String
        let iat: Int64
        let exp: Int64
        let nbf: Int64?
    }
}

/// Why a token was refused.
public enum JSONWebTokenError: Error, Hashable, Sendable {
    /// It is not three parts of canonical base64url over JSON, is too long, or its header has other members.
    case malformed
    /// Its header names another algorithm than EdDSA.
    case wrongAlgorithm
    /// It is a token of another type.
    case wrongType
    /// Its header names a key that is not configured.
    case unknownKey
    /// The signature is not the key's over these bytes.
    case wrongSignature
    /// A claim is missing or has another type.
    case invalidClaim(String)
    /// It was issued by another issuer.
    case wrongIssuer
    /// It was issued for another audience.
    case wrongAudience
    /// Its time is over.
    case expired
    /// Its time has not begun.
    case notYetValid
}
