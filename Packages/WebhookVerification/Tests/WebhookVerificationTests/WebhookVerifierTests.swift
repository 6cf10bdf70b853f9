import FoundationEssentials
import Testing
import WebhookVerification

@Suite struct WebhookVerifierTests {
    /// Messages that the public library `standardwebhooks` signed; the first is the example of the specification.
    private static let vectors: [(id: String, time: String, body: String, secret: String, signature: String)] = [
        (
            "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", #"{"test": 2432232314}"#, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        ),
        (
            "wmsg_00000000000000000000000000", "1800000000", "", "whsec_Saxd4hntrmL5/e6g/D869I/YMvIvrFCCCsERdNbgaL0=",
            "v1,da8+g46HV+/XyeqdKDgVvC4PVV9mJxW9wwHlsdy45dU="
        ),
        (
            "wmsg_00000000000000000000000002", "1800172800", "{\"type\":\"graph.created\",\"data\":{\"name\":\"Grüße 😀\"}}",
            "whsec_CPIl/gjpSlsdotpAefzRp2R9N1zJViSmxtZab8hLMkM=", "v1,v2GdZesZXuNV3AZv+8JgfUX/hwmMteV3NpRjTHALmhE="
        ),
    ]
    private static let other = "whsec_Inul8sbJEJ/lxEoGlvOTN5YHSTo3f1Iu4n2aeuMifYk="

    private func date(_ time: String) -> Date { Date(timeIntervalSince1970: TimeInterval(time) ?? 0) }

    @Test(arguments: vectors.indices)
    func `NOT-192 messages that an independent library signed are known, by either of two secrets and whatever the case of the names`(
        _ index: Int
    ) throws {
        let vector = Self.vectors[index]
        let verifier = try WebhookVerifier(secrets: [Self.other, vector.secret])
        let headers = ["Webhook-Id": vector.id, "WEBHOOK-TIMESTAMP": vector.time, "webhook-signature": "v1a,x \(vector.signature)"]
        for distance in [-300.0, 0, 300] {
            let message = try verifier.verify(headers: headers, body: vector.body.utf8, at: date(vector.time) + distance)
            #expect(message.id == vector.id && message.sentAt == date(vector.time) && !message.isReplay)
        }
        let replay = headers.merging(["webhook-replay": "1"]) { $1 }
        #expect(try verifier.verify(headers: replay, body: vector.body.utf8, at: date(vector.time)).isReplay)
    }

    @Test func `NOT-192 another id, time, body or secret, a time that is far away and headers that are missing are refused, each by name`()
        throws
    {
        let (id, time, body, secret, signature) = Self.vectors[0]
        let headers = ["webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature]
        func refusal(
            _ changes: [String: String] = [:], without name: String? = nil, body other: String? = nil, secret another: String? = nil,
            later distance: TimeInterval = 0
        ) throws -> WebhookRefusal? {
            var given = headers.merging(changes) { $1 }
            if let name { given[name] = nil }
            let verifier = try WebhookVerifier(secrets: [another ?? secret])
            do {
                _ = try verifier.verify(headers: given, body: (other ?? body).utf8, at: date(time) + distance)
                return nil
            } catch { return error }
        }
        #expect(try refusal() == nil)
        #expect(try refusal(["webhook-id": "msg_other"]) == .signatureWrong)
        #expect(try refusal(["webhook-timestamp": "1614265331"]) == .signatureWrong)
        #expect(try refusal(body: body + " ") == .signatureWrong)
        #expect(try refusal(secret: Self.other) == .signatureWrong)
        #expect(try refusal(["webhook-signature": ""]) == .signatureWrong)
        #expect(try refusal(later: 301) == .timeTooFar)
        #expect(try refusal(later: -301) == .timeTooFar)
        for text in ["+1614265330", "1614265330.0", "", "now", " 1614265330"] {
            #expect(try refusal(["webhook-timestamp": text]) == .timeMalformed, "\(text)")
        }
        for name in headers.keys { #expect(try refusal(without: name) == .headerMissing, "\(name)") }
        #expect(throws: WebhookSecretFault.none) { try WebhookVerifier(secrets: []) }
        for wrong in ["", "whsec_", "whsec_*", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            #expect(throws: WebhookSecretFault.malformed) { try WebhookVerifier(secrets: [secret, wrong]) }
        }
    }

    @Test
    func `NOT-192 the package needs nothing but Foundation and the module of cryptography, and the guide shows what is compiled here`()
        throws
    {
        var folder = URL(filePath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        func text(_ url: URL) throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }
        let source = try text(folder.appending(path: "Sources/WebhookVerification/WebhookVerifier.swift"))
        let imports = source.split(separator: "\n").compactMap { line in
            line.contains("import ") && !line.hasPrefix("///") ? line.split(separator: " ").last.map(String.init) : nil
        }
        #expect(Set(imports) == ["FoundationEssentials", "Cryptography"])
        for _ in 0..<2 { folder.deleteLastPathComponent() }
        let own = try text(URL(filePath: #filePath))
        let example = try #require(own.split(separator: "// MARK: What the guide shows\n").last.map(String.init))
        let guide = try text(folder.appending(path: "docs/guides/webhooks.md"))
        let shown = example.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        #expect(guide.contains(shown))
    }
}

// MARK: What the guide shows
func receive(headers: [String: String], body: [UInt8], secrets: [String], now: Date) throws -> String {
    let message = try WebhookVerifier(secrets: secrets).verify(headers: headers, body: body, at: now)
    return message.id
}
