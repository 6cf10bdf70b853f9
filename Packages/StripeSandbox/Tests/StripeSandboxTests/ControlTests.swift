import Core
import HTTPClient
import Testing

@Suite struct ControlTests {
    @Test func `the control interface is never reached with an API key`() async throws {
        try await Sandbox.run { sandbox in
            for path in ["/clock", "/state", "/transcript", "/deliveries", "/faults", "/settings", "/ledger"] {
                let refused = try await sandbox.call("GET", "/_sandbox\(path)")
                #expect(refused.status == 401)
                let answered = try await sandbox.control("GET", path)
                #expect(answered.status == 200)
            }
        }
    }

    @Test(arguments: [
        ("error", 429, "rate_limit"), ("error", 429, "lock_timeout"), ("error", 409, "conflict"), ("error", 500, nil), ("error", 401, nil),
        ("error", 402, "card_declined"), ("error_after", 500, nil), ("html", 502, nil),
    ])
    func `STR-180 a fault answers as it is told and counts down`(_ kind: String, _ status: Int, _ code: String?) async throws {
        try await Sandbox.run { sandbox in
            var fault: [String: JSONValue] = [
                "kind": .string(kind), "status": .integer(Int64(status)), "path": "/v1/customers", "method": "POST", "count": 1,
                "should_retry": false, "retry_after": 7,
            ]
            if let code { fault["code"] = .string(code) }
            try await sandbox.control("POST", "/faults", .object(fault))
            let hit = try await sandbox.call("POST", "/v1/customers", [("name", "a")])
            #expect(hit.status == status)
            if kind != "html" {
                #expect(hit.errorCode == code)
                #expect(hit.headers["Stripe-Should-Retry"] == "false")
                #expect(hit.headers["Retry-After"] == "7")
            }
            let made = try await sandbox.call("GET", "/v1/customers").json["data"]?.arrayValue?.count
            #expect(made == (kind == "error_after" ? 1 : 0))
            #expect(try await sandbox.call("POST", "/v1/customers", [("name", "a")]).status == 200)
        }
    }

    @Test(arguments: [("cut_before", 0), ("cut_after", 1), ("cut_body", 1)])
    func `STR-180 a cut connection gives no whole answer`(_ kind: String, _ effects: Int) async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.control("POST", "/faults", ["kind": .string(kind), "method": "POST", "skip": 1, "count": 1])
            try await sandbox.call("POST", "/v1/customers", [("name", "passes")])
            await #expect(throws: TransportError.self) { try await sandbox.call("POST", "/v1/customers", [("name", "lost")], key: "k") }
            #expect(try await sandbox.call("GET", "/v1/customers").json["data"]?.arrayValue?.count == 1 + effects)
            let retried = try await sandbox.call("POST", "/v1/customers", [("name", "lost")], key: "k")
            #expect((retried.headers["Idempotent-Replayed"] == "true") == (effects == 1))
            #expect(try await sandbox.call("GET", "/v1/customers").json["data"]?.arrayValue?.count == 2)
        }
    }

    @Test func `STR-169 two years of a subscription pass in order`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            try await sandbox.advance(days: 365 * 2 + 1)
            let invoices = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id), ("limit", "100")])
            let list = invoices.json["data"]?.arrayValue ?? []
            #expect(list.count == 25)
            #expect(list.allSatisfy { $0["status"] == "paid" })
            let numbers = list.compactMap { $0["number"]?.stringValue }
            #expect(numbers == numbers.sorted(by: >))
            let created = sandbox.receiver.received.compactMap { $0.event["created"]?.integerValue }
            #expect(created == created.sorted())
            let ledger = try await sandbox.control("GET", "/ledger")
            #expect(ledger.json.arrayValue?.first?["charged"] == .integer(25 * 2_000))
        }
    }

    @Test func `STR-182 somebody else's acts look like any other, without a request`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            try await sandbox.control(
                "POST", "/acts",
                [
                    "act": "call", "method": "POST", "path": .string("/v1/subscriptions/\(subscription.id)"),
                    "parameters": ["cancel_at_period_end": true, "metadata": ["by": "dashboard"]],
                ])
            try await sandbox.quiesce()
            let event = try #require(sandbox.receiver.received.last { $0.type == "customer.subscription.updated" })
            #expect(event.event["request"]?["id"] == .null)
            #expect(event.event["data"]?["object"]?["cancel_at_period_end"] == true)
            #expect(event.event["data"]?["previous_attributes"]?["cancel_at_period_end"] == false)
        }
    }

    @Test func `STR-182 a card that its bank replaced has a new number and expiry under the same method, and the network says so`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let methods = try await sandbox.call("GET", "/v1/customers/\(shop.customer)/payment_methods")
            let id = try #require(methods.json["data"]?.arrayValue?.first?["id"]?.stringValue)
            let act: [String: JSONValue] = [
                "act": "replace_card", "payment_method": .string(id), "card": "5555555555554444", "exp_month": 3, "exp_year": 2035,
            ]
            #expect(try await sandbox.control("POST", "/acts", .object(act)).status == 200)
            let card = try await sandbox.call("GET", "/v1/payment_methods/\(id)").json["card"]
            #expect(card?["last4"] == "4444" && card?["exp_month"] == 3 && card?["exp_year"] == 2035)
            try await sandbox.quiesce()
            let event = try #require(sandbox.receiver.received.last { $0.type == "payment_method.automatically_updated" })
            #expect(event.event["data"]?["object"]?["id"] == .string(id) && event.event["request"]?["id"] == .null)
            for wrong: [String: JSONValue] in [["exp_month": 13], ["card": "1"], ["payment_method": "pm_none"]] {
                let refused = try await sandbox.control("POST", "/acts", .object(act.merging(wrong) { _, new in new }))
                #expect([404, 422].contains(refused.status), "\(wrong)")
            }
        }
    }

    @Test func `STR-183 settings that are given replace those in force, others are refused`() async throws {
        try await Sandbox.run { sandbox in
            let changed = try await sandbox.control("POST", "/settings", ["upcoming_days": 0, "draft_delay": 0])
            #expect(changed.json["upcoming_days"] == 0)
            #expect(changed.json["retry_days"] == [3, 5, 7])
            #expect(try await sandbox.control("POST", "/settings", ["upcomming_days": 1]).status == 422)
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            _ = try await shop.subscribe()
            try await sandbox.advance(days: 31)
            #expect(!sandbox.receiver.types.contains("invoice.upcoming"))
            #expect(sandbox.receiver.types.filter { $0 == "invoice.paid" }.count == 2)
        }
    }

    @Test func `STR-184 the transcript shows every request with its key and body`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.call("POST", "/v1/customers", [("name", "a b")], key: "k1")
            try await sandbox.call("POST", "/v1/customers", [("name", "a b")], key: "k1")
            let entries = try await sandbox.control("GET", "/transcript").json.arrayValue ?? []
            #expect(entries.map { $0["replayed"] } == [false, true])
            #expect(entries.first?["body"] == "name=a%20b")
            #expect(entries.first?["idempotency_key"] == "k1")
        }
    }

    @Test func `the clock goes forward only`() async throws {
        try await Sandbox.run { sandbox in
            let moves: [JSONValue] = [["to": "2020-01-01T00:00:00Z"], [:], ["to": "soon"], ["by_seconds": -1]]
            for move in moves {
                let refused = try await sandbox.control("POST", "/clock", move)
                #expect(refused.status == 422)
            }
        }
    }
}
