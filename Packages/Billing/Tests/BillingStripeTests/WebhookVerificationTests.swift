import Billing
import Core
import Cryptography
import Testing

@testable import BillingStripe

@Suite struct WebhookVerificationTests {
    static let secret = "whsec_test_secret"
    static let body = #"{"id":"evt_test","object":"event"}"#
    static let eventBody = #"{"id":"evt_test","type":"invoice.paid","created":1700000000}"#
    static let time: Int64 = 1_700_000_000
    static let known = "8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724"

    static func sign(_ body: [UInt8], at time: Int64 = time, secret: String = secret) -> String {
        Hex.encode(HMACSHA256.code(for: Array("\(time).".utf8) + body, key: SecretBytes(utf8: SecretString(secret))))
    }

    static func sign(_ body: String, at time: Int64 = time, secret: String = secret) -> String {
        sign(Array(body.utf8), at: time, secret: secret)
    }

    static func verdict(
        _ header: String?, _ body: [UInt8] = Array(eventBody.utf8), secrets: [String] = [secret], age: Duration = .zero
    ) -> WebhookRejection? {
        do {
            let verifier = try StripeWebhookVerifier(secrets: secrets.map { SecretString($0) })
            _ = try verifier.verify(signature: header, body: body, now: Instant(secondsSinceEpoch: time) + age)
            return nil
        } catch let rejection as WebhookRejection {
            return rejection
        } catch {
            Issue.record(error)
            return nil
        }
    }

    /// One row of the table of stripe.md, section 4: a header, and what becomes of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let id: String
        let header: String?
        let rejection: WebhookRejection?
        init(_ id: String, _ header: String?, _ rejection: WebhookRejection?) {
            (self.id, self.header, self.rejection) = (id, header, rejection)
        }
        var testDescription: String { id + " " + (header ?? "no header").prefix(60) }
    }

    static let good = sign(eventBody)
    static let rows: [Row] = [
        Row("STR-040", "t=1700000000,v1=\(good)", nil),
        Row("STR-040", "v1=\(good),t=1700000000", nil),
        Row("STR-040", "t=1700000000,v1=\(good),v0=abc", nil),
        Row("STR-040", "t=1700000000,v2=zzz,v1=\(good)", nil),
        Row("STR-040", "t=1700000000,v1=\(String(repeating: "0", count: 64)),v1=\(good)", nil),
        Row("STR-040", "t=1700000000,t=1700000000,v1=\(good)", nil),
        Row("STR-042", "t=1700000000,v0=\(good)", .invalidSignature),
        Row("STR-042", "v1=\(good)", .invalidSignature),
        Row("STR-042", "t=17e8,v1=\(good)", .invalidSignature),
        Row("STR-042", "t=-1700000000,v1=\(good)", .invalidSignature),
        Row("STR-042", "t=,v1=\(good)", .invalidSignature),
        Row("STR-042", "t=99999999999999999999,v1=\(good)", .invalidSignature),
        Row("STR-042", "t=1700000000", .invalidSignature),
        Row("STR-043", nil, .missingSignature),
        Row("STR-043", "", .missingSignature),
        Row("STR-043", "t=1700000000,v1=\(good)," + String(repeating: "x", count: 8_192), .invalidSignature),
        Row("STR-043", "t=1700000000,v1=\(good)" + String(repeating: ",v0=a", count: 15), .invalidSignature),
        Row("STR-043", "t=1700000000,v1=\(good)" + String(repeating: ",v0=a", count: 14), nil),
        Row("STR-046", "t=1700000000,v1=\(good.uppercased())", .invalidSignature),
        Row("STR-046", "t=1700000000,v1=\(good.dropLast())", .invalidSignature),
        Row("STR-046", "t=1700000000,v1=\(good)0", .invalidSignature),
        Row("STR-046", "t=1700000000,v1=\(String(repeating: "g", count: 64))", .invalidSignature),
        Row("STR-046", "t=1700000000, v1=\(good)", .invalidSignature),
        Row("STR-046", "t=1700000000,t=1700000001,v1=\(good)", .invalidSignature),
    ]

    @Test(arguments: rows) func `SEC-203 STR-040 STR-042 STR-043 STR-046 STR-053 each header of the table gets its verdict`(_ row: Row) {
        #expect(Self.verdict(row.header) == row.rejection)
    }

    @Test func `STR-040 the known answer is what the documents say`() {
        #expect(Self.sign(Self.body) == Self.known)
        // The signature is right; the body is no event because it has no type.
        #expect(Self.verdict("t=1700000000,v1=\(Self.known)", Array(Self.body.utf8)) == .notAnEvent)
    }

    @Test func `STR-040 a body with text beyond ASCII is accepted`() {
        let body = Array(#"{"id":"evt_é","type":"invoice.paid","name":"日本 🦜"}"#.utf8)
        #expect(Self.verdict("t=1700000000,v1=\(Self.sign(body))", body) == nil)
    }

    @Test func `STR-041 STR-E02 the old secret counts while it is configured and not afterwards`() {
        let old = Self.sign(Self.eventBody, secret: "whsec_old")
        let header = "t=1700000000,v1=\(String(repeating: "a", count: 64)),v1=\(old)"
        #expect(Self.verdict(header, secrets: ["whsec_new", "whsec_old"]) == nil)
        #expect(Self.verdict(header, secrets: ["whsec_new"]) == .invalidSignature)
    }

    @Test(arguments: [(300, true), (301, false), (-300, true), (-301, false), (0, true)])
    func `SEC-203 STR-044 STR-045 STR-E03 five minutes either way, to the second`(age: Int, isAccepted: Bool) {
        let rejection = Self.verdict("t=1700000000,v1=\(Self.good)", age: .seconds(Int64(age)))
        #expect(rejection == (isAccepted ? nil : .untimely))
    }

    @Test func `STR-044 a microsecond more than five minutes is too old`() {
        #expect(Self.verdict("t=1700000000,v1=\(Self.good)", age: .seconds(300) + .microseconds(1)) == .untimely)
    }

    @Test(arguments: [
        eventBody + "\n", #"{"created":1700000000,"id":"evt_test","type":"invoice.paid"}"#,
        #"{"id":"evt_test","type":"invoice.Paid","created":1700000000}"#,
    ])
    func `SEC-203 STR-047 STR-E01 a body that was changed on the way is refused`(body: String) {
        #expect(Self.verdict("t=1700000000,v1=\(Self.good)", Array(body.utf8)) == .invalidSignature)
    }

    @Test func `STR-047 repaired text is refused where the untouched bytes were signed`() {
        let bytes: [UInt8] = Array(#"{"id":"evt_1","type":"x","n":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let repaired = Array(String(decoding: bytes, as: UTF8.self).utf8)
        #expect(Self.verdict("t=1700000000,v1=\(Self.sign(bytes))", repaired) == .invalidSignature)
        // The untouched bytes pass the signature and fail only as JSON.
        #expect(Self.verdict("t=1700000000,v1=\(Self.sign(bytes))", bytes) == .notAnEvent)
    }

    @Test(arguments: [
        [], [""], [" "], ["test_secret"], ["whsec_"], ["whsec_good", ""], ["whsec_a@soon"], ["whsec_a@"], ["@2027-01-15T09:00:00Z"],
    ])
    func `STR-048 STR-E04 an unusable secret stops the start`(secrets: [String]) {
        #expect(throws: StripeConfigurationError.unusableWebhookSecret) {
            try StripeWebhookVerifier(secrets: secrets.map { SecretString($0) })
        }
    }

    @Test(arguments: [
        "", "null", "[]", "{}", #"{"id":"evt_1"}"#, #"{"type":"x"}"#, #"{"id":"","type":"x"}"#, #"{"id":1,"type":"x"}"#, "nope",
    ])
    func `STR-050 a signed body that is no event is refused`(body: String) {
        #expect(Self.verdict("t=1700000000,v1=\(Self.sign(body))", Array(body.utf8)) == .notAnEvent)
    }

    @Test func `STR-063 STR-E27 the envelope yields the ids found in full and in thin bodies`() throws {
        let verifier = try StripeWebhookVerifier(secrets: [SecretString(Self.secret)])
        let full =
            #"{"id":"evt_1","type":"invoice.paid","api_version":"2026-08-26.dahlia","livemode":true,"created":1700000000,"#
            + #""data":{"object":{"id":"in_1","object":"invoice","customer":{"id":"cus_1"},"#
            + #""parent":{"subscription_details":{"subscription":"sub_1"}}}}}"#
        let event = try verifier.verify(
            signature: "t=1700000000,v1=\(Self.sign(full))", body: Array(full.utf8), now: Instant(secondsSinceEpoch: Self.time))
        #expect(event.objectID?.rawValue == "in_1")
        #expect(event.references.customer?.rawValue == "cus_1")
        #expect(event.references.subscription?.rawValue == "sub_1")
        #expect(event.livemode)
        let thin =
            #"{"id":"evt_2","type":"v1.invoice.paid","created":"2023-11-14T22:13:20Z","related_object":{"id":"in_1","type":"invoice"}}"#
        let second = try verifier.verify(
            signature: "t=1700000000,v1=\(Self.sign(thin))", body: Array(thin.utf8), now: Instant(secondsSinceEpoch: Self.time))
        #expect(second.objectID?.rawValue == "in_1")
        #expect(second.created == Instant(secondsSinceEpoch: Self.time))
    }

    @Test(arguments: 0..<4) func `STR-051 every candidate is compared with every expected signature, wherever the match is`(match: Int) {
        let candidates = (0..<2).map { [UInt8($0)] }
        var compared: [[[UInt8]]] = []
        let found = StripeWebhookVerifier.hasMatch(candidates, [[10], [11]]) { candidate, expected in
            compared.append([candidate, expected])
            return compared.count == match + 1
        }
        #expect(found)
        #expect(Set(compared) == [[[0], [10]], [[1], [10]], [[0], [11]], [[1], [11]]])
    }

    @Test func `STR-051 the comparison itself looks at all bytes and takes none but equal lengths`() {
        #expect(StripeWebhookVerifier.hasMatch([[1, 2]], [[1, 2]]))
        for other: [UInt8] in [[1], [1, 3], [2, 2], [1, 2, 3], []] { #expect(!StripeWebhookVerifier.hasMatch([other], [[1, 2]])) }
    }
}
