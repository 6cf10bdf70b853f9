import Core
import Cryptography
import Testing

@testable import StripeSandbox

@Suite struct DeliveryTests {
    @Test func `STR-040 the signature is that of the known answer`() {
        let header = WebhookSignature.header(
            for: Array(#"{"id":"evt_test","object":"event"}"#.utf8), at: 1_700_000_000, secrets: ["whsec_test_secret"])
        #expect(header == "t=1700000000,v1=8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724")
    }

    @Test func `STR-165 a delivery that is refused comes again by the timer list, signed anew`() async throws {
        try await Sandbox.run { sandbox in
            sandbox.receiver.answerNext([500, 302, 200])
            let customer = try await sandbox.call("POST", "/v1/customers", [("name", "a")])
            try await sandbox.quiesce()
            #expect(sandbox.receiver.received.count == 1)
            let event = try #require(sandbox.receiver.received.first)
            #expect(try await sandbox.call("GET", "/v1/events/\(event.id)").json["pending_webhooks"] == 1)
            try await sandbox.control("POST", "/clock", ["by_seconds": 59])
            #expect(sandbox.receiver.received.count == 1)
            try await sandbox.control("POST", "/clock", ["by_seconds": 1])
            #expect(sandbox.receiver.received.count == 2)
            try await sandbox.control("POST", "/clock", ["by_seconds": 600])
            #expect(sandbox.receiver.received.count == 3)
            #expect(Set(sandbox.receiver.received.map(\.signature)).count == 3)
            #expect(Set(sandbox.receiver.received.map(\.id)) == [event.id])
            #expect(try await sandbox.call("GET", "/v1/events/\(event.id)").json["pending_webhooks"] == 0)
            #expect(event.event["data"]?["object"]?["id"]?.stringValue == customer.id)
            for received in sandbox.receiver.received {
                let parts = received.signature.split(separator: ",")
                let time = try #require(parts.first?.dropFirst(2))
                let code = Hex.encode(
                    HMACSHA256.code(for: Array("\(time).".utf8) + received.body, key: SecretBytes(Array(Sandbox.webhookSecret.utf8))))
                #expect(parts.dropFirst().first.map(String.init) == "v1=\(code)")
            }
        }
    }

    @Test func `STR-165 an endpoint that never answers well is given up after the last try`() async throws {
        try await Sandbox.run { sandbox in
            sandbox.receiver.answerNext(Array(repeating: 500, count: 20))
            try await sandbox.call("POST", "/v1/customers", [("name", "a")])
            try await sandbox.advance(days: 5)
            #expect(sandbox.receiver.received.count == 8)
            let failed = try await sandbox.call("GET", "/v1/events", [("delivery_success", "false")])
            #expect(failed.json["data"]?.arrayValue?.count == 1)
        }
    }

    @Test func `STR-181 held deliveries can be let go backwards, and each may come several times`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.control("POST", "/deliveries", ["action": "policy", "order": "strict", "hold": true])
            for name in ["a", "b", "c"] { try await sandbox.call("POST", "/v1/customers", [("name", .init(name))]) }
            try await sandbox.quiesce()
            #expect(sandbox.receiver.received.isEmpty)
            let released = try await sandbox.control("POST", "/deliveries", ["action": "release", "order": "reverse"])
            #expect(released.json["released"] == 3)
            try await sandbox.quiesce()
            #expect(sandbox.receiver.received.map { $0.event["data"]?["object"]?["name"] } == ["c", "b", "a"])

            sandbox.receiver.forget()
            try await sandbox.control("POST", "/deliveries", ["action": "policy", "order": "reverse", "copies": 2, "hold": false])
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            try await sandbox.quiesce()
            sandbox.receiver.forget()
            _ = try await shop.subscribe()
            try await sandbox.quiesce()
            let types = sandbox.receiver.types
            #expect(types.first == "invoice_payment.paid")
            #expect(types.last == "customer.subscription.created")
            #expect(types.count == 2 * Set(sandbox.receiver.received.map(\.id)).count)
        }
    }

    @Test func `STR-181 deliveries of a type can be dropped, delayed, and signed wrongly`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.control("POST", "/deliveries", ["action": "rule", "type": "customer.created", "do": "drop", "count": 1])
            try await sandbox.call("POST", "/v1/customers", [("name", "dropped")])
            try await sandbox.quiesce()
            #expect(sandbox.receiver.received.isEmpty)
            try await sandbox.control(
                "POST", "/deliveries", ["action": "rule", "type": "customer.*", "do": "delay", "seconds": 90, "count": 1])
            try await sandbox.call("POST", "/v1/customers", [("name", "late")])
            try await sandbox.control("POST", "/clock", ["by_seconds": 89])
            #expect(sandbox.receiver.received.isEmpty)
            try await sandbox.control("POST", "/clock", ["by_seconds": 1])
            let event = try #require(sandbox.receiver.received.first)
            for form in SignatureForm.allCases {
                try await sandbox.control(
                    "POST", "/deliveries", ["action": "resend", "event": .string(event.id), "signature": .string(form.rawValue)])
            }
            try await sandbox.quiesce()
            let signatures = sandbox.receiver.received.dropFirst().map(\.signature)
            #expect(signatures.count == SignatureForm.allCases.count)
            #expect(signatures.contains(""))
            #expect(signatures.contains { $0.contains("v0=") && !$0.contains("v1=") })
            let all = try await sandbox.control("GET", "/deliveries?event=\(event.id)")
            #expect(all.json.arrayValue?.allSatisfy { $0["state"] == "delivered" } == true)
        }
    }

    @Test func `STR-166 endpoints get what they ask for, and a disabled one gets nothing`() async throws {
        try await Sandbox.run { sandbox in
            let list = try await sandbox.call("GET", "/v1/webhook_endpoints")
            let id = list.json["data"]?.arrayValue?.first?["id"]?.stringValue ?? ""
            try await sandbox.call("POST", "/v1/webhook_endpoints/\(id)", [("enabled_events[]", "product.created")])
            try await sandbox.call("POST", "/v1/customers", [("name", "unheard")])
            try await sandbox.call("POST", "/v1/products", [("name", "heard")])
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types == ["product.created"])
            try await sandbox.call("POST", "/v1/webhook_endpoints/\(id)", [("disabled", "true")])
            try await sandbox.call("POST", "/v1/products", [("name", "unheard")])
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.count == 1)
        }
    }
}
