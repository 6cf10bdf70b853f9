import Core
import Cryptography
import Testing

@Suite struct JSONWebTokenTests {
    struct Claims: Codable, Equatable {
        let sub: String
        let gen: Int
    }

    static let now = Instant(secondsSinceEpoch: 1_800_000_000)
    static let profile = JSONWebTokens.Profile(type: "at+jwt", issuer: "https://api.example.com", audience: "trellis")
    let oldKey: KeyRing.Key
    let newKey: KeyRing.Key
    let tokens: JSONWebTokens
    let claims = Claims(sub: "user_1", gen: 3)

    init() throws {
        oldKey = try KeyRing.Key(id: "k1", secret: SecretBytes([UInt8](repeating: 1, count: 32)))
        newKey = try KeyRing.Key(id: "k2", secret: SecretBytes([UInt8](repeating: 2, count: 32)))
        tokens = try JSONWebTokens(keys: KeyRing(newest: newKey, older: [oldKey]), profile: Self.profile)
    }

    private func verify(_ token: String, at now: Instant = now, grace: Duration = .zero) throws(JSONWebTokenError) -> Claims {
        try tokens.verify(token, as: Claims.self, now: now, acceptingExpiredFor: grace)
    }

    /// Signs any header and payload with a key of the ring, as a forger who holds no key cannot.
    private func forge(header: String, payload: String, key: KeyRing.Key? = nil) throws -> String {
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        let signature = try Ed25519.PrivateKey(seed: (key ?? newKey).secret).signature(for: Array(input.utf8))
        return input + "." + Base64URL.encode(signature)
    }

    static let header = #"{"alg":"EdDSA","kid":"k2","typ":"at+jwt"}"#
    static let payload =
        #"{"aud":"trellis","exp":1800000900,"gen":3,"iat":1800000000,"iss":"https://api.example.com","sub":"user_1"}"#

    @Test func `ID-055 a token says what was signed, with the newest key and in a fixed form`() throws {
        let token = try tokens.sign(claims, issuedAt: Self.now, expiresAfter: .minutes(15))
        #expect(token == (try forge(header: Self.header, payload: Self.payload)))
        #expect(try verify(token) == claims)
        let older = try JSONWebTokens(keys: KeyRing(newest: oldKey), profile: Self.profile)
        #expect(try verify(try older.sign(claims, issuedAt: Self.now, expiresAfter: .minutes(15))) == claims)
    }

    @Test func `ID-055 a token ends to the second`() throws {
        let token = try tokens.sign(claims, issuedAt: Self.now, expiresAfter: .minutes(15))
        let end = Self.now + .minutes(15)
        #expect(try verify(token, at: end - .microseconds(1)) == claims)
        #expect(throws: JSONWebTokenError.expired) { try verify(token, at: end) }
        #expect(try verify(token, at: end + .seconds(299), grace: .minutes(5)) == claims)
        #expect(throws: JSONWebTokenError.expired) { try verify(token, at: end + .seconds(300), grace: .minutes(5)) }
    }

    @Test func `ID-055 a token from the future is refused beyond thirty seconds`() throws {
        let token = try tokens.sign(claims, issuedAt: Self.now + .seconds(30), expiresAfter: .minutes(15))
        #expect(try verify(token) == claims)
        #expect(throws: JSONWebTokenError.notYetValid) { try verify(token, at: Self.now - .seconds(1)) }
        let later = try forge(header: Self.header, payload: String(Self.payload.dropLast()) + #","nbf":1800000001}"#)
        #expect(throws: JSONWebTokenError.notYetValid) { try verify(later) }
    }

    @Test(arguments: [
        (#"{"alg":"none","kid":"k2","typ":"at+jwt"}"#, JSONWebTokenError.wrongAlgorithm),
        (#"{"alg":"HS256","kid":"k2","typ":"at+jwt"}"#, .wrongAlgorithm),
        (#"{"alg":"eddsa","kid":"k2","typ":"at+jwt"}"#, .wrongAlgorithm),
        (#"{"kid":"k2","typ":"at+jwt"}"#, .wrongAlgorithm),
        (#"{"alg":"EdDSA","kid":"k2","typ":"JWT"}"#, .wrongType),
        (#"{"alg":"EdDSA","kid":"k2"}"#, .wrongType),
        (#"{"alg":"EdDSA","typ":"at+jwt"}"#, .malformed),
        (#"{"alg":"EdDSA","kid":2,"typ":"at+jwt"}"#, .malformed),
        (#"{"alg":"EdDSA","kid":"k3","typ":"at+jwt"}"#, .unknownKey),
        (#"{"alg":"EdDSA","kid":"k1","typ":"at+jwt"}"#, .wrongSignature),
        (#"{"alg":"EdDSA","jwk":{},"kid":"k2","typ":"at+jwt"}"#, .malformed),
        (#"{"alg":"EdDSA","crit":["x"],"kid":"k2","typ":"at+jwt"}"#, .malformed),
        (#"[]"#, .invalidClaim("")),
        (#"x"#, .malformed),
    ])
    func `SEC-030 no header chooses how a token is verified`(header: String, error: JSONWebTokenError) throws {
        let token = try forge(header: header, payload: Self.payload)
        #expect(throws: error) { try verify(token) }
    }

    @Test(arguments: [
        ("trellis", "other", JSONWebTokenError.wrongAudience),
        ("https://api.example.com", "https://evil.example.com", .wrongIssuer),
        (#""exp":1800000900,"#, "", .invalidClaim("exp")),
        (#""iat":1800000000,"#, "", .invalidClaim("iat")),
        (#","sub":"user_1""#, "", .invalidClaim("sub")),
        (#""exp":1800000900"#, #""exp":"1800000900""#, .invalidClaim("exp")),
        (#""gen":3"#, #""gen":"3""#, .invalidClaim("gen")),
        (#"{"aud""#, #"["aud""#, .malformed),
    ])
    func `SEC-030 each claim is checked though the signature is good`(part: String, replacement: String, error: JSONWebTokenError) throws {
        let pieces = Self.payload.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(pieces.count == 2)
        let token = try forge(header: Self.header, payload: pieces[0] + replacement + pieces[1])
        #expect(throws: error) { try verify(token) }
    }

    @Test func `SEC-030 broken tokens are refused and not one changed character passes`() throws {
        let token = try tokens.sign(claims, issuedAt: Self.now, expiresAfter: .minutes(15))
        for broken in ["", ".", "..", "...", token + ".", token + "=", "." + token, " " + token, String(repeating: "a", count: 9_000)] {
            #expect(throws: JSONWebTokenError.self) { try verify(broken) }
        }
        let characters = Array(token)
        for index in characters.indices {
            var changed = characters
            changed[index] = changed[index] == "A" ? "B" : "A"
            #expect(throws: JSONWebTokenError.self) { try verify(String(changed)) }
        }
    }

    @Test func `claims cannot set what the signer sets`() {
        #expect(throws: CryptographyError.self) {
            try tokens.sign(["iss": "me"], issuedAt: Self.now, expiresAfter: .seconds(1))
        }
        #expect(throws: CryptographyError.self) { try tokens.sign(["a", "b"], issuedAt: Self.now, expiresAfter: .seconds(1)) }
    }
}
