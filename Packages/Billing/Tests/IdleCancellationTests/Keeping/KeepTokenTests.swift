import Billing
import Core
import Cryptography
import Testing

@testable import IdleCancellation

/// Keep links as bytes.
@Suite struct KeepTokenTests {
    private let now = Instant(secondsSinceEpoch: 1_808_000_000)
    private var end: Instant { now + .days(6) }

    static func key(_ id: String, _ count: Int = 32) -> SecretString {
        SecretString(id + ":" + Base64.encode(SystemRandomSource().bytes(count: count)))
    }

    private func claims(_ recipient: String = "ada@example.com", periodEnd: Instant? = nil) -> KeepClaims {
        KeepClaims(
            subscription: .make(at: now), idleCase: .make(at: now), recipient: KeepClaims.recipient(recipient), periodEnd: periodEnd ?? end,
            issuedAt: now - .days(1))
    }

    private func minted(_ tokens: KeepTokens, _ claims: KeepClaims) throws -> String {
        try #require(try tokens.mint(claims)).text.withValue { $0 }
    }

    private func isValid(_ verdict: KeepTokenVerdict) -> Bool {
        if case .valid = verdict { true } else { false }
    }

    @Test func `IDL-047 a token says what was signed, is short, has no padding, and is the same whenever it is made`() throws {
        let keys = try KeepKeys([Self.key("k1")])
        let claims = claims()
        let token = try minted(KeepTokens(keys: keys), claims)
        #expect(token == (try minted(KeepTokens(keys: keys), claims)))
        #expect(token.utf8.count <= KeepToken.maximumLength && !token.contains("="))
        #expect(KeepTokens(keys: keys).verify(token, now: now) == .valid(claims, hash: SHA256.digest(of: token)))
        #expect(token != (try minted(KeepTokens(keys: keys), self.claims("eve@example.com"))))
        #expect(KeepClaims(reference: claims.reference) == claims)
        #expect(KeepClaims.recipient("Ada@Example.com") == KeepClaims.recipient("ada@example.com"))
        let said = String(decoding: try #require(Base64URL.decode(token.split(separator: ".")[0])), as: UTF8.self)
        #expect(said.contains("{") && !said.contains("ada@"))
    }

    @Test func `IDL-047 a link works until the second before the period ends`() throws {
        let tokens = KeepTokens(keys: try KeepKeys([Self.key("k1")]))
        let token = try minted(tokens, claims())
        #expect(isValid(tokens.verify(token, now: end - .seconds(1))))
        #expect(tokens.verify(token, now: end) == .expired)
        #expect(tokens.verify(token, now: end + .days(1_000)) == .expired)
    }

    @Test func `IDL-T05 no change of a byte, of the length or of the padding is accepted, and each gives the same answer`() throws {
        let tokens = KeepTokens(keys: try KeepKeys([Self.key("k1"), Self.key("k0")]))
        let token = Array(try minted(tokens, claims()).utf8)
        var seed = UInt64.random(in: 0...UInt64.max)
        let first = seed
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(bound))
        }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ %\n\u{0}".utf8)
        for _ in 0..<100_000 {
            var changed = token
            for _ in 0...next(3) {
                let place = next(max(changed.count, 1))
                switch next(5) {
                case 0 where !changed.isEmpty: changed[place] = alphabet[next(alphabet.count)]
                case 1: changed.insert(alphabet[next(alphabet.count)], at: place)
                case 2 where !changed.isEmpty: changed.remove(at: place)
                case 3: changed = Array(changed.prefix(place))
                case 4 where !changed.isEmpty: changed[place] ^= UInt8(1 << next(7))
                default: changed += token
                }
            }
            guard changed != token else { continue }
            #expect(tokens.verify(String(decoding: changed, as: UTF8.self), now: now) == .invalid, "seed \(first)")
        }
    }

    /// Signs any bytes as a holder of the key could.
    private func forged(_ json: String, _ key: SecretString) throws -> String {
        let secret = try key.withValue { try #require(Base64.decode($0.split(separator: ":")[1])) }
        let code = HMACSHA256.code(for: Array("trellis keep link v1\u{0}".utf8) + Array(json.utf8), key: SecretBytes(secret))
        return Base64URL.encode(Array(json.utf8)) + "." + Base64URL.encode(code)
    }

    @Test
    func `IDL-048 and IDL-T05 claims that are signed and not exactly ours are refused: each changed, one more, one twice, another order`()
        throws
    {
        let key = Self.key("k1")
        let tokens = KeepTokens(keys: try KeepKeys([key]))
        let claims = claims()
        let json = String(decoding: try JSON.encode(SignedKeepClaims(claims, keyID: "k1")), as: UTF8.self)
        #expect(isValid(tokens.verify(try forged(json, key), now: now)))
        let end = "\(claims.periodEnd.secondsSinceEpoch)"
        let wrong = [
            json.replacing("\"act\":\"keep\"", with: "\"act\":\"cancel\""), json.replacing("\"v\":1", with: "\"v\":2"),
            json.replacing("\"exp\":\(end)", with: "\"exp\":\(end)1"), json.replacing("\"end\":\(end)", with: "\"end\":1\(end)"),
            json.replacing("{\"act\"", with: "{\"aaa\":1,\"act\""), json.replacing("\"v\":1}", with: "\"v\":1,\"v\":1}"),
            json.replacing("{\"act\":\"keep\",", with: "{").replacing("\"v\":1}", with: "\"v\":1,\"act\":\"keep\"}"),
            json.replacing("{", with: "{ "), json.replacing(claims.idleCase.description, with: "icase_x"),
            json.replacing(claims.subscription.description, with: claims.idleCase.description),
            json.replacing("\"rcp\":\"\(claims.recipient)\",", with: ""), "{\"kid\":\"k1\"}", "[]", "",
        ]
        for text in wrong {
            #expect(text != json)
            #expect(tokens.verify(try forged(text, key), now: now) == .invalid, "\(text)")
        }
        // One whose end is over as well: what is not ours is told nothing, whatever it says.
        #expect(tokens.verify(try forged(wrong[0], key), now: self.end + .days(1)) == .invalid)
    }

    @Test func `IDL-049 and IDL-T05 the newest key signs, both verify, a removed and an unknown one do not`() throws {
        let (old, new, other) = (Self.key("2027-01"), Self.key("2027-06"), Self.key("2027-06"))
        let claims = claims()
        let before = try minted(KeepTokens(keys: try KeepKeys([old])), claims)
        let both = KeepTokens(keys: try KeepKeys([new, old]))
        #expect(both.keyIDs == ["2027-06", "2027-01"])
        #expect(isValid(both.verify(before, now: now)))
        let after = try minted(both, claims)
        #expect(after != before && isValid(both.verify(after, now: now)))
        #expect(isValid(KeepTokens(keys: try KeepKeys([new])).verify(after, now: now)))
        #expect(KeepTokens(keys: try KeepKeys([new])).verify(before, now: now) == .invalid)
        #expect(KeepTokens(keys: try KeepKeys([other])).verify(after, now: now) == .invalid)
        #expect(
            String(decoding: try #require(Base64URL.decode(after.split(separator: ".")[0])), as: UTF8.self).contains("\"kid\":\"2027-06\""))
    }

    @Test func `SEC-077 and IDL-054 without a key no link is made and every token is invalid`() throws {
        let token = try minted(KeepTokens(keys: try KeepKeys([Self.key("k1")])), claims())
        let none = KeepTokens(keys: .none)
        #expect(try none.mint(claims()) == nil)
        #expect(none.verify(token, now: now) == .invalid && none.verify(token, now: end) == .invalid)
        #expect(none.keyIDs.isEmpty)
        #expect(try KeepKeys([]).keys.isEmpty)
    }

    @Test(arguments: [
        ("short", "k1:" + Base64.encode(Array(repeating: UInt8(1), count: 16) + Array(0..<15))),
        ("constant", "k1:" + Base64.encode(Array(repeating: UInt8(0), count: 32))), ("not base64", "k1:not base64 at all, really not"),
        ("without id", Base64.encode(Array(0..<32))), ("empty id", ":" + Base64.encode(Array(0..<32))),
        ("bad id", "k 1:" + Base64.encode(Array(0..<32))),
    ])
    func `SEC-077 and IDL-049 a key that is there and wrong stops the start`(what: String, text: String) {
        #expect(throws: KeepKeys.Refusal.self, "\(what)") { try KeepKeys([SecretString(text)]) }
    }

    @Test func `IDL-049 a repeated id, a repeated key, a third key and one that serves something else stop the start`() throws {
        let (one, two, three) = (Self.key("a"), Self.key("b"), Self.key("c"))
        let again = one.withValue { SecretString("z" + $0.dropFirst()) }
        #expect(throws: KeepKeys.Refusal.self) { try KeepKeys([one, Self.key("a")]) }
        #expect(throws: KeepKeys.Refusal.self) { try KeepKeys([one, again]) }
        #expect(throws: KeepKeys.Refusal.self) { try KeepKeys([one, two, three]) }
        #expect(throws: KeepKeys.Refusal.self) { try KeepKeys([one], others: [two, again]) }
        let bare = one.withValue { SecretString(String($0.split(separator: ":")[1])) }
        #expect(throws: KeepKeys.Refusal.self) { try KeepKeys([two, one], others: [bare]) }
        #expect(try KeepKeys([one, two], others: [three]).keys.map(\.id) == ["a", "b"])
        #expect(try KeepKeys([Self.key("long", 64)]).keys.count == 1)
    }
}
