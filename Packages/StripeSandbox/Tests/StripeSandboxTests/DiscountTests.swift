import Core
import Testing

@Suite struct DiscountTests {
    private func invoice(_ sandbox: Sandbox, _ subscription: Sandbox.Answer) async throws -> JSONValue {
        let list = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id), ("limit", "1")])
        return try #require(list.json["data"]?.arrayValue?.first)
    }

    @Test func `STR-173 coupons are made, listed, renamed and deleted; what is wrong in one is refused by name`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.control("POST", "/deliveries", ["action": "policy", "order": "strict"])
            let coupon = try await sandbox.call(
                "POST", "/v1/coupons", [("id", "SPRING"), ("percent_off", "12.5"), ("duration", "forever"), ("name", "Spring")])
            #expect(coupon.status == 200 && coupon.json["percent_off"] == .number(12.5) && coupon.json["valid"] == true)
            let wrong: [([(String, String)], String?)] = [
                ([], nil), ([("percent_off", "101")], "percent_off"), ([("percent_off", "0")], "percent_off"),
                ([("amount_off", "100")], "currency"), ([("percent_off", "5"), ("amount_off", "5"), ("currency", "usd")], nil),
                ([("percent_off", "5"), ("duration", "repeating")], "duration_in_months"),
                ([("percent_off", "5"), ("duration", "always")], "duration"), ([("percent_off", "5"), ("redeem_by", "1")], "redeem_by"),
                ([("percent_off", "5"), ("applies_to[products][]", "prod_none")], "applies_to[products]"),
                ([("percent_off", "5"), ("id", "SPRING")], "id"), ([("percent_off", "5"), ("percentage", "1")], "percentage"),
            ]
            for (form, param) in wrong {
                let refused = try await sandbox.call("POST", "/v1/coupons", form)
                #expect(refused.status == 400 && refused.json["error"]?["param"]?.stringValue == param, "\(form)")
            }
            #expect(try await sandbox.call("POST", "/v1/coupons/SPRING", [("name", "Summer")]).json["name"] == "Summer")
            #expect(try await sandbox.call("POST", "/v1/coupons/SPRING", [("percent_off", "50")]).errorCode == "parameter_unknown")
            try await sandbox.call("POST", "/v1/coupons", [("amount_off", "500"), ("currency", "usd")])
            #expect(try await sandbox.call("GET", "/v1/coupons").json["data"]?.arrayValue?.count == 2)
            #expect(try await sandbox.call("DELETE", "/v1/coupons/SPRING").json["deleted"] == true)
            #expect(try await sandbox.call("GET", "/v1/coupons/SPRING").status == 404)
            #expect(try await sandbox.call("GET", "/v1/coupons").json["data"]?.arrayValue?.count == 1)
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types == ["coupon.created", "coupon.updated", "coupon.created", "coupon.deleted"])
        }
    }

    @Test func `STR-173 a coupon for one invoice, for some months and for ever takes its part off as long as it lasts, to the cent`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox, amount: 1_999)
            try await shop.attach("pm_card_visa")
            let coupons: [(String, [(String, String)], [Int64])] = [
                ("once", [("amount_off", "500"), ("currency", "usd")], [1_499, 1_999, 1_999]),
                ("repeating", [("percent_off", "33.3333"), ("duration_in_months", "2")], [1_333, 1_333, 1_999]),
                ("forever", [("percent_off", "50")], [999, 999, 999]),
            ]
            var made: [(Sandbox.Answer, [Int64])] = []
            for (duration, form, amounts) in coupons {
                try await sandbox.call("POST", "/v1/coupons", [("id", duration), ("duration", duration)] + form)
                let preview = try await sandbox.call("GET", "/v1/coupons/\(duration)")
                #expect(preview.json["times_redeemed"] == 0)
                made.append(
                    (try await shop.subscribe([("discounts[0][coupon]", duration), ("expand[]", "discounts.source.coupon")]), amounts))
                #expect(try await sandbox.call("GET", "/v1/coupons/\(duration)").json["times_redeemed"] == 1)
            }
            let first = try #require(made.first?.0)
            #expect(first.json["discounts"]?.arrayValue?.isEmpty == true, "spent on the first invoice")
            #expect(made[1].0.json["discounts"]?.arrayValue?.first?["source"]?["coupon"]?["duration"] == "repeating")
            for month in 0..<3 {
                for (subscription, amounts) in made {
                    let bill = try await invoice(sandbox, subscription)
                    #expect(bill["amount_paid"] == .integer(amounts[month]), "month \(month) of \(subscription.id)")
                    #expect(bill["subtotal"] == 1_999)
                    let off = bill["total_discount_amounts"]?.arrayValue?.reduce(0) { $0 + ($1["amount"]?.integerValue ?? 0) }
                    #expect(off == 1_999 - amounts[month])
                }
                try await sandbox.advance(days: 32)
            }
            #expect(sandbox.receiver.types.filter { $0 == "customer.discount.deleted" }.count == 2)
        }
    }

    @Test func `STR-173 promotion codes are found by their word and held to their limits; discounts are taken back`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            try await sandbox.call("POST", "/v1/coupons", [("id", "half"), ("percent_off", "50"), ("duration", "forever")])
            let code = try await sandbox.call(
                "POST", "/v1/promotion_codes",
                [
                    ("promotion[type]", "coupon"), ("promotion[coupon]", "half"), ("code", "LAUNCH"), ("max_redemptions", "1"),
                    ("customer", shop.customer),
                ])
            #expect(code.status == 200 && code.json["active"] == true)
            let twice = [("promotion[type]", "coupon"), ("promotion[coupon]", "half"), ("code", "launch")]
            #expect(try await sandbox.call("POST", "/v1/promotion_codes", twice).status == 400)
            let found = try await sandbox.call(
                "GET", "/v1/promotion_codes", [("code", "launch"), ("active", "true"), ("expand[]", "data.promotion.coupon")])
            #expect(found.json["data"]?.arrayValue?.map { $0["id"] } == [.string(code.id)])
            #expect(found.json["data"]?.arrayValue?.first?["promotion"]?["coupon"]?["percent_off"] == 50)

            let wish = [("discounts[0][promotion_code]", code.id)]
            let subscription = try await shop.subscribe(wish)
            #expect(try await invoice(sandbox, subscription)["amount_paid"] == 1_000)
            #expect(try await sandbox.call("GET", "/v1/promotion_codes/\(code.id)").json["active"] == false)
            #expect(try await shop.subscribe(wish).errorCode == "coupon_expired")
            #expect(try await shop.subscribe([("discounts[0][coupon]", "none")]).json["error"]?["param"] == "discounts[0][coupon]")
            try await sandbox.call("POST", "/v1/promotion_codes/\(code.id)", [("metadata[a]", "b")])

            let gone = try await sandbox.call("DELETE", "/v1/subscriptions/\(subscription.id)/discount")
            #expect(gone.json["deleted"] == true && gone.json["object"] == "discount")
            #expect(try await sandbox.call("DELETE", "/v1/subscriptions/\(subscription.id)/discount").status == 404)
            #expect(try await shop.subscription(subscription.id)["discounts"] == [])

            // What its owner gives a customer in the dashboard counts for every bill that has no discount of its own.
            #expect(try await sandbox.call("DELETE", "/v1/customers/\(shop.customer)/discount").status == 404)
            try await sandbox.control(
                "POST", "/acts", ["act": "discount_customer", "customer": .string(shop.customer), "coupon": "half"])
            let preview = try await sandbox.call("POST", "/v1/invoices/create_preview", [("subscription", subscription.id)])
            #expect(preview.json["total"] == 1_000)
            let customer = try await sandbox.call("GET", "/v1/customers/\(shop.customer)")
            #expect(customer.json["discount"]?["source"]?["coupon"] == "half")
            #expect(try await sandbox.call("DELETE", "/v1/customers/\(shop.customer)/discount").json["deleted"] == true)
            let after = try await sandbox.call("POST", "/v1/invoices/create_preview", [("subscription", subscription.id)])
            #expect(after.json["total"] == 2_000)
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.filter { $0 == "customer.discount.created" }.count == 2)
            #expect(sandbox.receiver.types.filter { $0 == "customer.discount.deleted" }.count == 2)
        }
    }

    @Test func `STR-163 a promotion code is entered on the page, a wrong one is said so, and what sells once is paid once`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await sandbox.call("POST", "/v1/coupons", [("id", "fifth"), ("percent_off", "20"), ("duration", "once")])
            try await sandbox.call(
                "POST", "/v1/promotion_codes", [("promotion[type]", "coupon"), ("promotion[coupon]", "fifth"), ("code", "HELLO")])
            let both = try await shop.checkout([("allow_promotion_codes", "true"), ("discounts[0][coupon]", "fifth")])
            #expect(both.json["error"]?["param"] == "discounts")
            let session = try await shop.checkout([("allow_promotion_codes", "true")])
            let url = try #require(session.json["url"]?.stringValue)
            #expect(try await sandbox.page("GET", url).text.contains("Promotion code"))
            let wrong = try await sandbox.page("POST", url, form: "card=4242424242424242&promotion_code=BYE")
            #expect(wrong.status == 400 && wrong.text.contains("This code is invalid."))
            _ = try await sandbox.page("POST", url, form: "card=4242424242424242&promotion_code=hello")
            let done = try await sandbox.call("GET", "/v1/checkout/sessions/\(session.id)", [("expand[]", "invoice")])
            #expect(done.json["amount_subtotal"] == 2_000 && done.json["amount_total"] == 1_600)
            #expect(done.json["total_details"]?["amount_discount"] == 400)
            #expect(done.json["invoice"]?["amount_paid"] == 1_600)
            let other = try await shop.checkout([("discounts[0][coupon]", "fifth")])
            #expect(other.json["amount_total"] == 1_600)
            let closed = try #require(other.json["url"]?.stringValue)
            #expect(try await sandbox.page("POST", closed, form: "card=4242424242424242&promotion_code=HELLO").status == 400)

            let product = try await sandbox.call("POST", "/v1/products", [("name", "Help")]).id
            let price = try await sandbox.call(
                "POST", "/v1/prices", [("product", product), ("currency", "usd"), ("unit_amount", "700")]
            ).id
            let sale = [
                ("mode", "payment"), ("customer", shop.customer), ("success_url", "https://app.example.com/done"),
                ("payment_intent_data[metadata][a]", "b"),
            ]
            #expect(try await sandbox.call("POST", "/v1/checkout/sessions", sale + [("line_items[0][price]", shop.price)]).status == 400)
            let once = try await sandbox.call(
                "POST", "/v1/checkout/sessions", sale + [("line_items[0][price]", price), ("line_items[0][quantity]", "3")])
            let page = try #require(once.json["url"]?.stringValue)
            #expect(try await sandbox.page("POST", page, json: ["card": "4000000000000002"]).status == 402)
            _ = try await sandbox.page("POST", page, json: ["card": "4242424242424242"])
            let paid = try await sandbox.call("GET", "/v1/checkout/sessions/\(once.id)", [("expand[]", "payment_intent")])
            #expect(paid.json["payment_status"] == "paid" && paid.json["subscription"] == .null)
            #expect(paid.json["payment_intent"]?["amount_received"] == 2_100)
            #expect(paid.json["payment_intent"]?["metadata"]?["a"] == "b")
        }
    }
}
