import Core
import Cryptography
import Foundation
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// How often Billing's routes may be called.
@Suite struct BillingLimitsTests {
    private func statuses(_ count: Int, _ call: () async throws -> ComposedAPI.Answer) async throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try await call().status) }
        return statuses
    }

    /// An event as the provider signs it.
    private func delivery(_ number: Int) -> (headers: Headers, body: [UInt8]) {
        let body =
            #"{"id":"evt_\#(number)","object":"event","type":"brand.new","api_version":"2026-08-26.dahlia","created":1,"livemode":false,"data":{"object":{"id":"x_\#(number)","object":"thing"}}}"#
        let at = Int(Date().timeIntervalSince1970)
        let code = HMACSHA256.code(for: Array("\(at).\(body)".utf8), key: SecretBytes(Array("whsec_test".utf8)))
        return (["Content-Type": "application/json", "Stripe-Signature": "t=\(at),v1=\(Hex.encode(code))"], Array(body.utf8))
    }

    @Test func `BIL-027 SEC-014 billing, the status of a purchase and the provider's events have buckets of their own`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling.merging(["TRELLIS_RATE_LIMIT_ENABLED": "true"]) { $1 }) { api in
            let ada = try await api.register("Ada")
            let billing = try await statuses(61) { try await api.call(.get, "/v1/billing/subscriptions/\(ada.org)", token: ada.token) }
            #expect(billing == Array(repeating: 200, count: 60) + [429])
            let refused = try await api.call(.get, "/v1/billing/customer/\(ada.org)", token: ada.token)
            #expect(refused.status == 429)
            #expect(refused.headers["Retry-After"].flatMap { Int($0) }.map { $0 >= 1 } == true)
            // What is over there is not over here.
            let polling = try await statuses(121) { try await api.call(.get, "/v1/billing/checkout/cs_none/status", token: ada.token) }
            #expect(polling == Array(repeating: 404, count: 120) + [429])
            #expect(try await api.call(.get, "/v1/user", token: ada.token).status == 200)
            // Verified deliveries are slowed by none of it, however many there are.
            for number in 1...200 {
                let (headers, body) = delivery(number)
                #expect(try await api.send(.post, "/v1/webhooks/stripe", token: nil, headers: headers, content: body).status == 200)
            }
        }
    }
}
