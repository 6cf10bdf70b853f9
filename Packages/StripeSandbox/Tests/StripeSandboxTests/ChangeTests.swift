import Core
import HTTPClient
import Testing

/// What becomes of a subscription when its price, interval, method or end changes.
@Suite struct ChangeTests {
    private func item(_ shop: Shop, _ subscription: Sandbox.Answer) async throws -> JSONValue {
        try #require(try await shop.subscription(subscription.id)["items"]?["data"]?.arrayValue?.first)
    }

    private func newest(_ shop: Shop, _ subscription: Sandbox.Answer) async throws -> JSONValue {
        let list = try await shop.sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id), ("limit", "1")])
        return try #require(list.json["data"]?.arrayValue?.first)
    }

    private func amounts(_ invoice: JSONValue) -> [Int64] {
        (invoice["lines"]?["data"]?.arrayValue ?? []).compactMap { $0["amount"]?.integerValue }
    }

    @Test(arguments: ["create_prorations", "always_invoice", "none"])
    func `STR-156 what a change will cost is what it costs, to the cent, for every proration behaviour`(_ behavior: String) async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let large = try await Shop(sandbox, amount: 5_033, lookupKey: "large").price
            let subscription = try await shop.subscribe()
            let item = try await item(shop, subscription)
            let date = try #require(item["current_period_start"]?.integerValue) + 1_000_003
            let id = try #require(item["id"]?.stringValue)
            let preview = try await sandbox.call(
                "POST", "/v1/invoices/create_preview",
                [
                    ("subscription", subscription.id), ("subscription_details[items][0][id]", id),
                    ("subscription_details[items][0][price]", large), ("subscription_details[items][0][quantity]", "3"),
                    ("subscription_details[proration_behavior]", behavior), ("subscription_details[proration_date]", "\(date)"),
                ])
            #expect(preview.status == 200)
            let change = try await sandbox.call(
                "POST", "/v1/subscriptions/\(subscription.id)",
                [
                    ("items[0][id]", id), ("items[0][price]", large), ("items[0][quantity]", "3"), ("proration_behavior", behavior),
                    ("proration_date", "\(date)"),
                ])
            #expect(change.status == 200)
            if behavior != "always_invoice" { try await sandbox.advance(days: 32) }
            let bill = try await newest(shop, subscription)
            #expect(bill["total"]?.integerValue == preview.json["total"]?.integerValue)
            #expect(amounts(bill) == amounts(preview.json))
            #expect(amounts(bill).count == (behavior == "none" ? 1 : behavior == "always_invoice" ? 2 : 3))
        }
    }

    @Test func `STR-156 another interval begins its own period at once, billed whole less what was not used`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let yearly = try await Shop(sandbox, amount: 20_000, interval: "year", lookupKey: "yearly").price
            let subscription = try await shop.subscribe()
            let item = try await item(shop, subscription)
            let (begin, end) = (
                try #require(item["current_period_start"]?.integerValue), try #require(item["current_period_end"]?.integerValue)
            )
            try await sandbox.advance(days: 10)
            let now = begin + 10 * 86_400
            let id = try #require(item["id"]?.stringValue)
            let wish = [("items][0][id]", id), ("items][0][price]", yearly), ("proration_date]", "\(now)")]
            let preview = try await sandbox.call(
                "POST", "/v1/invoices/create_preview",
                [("subscription", subscription.id)] + wish.map { ("subscription_details[" + $0.0, $0.1) })
            let change = try await sandbox.call(
                "POST", "/v1/subscriptions/\(subscription.id)",
                [("items[0][id]", id), ("items[0][price]", yearly), ("proration_date", "\(now)")])
            #expect(change.status == 200)
            let unused = (2_000 * (end - now) * 2 + (end - begin)) / ((end - begin) * 2)
            let bill = try await newest(shop, subscription)
            #expect(amounts(bill) == [20_000, -unused])
            #expect(bill["amount_paid"]?.integerValue == 20_000 - unused)
            #expect(preview.json["total"]?.integerValue == 20_000 - unused)
            let renewed = try await self.item(shop, subscription)
            #expect(renewed["current_period_start"]?.integerValue == now)
            #expect(
                renewed["current_period_end"]?.integerValue
                    == Instant(secondsSinceEpoch: now).addingMonths(12, anchoredOnDay: Instant(secondsSinceEpoch: now).calendarDate.day)
                    .secondsSinceEpoch)
            // The old month renews nothing more.
            try await sandbox.advance(days: 40)
            #expect(try await newest(shop, subscription)["id"] == bill["id"])
        }
    }

    @Test func `STR-157 a change whose payment fails is refused with nothing changed, or owed for, or waits 23 hours for its payment`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let large = try await Shop(sandbox, amount: 5_000, lookupKey: "large").price
            func subscribed() async throws -> (Sandbox.Answer, String) {
                let method = try await shop.attach("pm_card_visa")
                let made = try await shop.subscribe([("default_payment_method", method)])
                return (made, method)
            }
            func change(_ subscription: Sandbox.Answer, _ behavior: String) async throws -> Sandbox.Answer {
                let item = try await item(shop, subscription)
                let methods = try #require(subscription.json["default_payment_method"]?.stringValue)
                try await sandbox.control(
                    "POST", "/acts",
                    ["act": "program_card", "payment_method": .string(methods), "outcomes": ["insufficient_funds"]])
                return try await sandbox.call(
                    "POST", "/v1/subscriptions/\(subscription.id)",
                    [
                        ("items[0][id]", item["id"]?.stringValue ?? ""), ("items[0][price]", large),
                        ("proration_behavior", "always_invoice"), ("payment_behavior", behavior),
                        ("proration_date", "\(item["current_period_start"]?.integerValue ?? 0)"),
                    ])
            }
            func price(_ subscription: Sandbox.Answer) async throws -> String? {
                try await item(shop, subscription)["price"]?["id"]?.stringValue
            }
            let (refused, _) = try await subscribed()
            #expect(try await change(refused, "error_if_incomplete").status == 402)
            #expect(try await price(refused) == shop.price)
            #expect(try await shop.subscription(refused.id)["status"] == "active")

            let (owing, _) = try await subscribed()
            #expect(try await change(owing, "allow_incomplete").json["status"] == "past_due")
            #expect(try await price(owing) == large)

            let (waiting, _) = try await subscribed()
            let answer = try await change(waiting, "pending_if_incomplete")
            #expect(answer.json["status"] == "active")
            #expect(answer.json["pending_update"]?["expires_at"]?.integerValue != nil)
            #expect(try await price(waiting) == shop.price)
            let bill = try await newest(shop, waiting)
            #expect(try await sandbox.call("POST", "/v1/invoices/\(bill["id"]?.stringValue ?? "")/pay").status == 200)
            #expect(try await price(waiting) == large)
            #expect(try await shop.subscription(waiting.id)["pending_update"] == .null)

            let (lapsing, _) = try await subscribed()
            _ = try await change(lapsing, "pending_if_incomplete")
            let open = try await newest(shop, lapsing)
            try await sandbox.advance(days: 1)
            #expect(try await shop.subscription(lapsing.id)["pending_update"] == .null)
            #expect(try await price(lapsing) == shop.price)
            #expect(try await sandbox.call("GET", "/v1/invoices/\(open["id"]?.stringValue ?? "")").json["status"] == "void")
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.filter { $0 == "customer.subscription.pending_update_applied" }.count == 1)
            #expect(sandbox.receiver.types.filter { $0 == "customer.subscription.pending_update_expired" }.count == 1)
        }
    }

    @Test func `STR-158 a trial that ends without a method may pause, is not billed, and goes on once it is resumed with a card`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let subscription = try await shop.subscribe([
                ("trial_period_days", "5"), ("trial_settings[end_behavior][missing_payment_method]", "pause"),
            ])
            try await sandbox.advance(days: 40)
            #expect(try await shop.subscription(subscription.id)["status"] == "paused")
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.filter { $0 == "customer.subscription.paused" }.count == 1)
            #expect(try await sandbox.call("POST", "/v1/subscriptions/\(subscription.id)/resume").status == 400)
            try await shop.attach("pm_card_chargeCustomerFail")
            #expect(try await sandbox.call("POST", "/v1/subscriptions/\(subscription.id)/resume").status == 402)
            #expect(try await shop.subscription(subscription.id)["status"] == "paused")
            try await shop.attach("pm_card_visa")
            #expect(try await sandbox.call("POST", "/v1/subscriptions/\(subscription.id)/resume").json["status"] == "active")
            #expect(try await newest(shop, subscription)["amount_paid"]?.integerValue == 2_000)
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.contains("customer.subscription.resumed"))
            #expect(try await sandbox.call("POST", "/v1/subscriptions/\(subscription.id)/resume").status == 400)
            try await sandbox.advance(days: 32)
            #expect(try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id)]).json["data"]?.arrayValue?.count == 3)
        }
    }

    @Test(arguments: ["balance", "uncollectible"])
    func `STR-155 a final bill that only gives back goes to the balance or stays uncollectible, as the account says`(_ setting: String)
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            try await sandbox.control("POST", "/settings", ["credit_on_cancel": .string(setting)])
            let subscription = try await shop.subscribe()
            let item = try await item(shop, subscription)
            let (begin, end) = (
                try #require(item["current_period_start"]?.integerValue), try #require(item["current_period_end"]?.integerValue)
            )
            try await sandbox.advance(days: 10)
            let ended = try await sandbox.call(
                "DELETE", "/v1/subscriptions/\(subscription.id)", [("invoice_now", "true"), ("prorate", "true")])
            #expect(ended.json["status"] == "canceled")
            let rest = end - begin - 10 * 86_400
            let unused = (2_000 * rest * 2 + (end - begin)) / ((end - begin) * 2)
            let bill = try await newest(shop, subscription)
            #expect(bill["total"]?.integerValue == -unused)
            let customer = try await sandbox.call("GET", "/v1/customers/\(shop.customer)").json
            if setting == "balance" {
                #expect(bill["status"] == "paid")
                #expect(customer["balance"]?.integerValue == -unused)
            } else {
                #expect(bill["status"] == "uncollectible")
                #expect(bill["number"] == .null)
                #expect(customer["balance"]?.integerValue == 0)
            }
            #expect(bill["amount_due"]?.integerValue == 0)
        }
    }

    @Test func `STR-147 calls beyond the account's rate are told so by 429 with its code, and are not kept for their key`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await sandbox.control("POST", "/settings", ["rate_limit": 3])
            var refused: Sandbox.Answer?
            for _ in 1...200 where refused == nil {
                let answer = try await sandbox.call("GET", "/v1/customers/\(shop.customer)")
                if answer.status != 200 { refused = answer }
            }
            let answer = try #require(refused)
            #expect(answer.status == 429)
            #expect(answer.errorCode == "rate_limit")
            #expect(answer.headers["Stripe-Rate-Limited-Reason"] == "global-rate")
            try await sandbox.control("POST", "/settings", ["rate_limit": 0])
            try await sandbox.control(
                "POST", "/faults",
                ["kind": "error", "method": "POST", "path": "/v1/customers", "status": 429, "code": "lock_timeout", "count": 1])
            let locked = try await sandbox.call("POST", "/v1/customers", [("name", "A")], key: "one")
            #expect(locked.status == 429)
            #expect(locked.errorCode == "lock_timeout")
            let made = try await sandbox.call("POST", "/v1/customers", [("name", "A")], key: "one")
            #expect(made.status == 200)
            #expect(made.headers["Idempotent-Replayed"] == nil)
        }
    }

    @Test func `STR-144 every answer names its request and version, and of a POST the key, the first request and whether to try again`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let first = try await sandbox.call("POST", "/v1/customers", [("name", "A")], key: "one")
            #expect(first.headers["Request-Id"]?.hasPrefix("req_") == true)
            #expect(first.headers["Stripe-Version"] == "2026-08-26.dahlia")
            #expect(first.headers["Idempotency-Key"] == "one")
            #expect(first.headers["Original-Request"] == first.headers["Request-Id"])
            #expect(first.headers["Stripe-Should-Retry"] == "false")
            #expect(first.headers["Idempotent-Replayed"] == nil)
            let again = try await sandbox.call("POST", "/v1/customers", [("name", "A")], key: "one")
            #expect(again.headers["Idempotent-Replayed"] == "true")
            #expect(again.headers["Original-Request"] == first.headers["Request-Id"])
            #expect(again.headers["Request-Id"] != first.headers["Request-Id"])
            #expect(again.bytes == first.bytes)
            try await sandbox.control("POST", "/faults", ["kind": "error_after", "method": "POST", "path": "/v1/customers", "count": 1])
            let failed = try await sandbox.call("POST", "/v1/customers", [("name", "B")], key: "two")
            #expect(failed.status == 500)
            #expect(failed.headers["Stripe-Should-Retry"] == "true")
            let read = try await sandbox.call("GET", "/v1/customers/\(first.id)")
            #expect(read.headers["Idempotency-Key"] == nil)
            #expect(read.headers["Request-Id"] != nil)
        }
    }

    @Test func `STR-167 a rolled secret signs at once, and the former one beside it for the time that was chosen`() async throws {
        try await Sandbox.run { sandbox in
            let endpoint = try await sandbox.call("GET", "/v1/webhook_endpoints").json["data"]?.arrayValue?.first
            let id = try #require(endpoint?["id"]?.stringValue)
            func signatures() async throws -> Int {
                sandbox.receiver.forget()
                try await sandbox.call("POST", "/v1/customers", [("name", "A")])
                try await sandbox.quiesce()
                let header = try #require(sandbox.receiver.received.last?.signature)
                return header.split(separator: ",").filter { $0.hasPrefix("v1=") }.count
            }
            #expect(try await signatures() == 1)
            let rolled = try await sandbox.control("POST", "/acts", ["act": "roll_secret", "endpoint": .string(id), "hours": 12])
            #expect(rolled.json["secret"]?.stringValue?.hasPrefix("whsec_") == true)
            #expect(try await signatures() == 2)
            try await sandbox.control("POST", "/clock", ["by_seconds": .integer(12 * 3_600)])
            #expect(try await signatures() == 1)
            let tooLong = try await sandbox.control("POST", "/acts", ["act": "roll_secret", "endpoint": .string(id), "hours": 25])
            #expect(tooLong.status == 422)
        }
    }
}
