import Core
import HTTPClient
import Testing

@Suite struct CallTests {
    @Test func `STR-145 the same key and body give the same answer, another body is refused`() async throws {
        try await Sandbox.run { sandbox in
            let first = try await sandbox.call("POST", "/v1/customers", [("name", "once")], key: "k1")
            let again = try await sandbox.call("POST", "/v1/customers", [("name", "once")], key: "k1")
            #expect(first.bytes == again.bytes)
            #expect(again.headers["Idempotent-Replayed"] == "true")
            #expect(first.headers["Idempotent-Replayed"] == nil)
            #expect(again.headers["Original-Request"] == first.headers["Request-Id"])
            let other = try await sandbox.call("POST", "/v1/customers", [("name", "twice")], key: "k1")
            #expect(other.status == 400)
            #expect(other.json["error"]?["type"] == "idempotency_error")
            #expect(try await sandbox.call("GET", "/v1/customers").json["data"]?.arrayValue?.count == 1)

            let wrong = try await sandbox.call("POST", "/v1/customers", [("nme", "typo")], key: "k2")
            #expect(wrong.errorCode == "parameter_unknown")
            let right = try await sandbox.call("POST", "/v1/customers", [("name", "right")], key: "k2")
            #expect(right.status == 200)

            try await sandbox.advance(days: 1)
            let later = try await sandbox.call("POST", "/v1/customers", [("name", "twice")], key: "k1")
            #expect(later.status == 200)
        }
    }

    @Test func `STR-145 twenty calls with one key at once make one object`() async throws {
        try await Sandbox.run { sandbox in
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await sandbox.call("POST", "/v1/customers", [("name", "one")], key: "same").id } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        }
    }

    @Test func `STR-140 a key is an account, and other keys are refused`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.call("POST", "/v1/customers", [("name", "mine")])
            #expect(try await sandbox.call("GET", "/v1/customers", apiKey: "sk_test_other1").json["data"]?.arrayValue?.isEmpty == true)
            for key in ["sk_live_123456789", "pk_test_123456789", "", "sk_test_"] {
                let refused = try await sandbox.call("GET", "/v1/customers", apiKey: key)
                #expect(refused.status == 401)
                #expect(refused.headers["WWW-Authenticate"] != nil)
            }
        }
    }

    @Test func `STR-141 a version that is not spoken here is refused`() async throws {
        try await Sandbox.run { sandbox in
            let native = try await sandbox.call("GET", "/v1/customers", headers: ["Stripe-Version": "2026-08-26.dahlia"])
            #expect(native.headers["Stripe-Version"] == "2026-08-26.dahlia")
            #expect(try await sandbox.call("GET", "/v1/customers", headers: ["Stripe-Version": "2019-01-01"]).status == 400)
        }
    }

    @Test func `STR-174 what is not simulated is refused by name`() async throws {
        try await Sandbox.run { sandbox in
            let unknown = try await sandbox.call("POST", "/v1/payouts")
            #expect(unknown.status == 404)
            #expect(unknown.json["error"]?["message"]?.stringValue?.contains("POST: /v1/payouts") == true)
            #expect(try await sandbox.call("GET", "/v1/invoices/upcoming").status == 404)
            let listed = try await sandbox.control("GET", "/operations").json.arrayValue ?? []
            #expect(listed.count == 148 && listed.contains("POST /v1/subscription_schedules/{id}/release"))
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let tax = try await shop.subscribe([("automatic_tax[enabled]", "true")])
            #expect(tax.errorCode == "parameter_unknown")
            #expect(tax.json["error"]?["param"] == "automatic_tax")
        }
    }

    @Test func `STR-146 pages are walked by either cursor and stay stable while objects are added`() async throws {
        try await Sandbox.run { sandbox in
            var made: [String] = []
            for number in 0..<7 { made.append(try await sandbox.call("POST", "/v1/customers", [("name", "\(number)")]).id) }
            var seen: [String] = []
            var cursor: [(String, String)] = []
            while true {
                let page = try await sandbox.call("GET", "/v1/customers", [("limit", "3")] + cursor).json
                seen += page["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
                try await sandbox.call("POST", "/v1/customers", [("name", "new")])
                guard page["has_more"] == true else { break }
                cursor = [("starting_after", seen.last ?? "")]
            }
            #expect(seen == made.reversed())
            let before = try await sandbox.call("GET", "/v1/customers", [("ending_before", made[0]), ("limit", "2")]).json
            #expect(before["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == [made[2], made[1]])
            #expect(try await sandbox.call("GET", "/v1/customers", [("limit", "0")]).status == 400)
            #expect(try await sandbox.call("GET", "/v1/customers", [("starting_after", "cus_none")]).status == 400)
        }
    }

    @Test func `STR-146 names that cannot be expanded and paths that are too deep are refused`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe([("expand[]", "latest_invoice.payments.data.payment.payment_intent")])
            let payments = subscription.json["latest_invoice"]?["payments"]?["data"]?.arrayValue
            #expect(payments?.first?["payment"]?["payment_intent"]?["status"] == "succeeded")
            let path = "/v1/subscriptions/\(subscription.id)"
            for wrong in ["status", "nothing", "customer.name", "items.data.price.product.default_price.product"] {
                #expect(try await sandbox.call("GET", path, [("expand[]", wrong)]).status == 400, "\(wrong)")
            }
        }
    }

    @Test func `STR-170 the same seed, clock and calls give the same bytes`() async throws {
        var runs: [String] = []
        for _ in 0..<2 {
            try await Sandbox.run { sandbox in
                let shop = try await Shop(sandbox)
                try await shop.attach("pm_card_visa")
                let subscription = try await shop.subscribe()
                try await sandbox.advance(days: 32)
                let events = try await sandbox.call("GET", "/v1/events", [("limit", "100")])
                // The port is the system's choice, and all that may differ.
                runs.append((subscription.text + events.text).replacing(sandbox.baseURL, with: "BASE"))
            }
        }
        #expect(runs.first?.isEmpty == false)
        #expect(Set(runs).count == 1)
    }
}
