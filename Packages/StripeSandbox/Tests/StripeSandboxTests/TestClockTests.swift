import Core
import HTTPClient
import Testing

@Suite struct TestClockTests {
    @Test func `STR-168 a test clock goes forward only, by two of the shortest intervals at most, one advance at a time`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.control("POST", "/deliveries", ["action": "policy", "order": "strict"])
            let shop = try await Shop(sandbox)
            let start: Int64 = 1_800_000_000
            let path = "/v1/test_helpers/test_clocks"
            let clock = try await sandbox.call("POST", path, [("frozen_time", "\(start)"), ("name", "months")])
            func advance(_ days: Int64) async throws -> Sandbox.Answer {
                try await sandbox.call("POST", path + "/\(clock.id)/advance", [("frozen_time", "\(start + days * 86_400)")])
            }
            var customers: [String] = []
            for _ in 0..<3 {
                customers.append(
                    try await sandbox.call(
                        "POST", "/v1/customers",
                        [
                            ("test_clock", clock.id), ("payment_method", "pm_card_visa"),
                            ("invoice_settings[default_payment_method]", "pm_card_visa"),
                        ]
                    ).id)
            }
            #expect(try await sandbox.call("POST", "/v1/customers", [("test_clock", clock.id)]).status == 400, "three customers")
            let sold = try await sandbox.call(
                "POST", "/v1/subscriptions", [("customer", customers[0]), ("items[0][price]", shop.price)])
            #expect(sold.json["created"] == .integer(start))
            #expect(try await advance(0).status == 400)
            #expect(try await advance(-1).status == 400)
            #expect(try await advance(70).status == 400, "more than two months")

            try await sandbox.control("POST", "/settings", ["clock_delay": 30])
            #expect(try await advance(33).json["status"] == "advancing")
            #expect(try await sandbox.call("GET", path + "/\(clock.id)").json["status"] == "advancing")
            #expect(try await advance(34).errorCode == "test_clock_not_ready")
            try await sandbox.control("POST", "/clock", ["by_seconds": 30])
            #expect(try await sandbox.call("GET", path + "/\(clock.id)").json["status"] == "ready")
            let bills = try await sandbox.call("GET", "/v1/invoices", [("subscription", sold.id)])
            let created = bills.json["data"]?.arrayValue?.compactMap { $0["created"]?.integerValue } ?? []
            #expect(created.count == 2 && created == created.sorted(by: >))

            #expect(try await sandbox.call("DELETE", path + "/\(clock.id)").json["deleted"] == true)
            for customer in customers {
                #expect(try await sandbox.call("GET", "/v1/customers/\(customer)").json["deleted"] == true)
            }
            #expect(try await shop.subscription(sold.id)["status"] == "canceled")
            try await sandbox.quiesce()
            let types = sandbox.receiver.types.filter { $0.hasPrefix("test_helpers") }
            #expect(types == ["created", "advancing", "ready", "deleted"].map { "test_helpers.test_clock." + $0 })
        }
    }

    @Test func `STR-143 an error says what, why, about which parameter, and what the bank and the network mean`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_chargeCustomerFail")
            let declined = try await shop.subscribe([("payment_behavior", "error_if_incomplete")])
            let error = try #require(declined.json["error"])
            #expect(declined.status == 402 && error["type"] == "card_error" && error["code"] == "card_declined")
            #expect(error["decline_code"] == "generic_decline" && error["advice_code"] == "try_again_later")
            #expect(error["network_decline_code"] == "05" && error["network_advice_code"] == "02")
            #expect(error["message"] == "Your card was declined.")
            #expect(error["doc_url"] == "https://stripe.com/docs/error-codes/card-declined")
            #expect(error["payment_intent"]?["object"] == "payment_intent")
            #expect(error["payment_intent"]?["last_payment_error"]?["decline_code"] == "generic_decline")
            let request = try #require(declined.headers["Request-Id"])
            #expect(error["request_log_url"]?.stringValue?.hasSuffix(request) == true)
            let setup = try await sandbox.call(
                "POST", "/v1/setup_intents",
                [("customer", shop.customer), ("payment_method", "pm_card_visa_chargeDeclinedLostCard"), ("confirm", "true")])
            #expect(setup.json["error"]?["advice_code"] == "do_not_try_again")
            #expect(setup.json["error"]?["setup_intent"]?["status"] == "requires_payment_method")
            let wrong = try await sandbox.call("POST", "/v1/customers", [("address[street]", "x")])
            #expect(wrong.status == 400 && wrong.json["error"]?["type"] == "invalid_request_error")
            #expect(wrong.json["error"]?["param"] == "address[street]" && wrong.json["error"]?["code"] == "parameter_unknown")
            #expect(
                try await sandbox.call("GET", "/v1/customers", apiKey: "sk_live_1234").json["error"]?["type"] == "invalid_request_error")
        }
    }
}
