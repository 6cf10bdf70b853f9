import Core
import Testing

@Suite struct MoneyTests {
    @Test func `STR-159 the customer's balance is used at finalisation, and voiding gives it back`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let path = "/v1/customers/\(shop.customer)"
            try await sandbox.call("POST", path + "/balance_transactions", [("amount", "-1500"), ("currency", "usd")])
            let subscription = try await shop.subscribe()
            let invoice = try await sandbox.call("GET", "/v1/invoices/\(subscription.json["latest_invoice"]?.stringValue ?? "")")
            #expect(invoice.json["total"] == 2_000)
            #expect(invoice.json["amount_due"] == 500)
            #expect(invoice.json["starting_balance"] == -1_500)
            #expect(invoice.json["ending_balance"] == 0)
            #expect(try await sandbox.call("GET", path).json["balance"] == 0)

            try await sandbox.call("POST", path + "/balance_transactions", [("amount", "-700"), ("currency", "usd")])
            let waiting = try await shop.subscribe([("payment_behavior", "default_incomplete")])
            #expect(try await sandbox.call("GET", path).json["balance"] == 0)
            let open = waiting.json["latest_invoice"]?.stringValue ?? ""
            #expect(try await sandbox.call("POST", "/v1/invoices/\(open)/void").json["status"] == "void")
            #expect(try await sandbox.call("GET", path).json["balance"] == -700)
            let moves = try await sandbox.call("GET", path + "/balance_transactions", [("limit", "100")])
            #expect(
                moves.json["data"]?.arrayValue?.map { $0["type"] }
                    == ["unapplied_from_invoice", "applied_to_invoice", "adjustment", "applied_to_invoice", "adjustment"])
        }
    }

    @Test func `STR-159 a total below the smallest charge is carried as debit`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox, amount: 30)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            #expect(subscription.json["status"] == "active")
            #expect(try await sandbox.call("GET", "/v1/customers/\(shop.customer)").json["balance"] == 30)
            try await sandbox.advance(days: 32)
            let charges = try await sandbox.call("GET", "/v1/charges", [("customer", shop.customer)])
            #expect(charges.json["data"]?.arrayValue?.map { $0["amount"] } == [60])
        }
    }

    @Test func `STR-160 refunds are cumulative, limited, and may fail later`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let session = try await shop.checkout()
            _ = try await sandbox.page("POST", session.json["url"]?.stringValue ?? "", json: ["card": "4000000000005126"])
            let charges = try await sandbox.call("GET", "/v1/charges", [("customer", shop.customer)])
            let charge = charges.json["data"]?.arrayValue?.first?["id"]?.stringValue ?? ""
            let first = try await sandbox.call("POST", "/v1/refunds", [("charge", charge), ("amount", "300")])
            #expect(first.json["status"] == "succeeded")
            #expect(try await sandbox.call("POST", "/v1/refunds", [("charge", charge), ("amount", "1701")]).status == 400)
            try await sandbox.call("POST", "/v1/refunds", [("charge", charge), ("amount", "200")])
            #expect(try await sandbox.call("GET", "/v1/charges/\(charge)").json["amount_refunded"] == 500)
            try await sandbox.control("POST", "/clock", ["by_seconds": 1_800])
            #expect(try await sandbox.call("GET", "/v1/refunds/\(first.id)").json["status"] == "failed")
            #expect(try await sandbox.call("GET", "/v1/charges/\(charge)").json["amount_refunded"] == 0)
            #expect(sandbox.receiver.types.filter { $0 == "refund.failed" }.count == 2)
        }
    }

    @Test func `STR-152 a trial charges nothing, warns three days before its end, and goes on as a renewal`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let trial = try await shop.subscribe([("trial_period_days", "14")])
            #expect(trial.json["status"] == "trialing")
            let first = try await sandbox.call("GET", "/v1/invoices/\(trial.json["latest_invoice"]?.stringValue ?? "")")
            #expect(first.json["total"] == 0)
            #expect(first.json["status"] == "paid")
            try await sandbox.advance(days: 10)
            #expect(!sandbox.receiver.types.contains("customer.subscription.trial_will_end"))
            try await sandbox.advance(days: 1)
            #expect(sandbox.receiver.types.contains("customer.subscription.trial_will_end"))
            try await sandbox.advance(days: 4)
            #expect(try await shop.subscription(trial.id)["status"] == "active")
            let charges = try await sandbox.call("GET", "/v1/charges", [("customer", shop.customer)])
            #expect(charges.json["data"]?.arrayValue?.map { $0["amount"] } == [2_000])
        }
    }

    @Test func `STR-158 while collection is paused the status stays and invoices are void`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            try await sandbox.call("POST", "/v1/subscriptions/\(subscription.id)", [("pause_collection[behavior]", "void")])
            try await sandbox.advance(days: 32)
            let invoices = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id)])
            #expect(invoices.json["data"]?.arrayValue?.map { $0["status"] } == ["void", "paid"])
            #expect(try await shop.subscription(subscription.id)["status"] == "active")
            #expect(!sandbox.receiver.types.contains("customer.subscription.paused"))
        }
    }

    @Test func `deleting a customer ends its subscriptions and leaves the deleted form`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            #expect(try await sandbox.call("DELETE", "/v1/customers/\(shop.customer)").json["deleted"] == true)
            #expect(try await sandbox.call("GET", "/v1/customers/\(shop.customer)").json["deleted"] == true)
            #expect(try await shop.subscription(subscription.id)["status"] == "canceled")
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.contains("customer.deleted"))
        }
    }
}
