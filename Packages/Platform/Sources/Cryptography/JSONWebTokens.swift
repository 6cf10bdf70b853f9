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

    /// A key that verifies, with the one header of the tokens that are signed with it here.
    private struct VerificationKey: Sendable {
        let id: String
        let key: Ed25519.PublicKey
        let header: [UInt8]
    }

    private let profile: Profile
    private let newest: SigningKey
    private let verificationKeys: [VerificationKey]

    /// Makes a signer and verifier; the newest key signs, all of them verify.
    ///
    /// - Throws: ``CryptographyError/invalidKey(_:)`` for a seed that has not 32 bytes.
    public init(keys ring: KeyRing, profile: Profile) throws(CryptographyError) {
        self.profile = profile
        newest = SigningKey(id: ring.newest.id, key: try Ed25519.PrivateKey(seed: ring.newest.secret))
        var keys: [VerificationKey] = []
        for key in ring.keys {
            let publicKey = try Ed25519.PrivateKey(seed: key.secret).publicKey
            keys.append(VerificationKey(id: key.id, key: publicKey, header: Array(try Self.header(key: key.id, profile).utf8)))
        }
        verificationKeys = keys
    }

    /// The header as the signer writes it.
    private static func header(key: String, _ profile: Profile) throws(CryptographyError) -> String {
        do {
            return Base64URL.encode(try JSON.encode(["alg": "EdDSA", "kid": key, "typ": profile.type]))
        } catch {
            throw .malformed("of the header is not JSON")
        }
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
        let input = try Self.header(key: newest.id, profile) + "." + Base64URL.encode(try JSON.encode(members))
        return input + "." + Base64URL.encode(try newest.key.signature(for: Array(input.utf8)))
    }

    /// Verifies a token and reads its claims: form, header, key, signature, then issuer, audience and times.
    ///
    /// - Parameter grace: how long after its end a token is still taken; zero but for the refresh of a session.
    /// - Throws: ``JSONWebTokenError``; which case it was is for the log, the caller of an API learns one answer.
    public func verify<Claims: Decodable>(
        _ token: String, as type: Claims.Type, now: Instant, acceptingExpiredFor grace: Duration = .zero
    ) throws(JSONWebTokenError) -> Claims {
        let verified = try verified(Array(token.utf8), as: type)
        try check(verified.times, now: now, grace: grace)
        return try verified.claims.get()
    }

    /// What a token says whose form, header, signature, issuer and audience are good: all that time does not change.
    struct Verified<Claims> {
        let keyID: String
        let times: Times
        /// Read after the times: a token of another version of the product that is over is over, whatever else it says.
        let claims: Result<Claims, JSONWebTokenError>
    }

    /// Verifies what time does not change.
    func verified<Claims: Decodable>(_ token: [UInt8], as type: Claims.Type) throws(JSONWebTokenError) -> Verified<Claims> {
        guard token.count <= Self.maximumLength else { throw .malformed }
        let parts = token.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2]) else {
            throw .malformed
        }
        let key = try verificationKey(for: parts[0])
        guard key.key.isValid(signature, for: Array(token[..<parts[1].endIndex])) else { throw .wrongSignature }
        let body: Body<Claims> = try Self.decode(from: payload)
        guard body.registered.iss == profile.issuer else { throw .wrongIssuer }
        guard body.registered.aud == profile.audience else { throw .wrongAudience }
        return Verified(keyID: key.id, times: body.registered.times, claims: body.claims)
    }

    private func verificationKey(for header: ArraySlice<UInt8>) throws(JSONWebTokenError) -> VerificationKey {
        if let key = verificationKeys.first(where: { $0.header.elementsEqual(header) }) { return key }
        guard let text = Base64URL.decode(header) else { throw .malformed }
        let members: [String: JSONValue] = try Self.decode(from: text)
        guard members["alg"] == "EdDSA" else { throw .wrongAlgorithm }
        guard members["typ"] == .string(profile.type) else { throw .wrongType }
        guard Set(members.keys) == ["alg", "kid", "typ"], case .string(let id)? = members["kid"] else { throw .malformed }
        guard let key = verificationKeys.first(where: { $0.id == id }) else { throw .unknownKey }
        return key
    }

    /// Whether a token with these times is good at an instant.
    func check(_ times: Times, now: Instant, grace: Duration) throws(JSONWebTokenError) {
        let second = now.secondsSinceEpoch
        let (lastSecond, overflow) = times.expiration.addingReportingOverflow(grace.components.seconds)
        guard overflow || second < lastSecond else { throw .expired }
        let ahead = second + profile.allowedClockSkew.components.seconds
        guard times.issue <= ahead else { throw .notYetValid }
        if let notBefore = times.notBefore, notBefore > second { throw .notYetValid }
    }

    private static func decode<Value: Decodable>(from bytes: [UInt8]) throws(JSONWebTokenError) -> Value {
        do {
            return try JSON.decode(Value.self, from: bytes)
        } catch let error as JSONDecodingFailure {
            throw JSONWebTokenError(error)
        } catch {
            throw .malformed
        }
    }

    /// Longer ones are not looked at.
    static let maximumLength = 8_192

    /// `iat`, `exp` and `nbf`.
    struct Times: Sendable {
        let issue: Int64
        let expiration: Int64
        let notBefore: Int64?
    }

    private struct RegisteredClaims: Decodable {
        let iss: String
        let aud: String
        let iat: Int64
        let exp: Int64
        let nbf: Int64?

        var times: Times { Times(issue: iat, expiration: exp, notBefore: nbf) }
    }

    /// Both kinds of claims by one reading of the text.
    private struct Body<Claims: Decodable>: Decodable {
        let registered: RegisteredClaims
        let claims: Result<Claims, JSONWebTokenError>

        init(from decoder: any Decoder) throws {
            registered = try RegisteredClaims(from: decoder)
            do {
                claims = .success(try Claims(from: decoder))
            } catch let error as DecodingError {
                claims = .failure(JSONWebTokenError(JSONDecodingFailure(error)))
            } catch {
                claims = .failure(.malformed)
            }
        }
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

    fileprivate init(_ failure: JSONDecodingFailure) {
        self = failure.kind == .malformed ? .malformed : .invalidClaim(failure.path.joined(separator: "."))
    }
}
