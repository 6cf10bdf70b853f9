public import Core
public import Cryptography
public import Identity

/// Access tokens as JSON Web Tokens of the type `at+jwt`, signed with Ed25519 (ID-055).
///
/// Keys follow each other by the times in their names: see docs/operations/signing-keys.md.
public struct EdDSATokenSigner: TokenSigner {
    private let schedule: SigningKeySchedule
    /// For each key of the schedule: what signs with it, and how it is published.
    private let signers: [JSONWebTokens]
    private let published: [JSONValue]
    private let verified: VerifiedTokens<TokenClaims>

    /// Makes a signer.
    ///
    /// - Parameters:
    ///   - ring: the keys; one whose name ends in a time, such as `k2-20270101T000000Z`, is used from then on, of those without the first.
    ///   - lifetime: how long after it was made a token can still be refreshed.
    /// - Throws: `CryptographyError` for a key that is none.
    public init(keys ring: KeyRing, issuer: String, audience: String, lifetime: Duration = .seconds(2_100)) throws {
        schedule = SigningKeySchedule(ring, lifetime: lifetime)
        let profile = JSONWebTokens.Profile(type: "at+jwt", issuer: issuer, audience: audience)
        signers = try schedule.entries.map { try JSONWebTokens(keys: KeyRing(newest: $0.key), profile: profile) }
        verified = VerifiedTokens(try JSONWebTokens(keys: ring, profile: profile))
        published = try schedule.entries.map { entry in
            let point = try Ed25519.PrivateKey(seed: entry.key.secret).publicKey.rawRepresentation
            return [
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": .string(entry.key.id),
                "x": .string(Base64URL.encode(point)),
            ]
        }
    }

    /// Signs claims with the key in use.
    public func sign(_ claims: AccessClaims, issuedAt now: Instant, expiresAfter lifetime: Duration) throws -> AccessToken {
        let text = try signers[schedule.indexInUse(at: now)].sign(
            TokenClaims(claims, tokenID: RandomBytes.token(byteCount: 12)), issuedAt: now, expiresAfter: lifetime)
        return AccessToken(value: SecretString(text), expiresAt: now + lifetime)
    }

    /// Checks a token with the key that it names, if that key is still published, and reads its claims.
    public func verify(
        _ token: SecretString, at now: Instant, acceptingExpiredFor grace: Duration
    ) throws(TokenRefusal) -> AccessClaims {
        do {
            return try token.withValue { (text: String) throws(JSONWebTokenError) in
                try verified.claims(of: text, now: now, acceptingExpiredFor: grace) { schedule.isPublished($0, at: now) }
            }.accessClaims
        } catch {
            throw error == .expired ? .expired : .invalid
        }
    }

    /// The public keys (RFC 8037): also those that are not used yet, so that whoever verifies knows them in time.
    public func publicKeys(at now: Instant) -> JSONValue {
        ["keys": .array(schedule.entries.indices.filter { schedule.entries[$0].isPublished(at: now) }.reversed().map { published[$0] })]
    }
}

/// The claims by their registered names (RFC 7519, RFC 8176, RFC 9068).
private struct TokenClaims: Codable, Sendable {
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
