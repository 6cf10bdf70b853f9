import Core
import Cryptography
import Foundation
import NotificationsWebhooks
import Testing

@Suite struct StandardWebhookTests {
    /// The example of the specification of Standard Webhooks 1.0.
    static let secret = SecretString("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    static let body = Array(#"{"test": 2432232314}"#.utf8)
    static let sentAt = Instant(secondsSinceEpoch: 1_614_265_330)

    private func headers(secrets: [SecretString] = [Self.secret]) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: StandardWebhook.headers(
                id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Self.sentAt, body: Self.body, secrets: secrets
            ).map { ($0.name, $0.value) })
    }

    @Test func `NOT-179 the signature of the published example is the published one`() {
        #expect(
            headers() == [
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
                "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ])
    }

    @Test func `NOT-179 a changed id, time, body or secret, and a message too old, are not valid`() {
        let sent = headers()
        func isValid(
            id: String? = "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: String? = "1614265330", body: [UInt8] = Self.body,
            secret: SecretString = Self.secret, at now: Instant = Self.sentAt
        ) -> Bool {
            StandardWebhook.isValid(
                id: id, timestamp: timestamp, signature: sent["webhook-signature"], body: body, secrets: [secret], at: now)
        }
        #expect(isValid())
        #expect(isValid(at: Self.sentAt + .minutes(5)))
        #expect(!isValid(id: "msg_other"))
        #expect(!isValid(id: nil))
        #expect(!isValid(timestamp: "1614265331"))
        #expect(!isValid(body: Self.body + [32]))
        #expect(!isValid(secret: StandardWebhook.makeSecret()))
        #expect(!isValid(at: Self.sentAt + .seconds(301)))
        #expect(!isValid(at: Self.sentAt - .seconds(301)))
    }

    @Test func `NOT-180 a secret is whsec_ and 32 random bytes, and a receiver with either of two is content`() throws {
        let (old, new) = (StandardWebhook.makeSecret(), StandardWebhook.makeSecret())
        let text = old.withValue { $0 }
        #expect(text.hasPrefix("whsec_"))
        #expect(Data(base64Encoded: String(text.dropFirst(6)))?.count == 32)
        let sent = headers(secrets: [new, old])
        for secret in [old, new] {
            #expect(
                StandardWebhook.isValid(
                    id: sent["webhook-id"], timestamp: sent["webhook-timestamp"], signature: sent["webhook-signature"], body: Self.body,
                    secrets: [secret], at: Self.sentAt))
        }
    }
}
