public import Core
public import Cryptography
public import Identity

/// Access tokens as JSON Web Tokens of the type `at+jwt`, signed with Ed25519 (ID-055).
public struct EdDSATokenSigner: TokenSigner {
    private let tokens: JSONWebTokens
    private let keySet: JSONValue

    /// Makes a signer; the newest key signs, all of them verify.
    ///
    /// - Throws: `CryptographyError` for a key that is none.
    public init(keys ring: KeyRing, issuer: String, audience: String) throws {
        tokens = try JSONWebTokens(keys: ring, profile: .init(type: "at+jwt", issuer: issuer, audience: audience))
        let keys = try ring.keys.map { key -> JSONValue in
            let point = try Ed25519.PrivateKey(seed: key.secret).publicKey.rawRepresentation
            return [
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": .string(key.id), "x": .string(Base64URL.encode(point)),
            ]
        }
        keySet = ["keys": .array(keys)]
    }

    /// Signs claims.
    public func sign(_ claims: AccessClaims, issuedAt now: Instant, expiresAfter lifetime: Duration) throws -> AccessToken {
        let text = try tokens.sign(TokenClaims(claims, tokenID: RandomBytes.token(byteCount: 12)), issuedAt: now, expiresAfter: lifetime)
        return AccessToken(value: SecretString(text), expiresAt: now + lifetime)
    }

    /// Checks a token and reads its claims.
    public func verify(
        _ token: SecretString, at now: Instant, acceptingExpiredFor grace: Duration
    ) throws(TokenRefusal) -> AccessClaims {
        do {
            return try token.withValue { text in
                try tokens.verify(text, as: TokenClaims.self, now: now, acceptingExpiredFor: grace)
            }.accessClaims
        } catch let error as JSONWebTokenError where error == .expired {
            throw .expired
        } catch {
            throw .invalid
        }
    }

    /// The public keys (RFC 8037).
    public func publicKeys() -> JSONValue { keySet }
}

/// The claims by their registered names (RFC 7519, RFC 8176, RFC 9068).
private struct TokenClaims: Codable {
    let sub: User.ID
    let sid: Session.ID
    let gen: Int
    let org: OrgReference?
    let role: OrgRole?
    let amr: [String]
    let authTime: Int64
    let jti: String

    enum CodingKeys: String, CodingKey {
        case sub, sid, gen, org, role, amr, jti
        case authTime = "auth_time"
    }

    init(_ claims: AccessClaims, tokenID: String) {
        sub = claims.user
        sid = claims.session
        gen = claims.generation
        org = claims.org
        role = claims.role
        amr = claims.methods
        authTime = claims.authenticatedAt.secondsSinceEpoch
        jti = tokenID
    }

    var accessClaims: AccessClaims {
        AccessClaims(
            user: sub, session: sid, generation: gen, org: org, role: role, methods: amr,
            authenticatedAt: Instant(secondsSinceEpoch: authTime))
    }
}
