import Core
import HTTPClient
import Testing

@Suite struct CheckoutTests {
    @Test func `STR-163 the page takes a test card without script and sends the browser to the success address`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let session = try await shop.checkout()
            let url = try #require(session.json["url"]?.stringValue)
            let page = try await sandbox.page("GET", url)
            #expect(page.status == 200)
            #expect(!page.text.contains("<script"))
            #expect(page.text.contains("<label for=\"number\">"))
            #expect(page.text.contains("https://app.example.com/back"))

            let paid = try await sandbox.page("POST", url, form: "card=4242424242424242")
            #expect(paid.status == 303)
            #expect(paid.headers["Location"] == "https://app.example.com/done?session=\(session.id)")

            let done = try await sandbox.call("GET", "/v1/checkout/sessions/\(session.id)", [("expand[]", "subscription")])
            #expect(done.json["status"] == "complete")
            #expect(done.json["payment_status"] == "paid")
            #expect(done.json["subscription"]?["status"] == "active")
            #expect(done.json["subscription"]?["metadata"]?["trellis_subscription"] == "bsub_1")
        }
    }

    @Test func `STR-163 a declined card is shown on the page, the next card goes through on the same intent`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let session = try await shop.checkout()
            let url = try #require(session.json["url"]?.stringValue)
            let declined = try await sandbox.page("POST", url, form: "card=4000000000009995")
            #expect(declined.status == 402)
            #expect(declined.text.contains("role=\"alert\""))
            #expect(declined.text.contains("insufficient funds"))
            let open = try await sandbox.call("GET", "/v1/checkout/sessions/\(session.id)")
            #expect(open.json["status"] == "open")
            #expect(open.json["subscription"] == .null)

            let twin = try await sandbox.page("POST", url, json: ["card": "4000000000000002"])
            #expect(twin.status == 402)
            #expect(twin.json["error"]?["decline_code"] == "generic_decline")

            let paid = try await sandbox.page("POST", url, json: ["card": "4242424242424242"])
            #expect(paid.json["status"] == "complete")
            let intents = try await sandbox.call("GET", "/v1/payment_intents", [("customer", shop.customer)])
            #expect(intents.json["data"]?.arrayValue?.count == 1)
            #expect(intents.json["data"]?.arrayValue?.first?["status"] == "succeeded")
            let charges = try await sandbox.call("GET", "/v1/charges", [("customer", shop.customer)])
            #expect(charges.json["data"]?.arrayValue?.map { $0["status"] } == ["succeeded", "failed", "failed"])
        }
    }

    @Test func `STR-163 a card that wants authentication gets its step, and failing it leaves the session open`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let session = try await shop.checkout()
            let url = try #require(session.json["url"]?.stringValue)
            let asked = try await sandbox.page("POST", url, form: "card=4000002760003184")
            #expect(asked.text.contains("Complete authentication"))
            let failed = try await sandbox.page("POST", url + "/authenticate", form: "outcome=fail")
            #expect(failed.status == 402)
            _ = try await sandbox.page("POST", url, form: "card=4000002760003184")
            let passed = try await sandbox.page("POST", url + "/authenticate", form: "outcome=succeed")
            #expect(passed.status == 303)
        }
    }

    @Test func `STR-162 a paid checkout tells of everything in the order of the table`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await sandbox.control("POST", "/deliveries", ["action": "policy", "order": "strict"])
            let session = try await shop.checkout()
            try await sandbox.quiesce()
            sandbox.receiver.forget()
            _ = try await sandbox.page("POST", session.json["url"]?.stringValue ?? "", form: "card=4242424242424242")
            try await sandbox.quiesce()
            #expect(
                sandbox.receiver.types == [
                    "customer.subscription.created", "invoice.created", "invoice.finalized", "payment_method.attached",
                    "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
                    "invoice.payment_succeeded", "invoice_payment.paid", "customer.subscription.updated", "checkout.session.completed",
                ])
            #expect(sandbox.receiver.received.first?.event["data"]?["object"]?["status"] == "incomplete")
            let updated = try #require(sandbox.receiver.received.first { $0.type == "customer.subscription.updated" })
            #expect(updated.event["data"]?["previous_attributes"]?["status"] == "incomplete")
            #expect(updated.event["api_version"] == "2026-08-26.dahlia")
        }
    }

    @Test func `a session can be expired once, and expires by itself after a day`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let first = try await shop.checkout()
            let expired = try await sandbox.call("POST", "/v1/checkout/sessions/\(first.id)/expire")
            #expect(expired.json["status"] == "expired")
            #expect(expired.json["url"] == .null)
            let again = try await sandbox.call("POST", "/v1/checkout/sessions/\(first.id)/expire")
            #expect(again.status == 400)

            let second = try await shop.checkout()
            try await sandbox.advance(days: 1)
            let late = try await sandbox.page("POST", "/checkout/\(second.id)", json: ["card": "4242424242424242"])
            #expect(late.status == 400)
            #expect(sandbox.receiver.types.filter { $0 == "checkout.session.expired" }.count == 2)
        }
    }
}
