import Core
import Testing

@Suite struct ProrationTests {
    private func change(
        _ shop: Shop, _ subscription: Sandbox.Answer, to price: String, at date: Int64, _ behavior: String = "create_prorations"
    )
        async throws -> Sandbox.Answer
    {
        let item = try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first?["id"]?.stringValue
        return try await shop.sandbox.call(
            "POST", "/v1/subscriptions/\(subscription.id)",
            [
                ("items[0][id]", try #require(item)), ("items[0][price]", price), ("proration_behavior", behavior),
                ("proration_date", "\(date)"),
            ])
    }

    private func invoices(_ shop: Shop, _ subscription: Sandbox.Answer) async throws -> [JSONValue] {
        try await shop.sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id)]).json["data"]?.arrayValue ?? []
    }

    private func lines(_ invoice: JSONValue?) -> [(amount: Int64, isProration: Bool)] {
        (invoice?["lines"]?["data"]?.arrayValue ?? []).map { line in
            (
                line["amount"]?.integerValue ?? 0,
                line["parent"]?["subscription_item_details"]?["proration"] == true
            )
        }
    }

    @Test func `STR-150 a change that is billed at once is an invoice of its own, and what it takes back goes to the balance`() async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let large = try await Shop(sandbox, amount: 5_000, lookupKey: "large").price
            let subscription = try await shop.subscribe()
            let item = try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first
            let begin = try #require(item?["current_period_start"]?.integerValue)
            let end = try #require(item?["current_period_end"]?.integerValue)
            let half = (begin + end) / 2
            #expect(try await change(shop, subscription, to: large, at: half, "always_invoice").status == 200)
            let upgrade = try #require(try await invoices(shop, subscription).first)
            #expect(lines(upgrade).map(\.amount) == [-1_000, 2_500])
            #expect(upgrade["status"] == "paid" && upgrade["amount_paid"]?.integerValue == 1_500)
            #expect(try await change(shop, subscription, to: shop.price, at: half, "always_invoice").status == 200)
            let downgrade = try #require(try await invoices(shop, subscription).first)
            #expect(downgrade["total"]?.integerValue == -1_500 && downgrade["status"] == "paid")
            #expect(downgrade["ending_balance"]?.integerValue == -1_500)
            // Both are settled: the renewal charges its own price, less the balance.
            try await sandbox.advance(days: 32)
            let renewal = try #require(try await invoices(shop, subscription).first)
            #expect(lines(renewal).map(\.amount) == [2_000])
            #expect(renewal["amount_paid"]?.integerValue == 500)
        }
    }

    @Test func `STR-150 a change whose payment is declined leaves everything as it was when it says so`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let method = try await shop.attach("pm_card_visa")
            let large = try await Shop(sandbox, amount: 5_000, lookupKey: "large").price
            let subscription = try await shop.subscribe()
            try await sandbox.control(
                "POST", "/acts", ["act": "program_card", "payment_method": .string(method), "outcomes": ["generic_decline"]])
            let item = try #require(try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first)
            let begin = try #require(item["current_period_start"]?.integerValue)
            let answer = try await sandbox.call(
                "POST", "/v1/subscriptions/\(subscription.id)",
                [
                    ("items[0][id]", try #require(item["id"]?.stringValue)), ("items[0][price]", large),
                    ("proration_behavior", "always_invoice"), ("proration_date", "\(begin)"),
                    ("payment_behavior", "error_if_incomplete"),
                ])
            #expect(answer.status == 402)
            let after = try #require(try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first)
            #expect(after["price"]?["id"]?.stringValue == shop.price)
            #expect(try await invoices(shop, subscription).count == 1)
        }
    }

    @Test func `STR-150 a price that changes in a period is settled with the next invoice, to the second, and a way back sums to nothing`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let large = try await Shop(sandbox, amount: 5_000, lookupKey: "large").price
            let subscription = try await shop.subscribe()
            let item = try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first
            let begin = try #require(item?["current_period_start"]?.integerValue)
            let end = try #require(item?["current_period_end"]?.integerValue)
            let half = (begin + end) / 2
            #expect(try await change(shop, subscription, to: large, at: end + 1).status == 400)
            #expect(try await change(shop, subscription, to: large, at: half).status == 200)
            #expect(try await invoices(shop, subscription).count == 1)
            try await sandbox.advance(days: 32)
            let renewed = lines(try await invoices(shop, subscription).first)
            #expect(renewed.map(\.amount) == [5_000, -1_000, 2_500])
            #expect(renewed.map(\.isProration) == [false, true, true])

            let second = try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first
            let date = try #require(second?["current_period_start"]?.integerValue) + 86_400
            #expect(try await change(shop, subscription, to: shop.price, at: date).status == 200)
            #expect(try await change(shop, subscription, to: large, at: date).status == 200)
            try await sandbox.advance(days: 31)
            let last = lines(try await invoices(shop, subscription).first)
            #expect(last.filter(\.isProration).count == 4)
            #expect(last.filter(\.isProration).reduce(0) { $0 + $1.amount } == 0)
            #expect(last.first?.amount == 5_000)
        }
    }
}
