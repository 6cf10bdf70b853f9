import Core
import HTTPClient
import Testing

@Suite struct PortalTests {
    /// A customer with a paid subscription, and the address of a visit to the portal.
    private func visit(_ sandbox: Sandbox, _ shop: Shop) async throws -> (url: String, subscription: String) {
        let session = try await shop.checkout()
        _ = try await sandbox.page("POST", try #require(session.json["url"]?.stringValue), json: ["card": "4242424242424242"])
        let done = try await sandbox.call("GET", "/v1/checkout/sessions/\(session.id)")
        let portal = try await sandbox.call(
            "POST", "/v1/billing_portal/sessions", [("customer", shop.customer), ("return_url", "https://app.example.com/billing")])
        #expect(portal.status == 200 && portal.json["object"] == "billing_portal.session")
        #expect(portal.json["customer"] == .string(shop.customer) && portal.json["return_url"] == "https://app.example.com/billing")
        return (try #require(portal.json["url"]?.stringValue), try #require(done.json["subscription"]?.stringValue))
    }

    @Test func `STR-154 and STR-164 a plan is cancelled at its end by date alone, taken back, and cancelled at once`() async throws {
        try await Sandbox.run { sandbox in
            let (url, id) = try await visit(sandbox, try await Shop(sandbox))
            let page = try await sandbox.page("GET", url)
            #expect(page.status == 200 && !page.text.contains("<script"))
            #expect(page.text.contains("Cancel at the end of the period") && page.text.contains("https://app.example.com/billing"))

            let canceled = try await sandbox.page("POST", url, form: "act=cancel:\(id)&reason=too+dear")
            #expect(canceled.status == 200 && canceled.text.contains("Do not cancel"))
            let ending = try await sandbox.call("GET", "/v1/subscriptions/\(id)").json
            #expect(ending["status"] == "active" && ending["cancel_at_period_end"] == false)
            #expect(ending["cancel_at"] == ending["items"]?["data"]?.arrayValue?.first?["current_period_end"])
            #expect(ending["cancellation_details"]?["comment"] == "too dear")

            _ = try await sandbox.page("POST", url, form: "act=keep:\(id)")
            let kept = try await sandbox.call("GET", "/v1/subscriptions/\(id)").json
            #expect(kept["cancel_at"] == .null)

            let ended = try await sandbox.page("POST", url, json: ["act": .string("cancel_now:\(id)")])
            #expect(ended.json["subscriptions"]?.arrayValue?.isEmpty == true)
            let last = try await sandbox.call("GET", "/v1/subscriptions/\(id)").json
            #expect(last["status"] == "canceled")
        }
    }

    @Test func `STR-164 cards are added, charged from and removed; a declined one is said so and not kept`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let (url, _) = try await visit(sandbox, shop)
            let added = try await sandbox.page("POST", url, json: ["act": "add", "card": "5555555555554444"])
            let cards = try #require(added.json["cards"]?.arrayValue)
            #expect(cards.count == 2)
            #expect(cards.first { $0["is_default"] == true }?["last4"] == "4444")
            let first = try #require(cards.first { $0["last4"] == "4242" }?["id"]?.stringValue)
            _ = try await sandbox.page("POST", url, json: ["act": .string("default:\(first)")])
            let customer = try await sandbox.call("GET", "/v1/customers/\(shop.customer)").json
            #expect(customer["invoice_settings"]?["default_payment_method"] == .string(first))
            let removed = try await sandbox.page("POST", url, json: ["act": .string("remove:\(first)")])
            #expect(removed.json["cards"]?.arrayValue?.map { $0["last4"] } == ["4444"])

            let wrong = try await sandbox.page("POST", url, form: "act=add&card=1234")
            #expect(wrong.status == 402 && wrong.text.contains("role=\"alert\""))
            let declined = try await sandbox.page("POST", url, form: "act=add&card=4000000000000002")
            #expect(declined.status == 402 && declined.text.contains("Your card was declined."))
            let after = try await sandbox.page("GET", url)
            #expect(!after.text.contains("•••• 0002") && after.text.contains("•••• "))
        }
    }

    @Test func `STR-163 a page for a method says of the intent what was said of the intent, not of the page`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let made = try await sandbox.call(
                "POST", "/v1/checkout/sessions",
                [
                    ("mode", "setup"), ("customer", shop.customer), ("success_url", "https://a.example/"), ("currency", "usd"),
                    ("metadata[of]", "page"), ("setup_intent_data[metadata][of]", "intent"),
                ])
            #expect(made.status == 200)
            let id = try #require(made.json["setup_intent"]?.stringValue)
            let intent = try await sandbox.call("GET", "/v1/setup_intents/\(id)").json
            #expect(intent["metadata"] == ["of": "intent"])
            #expect(made.json["metadata"] == ["of": "page"])
        }
    }

    @Test func `a visit shows and changes nothing of another customer, and ends after an hour`() async throws {
        try await Sandbox.run { sandbox in
            let (url, _) = try await visit(sandbox, try await Shop(sandbox))
            let (_, other) = try await visit(sandbox, try await Shop(sandbox, lookupKey: "other"))
            let foreign = try await sandbox.page("POST", url, form: "act=cancel_now:\(other)")
            #expect(foreign.status == 404)
            let untouched = try await sandbox.call("GET", "/v1/subscriptions/\(other)").json
            #expect(untouched["status"] == "active")
            let nonsense = try await sandbox.page("POST", url, form: "act=dance")
            #expect(nonsense.status == 400)
            let unknown = try await sandbox.page("GET", url + "x")
            #expect(unknown.status == 404)
            let nobody = try await sandbox.call("POST", "/v1/billing_portal/sessions", [("customer", "cus_none")])
            #expect(nobody.status == 400 && nobody.errorCode == "resource_missing")
            sandbox.clock.advance(by: .hours(1))
            let late = try await sandbox.page("GET", url)
            #expect(late.status == 410)
        }
    }
}
