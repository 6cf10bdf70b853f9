import Core
import Testing

@Suite struct ItemTests {
    private func prices(_ shop: Shop, _ subscription: String) async throws -> [String] {
        try await shop.subscription(subscription)["items"]?["data"]?.arrayValue?.compactMap { $0["price"]?["id"]?.stringValue } ?? []
    }

    @Test func `STR-173 items come, change and go by themselves, each settled to the second; the last one stays`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let seat = try await Shop(sandbox, amount: 500, lookupKey: "seat").price
            let yearly = try await Shop(sandbox, amount: 9_000, interval: "year", lookupKey: "yearly").price
            let subscription = try await shop.subscribe()
            let path = "/v1/subscription_items"
            let named = [("subscription", subscription.id)]
            let half = try #require(
                try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first?["current_period_start"]?.integerValue)
            let made = try await sandbox.call(
                "POST", path,
                named + [("price", seat), ("quantity", "3"), ("proration_behavior", "always_invoice"), ("proration_date", "\(half)")])
            #expect(made.status == 200 && made.json["quantity"] == 3)
            let bill = try await sandbox.call("GET", "/v1/invoices", named + [("limit", "1")])
            #expect(bill.json["data"]?.arrayValue?.first?["amount_paid"] == 1_500)
            #expect(try await sandbox.call("POST", path, named + [("price", seat)]).status == 400, "a price stands once")
            #expect(try await sandbox.call("POST", path, named + [("price", yearly)]).json["error"]?["param"] == "price")
            #expect(try await sandbox.call("POST", path, [("price", seat)]).json["error"]?["param"] == "subscription")
            let listed = try await sandbox.call("GET", path, named + [("limit", "1")])
            #expect(listed.json["data"]?.arrayValue?.count == 1 && listed.json["has_more"] == true)

            let changed = try await sandbox.call(
                "POST", path + "/\(made.id)", [("quantity", "1"), ("proration_behavior", "none"), ("metadata[a]", "b")])
            #expect(changed.json["quantity"] == 1 && changed.json["metadata"]?["a"] == "b")
            #expect(try await sandbox.call("DELETE", path + "/\(made.id)", [("proration_behavior", "none")]).json["deleted"] == true)
            #expect(try await sandbox.call("GET", path + "/\(made.id)").status == 404)
            #expect(try await prices(shop, subscription.id) == [shop.price])
            let only = try #require(
                try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first?["id"]?.stringValue)
            #expect(try await sandbox.call("DELETE", path + "/\(only)").status == 400)
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.filter { $0 == "customer.subscription.updated" }.count == 3)

            // An entry without an id is another item, as at Stripe: a change of price has to name the item.
            try await sandbox.call("POST", "/v1/subscriptions/\(subscription.id)", [("items[0][price]", seat)])
            #expect(try await prices(shop, subscription.id) == [shop.price, seat])
            try await sandbox.call(
                "POST", "/v1/subscriptions/\(subscription.id)", [("items[0][id]", only), ("items[0][deleted]", "true")])
            #expect(try await prices(shop, subscription.id) == [seat])
        }
    }

    @Test func `STR-154 a classic subscription gets the flag from the portal, and becomes flexible by its migration`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let classic = try await shop.subscribe([("billing_mode[type]", "classic")])
            #expect(classic.json["billing_mode"]?["type"] == "classic")
            let portal = try await sandbox.call("POST", "/v1/billing_portal/sessions", [("customer", shop.customer)])
            let url = try #require(portal.json["url"]?.stringValue)
            _ = try await sandbox.page("POST", url, form: "act=cancel:\(classic.id)")
            #expect(try await shop.subscription(classic.id)["cancel_at_period_end"] == true)
            let path = "/v1/subscriptions/\(classic.id)/migrate"
            #expect(try await sandbox.call("POST", path).errorCode == "parameter_missing")
            let flexible = [("billing_mode[type]", "flexible")]
            #expect(try await sandbox.call("POST", path, flexible).json["billing_mode"]?["type"] == "flexible")
            #expect(try await sandbox.call("POST", path, flexible).status == 400)
        }
    }

    @Test func `STR-173 a page is as its configuration says, and refuses what that does not allow`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            let path = "/v1/billing_portal/configurations"
            #expect(try await sandbox.call("POST", path).errorCode == "parameter_missing")
            let made = try await sandbox.call(
                "POST", path,
                [
                    ("features[subscription_cancel][enabled]", "true"), ("features[subscription_cancel][mode]", "immediately"),
                    ("features[invoice_history][enabled]", "true"), ("default_return_url", "https://app.example.com/back"),
                    ("business_profile[headline]", "Graphs"),
                ])
            #expect(made.status == 200 && made.json["features"]?["subscription_cancel"]?["mode"] == "immediately")
            let visit = [("customer", shop.customer), ("configuration", made.id)]
            let portal = try await sandbox.call("POST", "/v1/billing_portal/sessions", visit)
            #expect(portal.json["return_url"] == "https://app.example.com/back")
            let url = try #require(portal.json["url"]?.stringValue)
            let page = try await sandbox.page("GET", url)
            #expect(page.text.contains("Cancel now") && !page.text.contains("Cancel at the end") && !page.text.contains("Add card"))
            let refused = try await sandbox.page("POST", url, json: ["act": .string("cancel:\(subscription.id)")])
            #expect(refused.status == 400)
            #expect(try await shop.subscription(subscription.id)["cancel_at"] == .null)
            let changed = try await sandbox.call(
                "POST", path + "/\(made.id)", [("features[subscription_cancel][enabled]", "false"), ("name", "Strict")])
            #expect(changed.json["name"] == "Strict" && changed.json["business_profile"]?["headline"] == "Graphs")
            #expect(try await sandbox.page("POST", url, json: ["act": .string("cancel_now:\(subscription.id)")]).status == 400)
            try await sandbox.call("POST", "/v1/billing_portal/sessions", [("customer", shop.customer)])
            let standard = try await sandbox.call("GET", path, [("is_default", "true")])
            let id = try #require(standard.json["data"]?.arrayValue?.first?["id"]?.stringValue)
            #expect(try await sandbox.call("POST", path + "/\(id)", [("active", "false")]).status == 400)
            try await sandbox.call("POST", path + "/\(made.id)", [("active", "false")])
            #expect(try await sandbox.call("GET", path + "/\(made.id)").json["active"] == false)
            #expect(try await sandbox.call("POST", "/v1/billing_portal/sessions", visit).status == 400)
        }
    }
}
