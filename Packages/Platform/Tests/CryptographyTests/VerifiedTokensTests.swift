import Core
import Cryptography
import Testing

@Suite struct VerifiedTokensTests {
    struct Claims: Codable, Equatable {
        let sub: String
    }

    static let now = JSONWebTokenTests.now
    let keys: [KeyRing.Key]
    let tokens: JSONWebTokens

    init() throws {
        keys = try (1...2).map { try KeyRing.Key(id: "k\($0)", secret: SecretBytes([UInt8](repeating: $0, count: 32))) }
        tokens = try JSONWebTokens(keys: KeyRing(newest: keys[1], older: [keys[0]]), profile: JSONWebTokenTests.profile)
    }

    private func token(_ subject: String, at now: Instant = now) throws -> String {
        try tokens.sign(Claims(sub: subject), issuedAt: now, expiresAfter: .minutes(15))
    }

    /// A payload and a key that the signer would not have used.
    private func token(payload: String, key: Int = 1) throws -> String {
        let header = #"{"alg":"EdDSA","kid":"\#(keys[key].id)","typ":"at+jwt"}"#
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        return input + "." + Base64URL.encode(try Ed25519.PrivateKey(seed: keys[key].secret).signature(for: Array(input.utf8)))
    }

    private func subject(
        _ token: String, by verified: VerifiedTokens<Claims>, at now: Instant = now, grace: Duration = .zero
    ) throws(JSONWebTokenError) -> String {
        try verified.claims(of: token, now: now, acceptingExpiredFor: grace) { _ in true }.sub
    }

    @Test func `ID-055 a token that is remembered says what it said, and ends to the second`() throws {
        let verified = VerifiedTokens<Claims>(tokens)
        let token = try token("a")
        let end = Self.now + .minutes(15)
        for _ in 0..<3 { #expect(try subject(token, by: verified) == "a") }
        #expect(verified.count == 1)
        #expect(try subject(token, by: verified, at: end - .microseconds(1)) == "a")
        #expect(throws: JSONWebTokenError.expired) { try subject(token, by: verified, at: end) }
        #expect(try subject(token, by: verified, at: end + .seconds(299), grace: .minutes(5)) == "a")
        #expect(throws: JSONWebTokenError.expired) { try subject(token, by: verified, at: end + .seconds(300), grace: .minutes(5)) }
        #expect(throws: JSONWebTokenError.expired) { try subject(token, by: verified, at: end) }
        #expect(verified.count == 1)
    }

    @Test func `ID-055 a clock that goes back makes a remembered token one of the future`() throws {
        let verified = VerifiedTokens<Claims>(tokens)
        let issued = try token("a")
        let begun = try token(
            payload: #"{"aud":"trellis","exp":1800000900,"iat":1799990000,"iss":"https://api.example.com","nbf":1800000000,"sub":"b"}"#)
        for token in [issued, begun] { _ = try subject(token, by: verified) }
        #expect(verified.count == 2)
        #expect(throws: JSONWebTokenError.notYetValid) { try subject(issued, by: verified, at: Self.now - .seconds(31)) }
        #expect(throws: JSONWebTokenError.notYetValid) { try subject(begun, by: verified, at: Self.now - .seconds(1)) }
    }

    @Test func `ID-056 a key that is withdrawn verifies nothing more, remembered or not`() throws {
        let verified = VerifiedTokens<Claims>(tokens)
        let old = try token(
            payload: #"{"aud":"trellis","exp":1800000900,"iat":1800000000,"iss":"https://api.example.com","sub":"old"}"#, key: 0)
        let new = try token("new")
        var trusted: Set = ["k1", "k2"]
        var asked: [String] = []
        func subject(_ token: String) throws -> String {
            try verified.claims(of: token, now: Self.now) { id in
                asked.append(id)
                return trusted.contains(id)
            }.sub
        }
        #expect(try [old, new, old, new].map(subject) == ["old", "new", "old", "new"])
        #expect(asked == ["k1", "k2", "k1", "k2"])
        trusted = ["k2"]
        #expect(throws: JSONWebTokenError.unknownKey) { try subject(old) }
        #expect(try subject(new) == "new")
        trusted = []
        #expect(throws: JSONWebTokenError.unknownKey) { try subject(new) }
    }

    @Test func `SEC-030 a forged token meets no remembered one, whatever part they share`() throws {
        let verified = VerifiedTokens<Claims>(tokens)
        let good = try token("a")
        #expect(try subject(good, by: verified) == "a")
        let parts = good.split(separator: ".").map(String.init)
        let other = try token("b").split(separator: ".").map(String.init)
        let last = String(parts[2].dropLast()) + (parts[2].last == "A" ? "Q" : "A")
        let forged = [
            parts[0] + "." + parts[1] + "." + other[2], parts[0] + "." + other[1] + "." + parts[2], parts[0] + "." + parts[1] + ".",
            parts[0] + "." + parts[1] + "." + last, parts[0] + "." + parts[1], good + ".", good + "A", good + "=", " " + good,
        ]
        for token in forged {
            for _ in 0..<2 { #expect(throws: JSONWebTokenError.self) { try subject(token, by: verified) } }
        }
        #expect(verified.count == 1)
        #expect(try subject(good, by: verified) == "a")
    }

    @Test func `SEC-030 tokens that are refused are not remembered`() throws {
        let verified = VerifiedTokens<Claims>(tokens)
        let over = try token("a", at: Self.now - .hours(1))
        let wrong = try token(payload: #"{"aud":"trellis","exp":1800000900,"iat":1800000000,"iss":"other","sub":"x"}"#)
        let nameless = try token(payload: #"{"aud":"trellis","exp":1800000900,"iat":1800000000,"iss":"https://api.example.com"}"#)
        #expect(throws: JSONWebTokenError.expired) { try subject(over, by: verified) }
        #expect(throws: JSONWebTokenError.wrongIssuer) { try subject(wrong, by: verified) }
        #expect(throws: JSONWebTokenError.invalidClaim("sub")) { try subject(nameless, by: verified) }
        #expect(throws: JSONWebTokenError.malformed) { try subject(String(repeating: "a", count: 9_000), by: verified) }
        #expect(verified.count == 0)
    }

    @Test func `ID-161 a flood of good tokens stays within the limit, and what is in use stays remembered`() throws {
        let limit = 64
        let verified = VerifiedTokens<Claims>(tokens, limit: limit)
        let used = try token("used")
        _ = try subject(used, by: verified)
        for number in 0..<500 {
            #expect(try subject(try token("\(number)"), by: verified) == "\(number)")
            let count = verified.count
            #expect(count <= limit)
            #expect(try subject(used, by: verified) == "used")
            // One that had been forgotten would have been added.
            #expect(verified.count <= count)
        }
        #expect(verified.count > limit / 2)
    }

    @Test func `ID-161 many ask at once, each gets the claims of its own token, and the limit holds`() async throws {
        let limit = 16
        let verified = VerifiedTokens<Claims>(tokens, limit: limit)
        let all = try (0..<48).map { try token("\($0)") }
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for start in 0..<8 {
                group.addTask {
                    var wrong = 0
                    for step in 0..<200 {
                        let number = (start * 5 + step) % all.count
                        let claims = try verified.claims(of: all[number], now: Self.now) { _ in true }
                        if claims.sub != "\(number)" || verified.count > limit { wrong += 1 }
                    }
                    return wrong
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
