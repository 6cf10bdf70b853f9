import Core
import Testing

@Suite struct PaymentTests {
    @Test func `STR-173 an intent without an invoice is made, confirmed, authenticated, declined and cancelled`() async throws {
        try await Sandbox.run { sandbox in
            let path = "/v1/payment_intents"
            func make(_ more: [(String, String)] = []) async throws -> Sandbox.Answer {
                try await sandbox.call("POST", path, [("amount", "1200"), ("currency", "usd")] + more)
            }
            let empty = try await make()
            #expect(empty.json["status"] == "requires_payment_method" && empty.json["customer"] == .null)
            #expect(try await sandbox.call("POST", path, [("amount", "10"), ("currency", "usd")]).errorCode == "amount_too_small")
            #expect(try await sandbox.call("POST", path, [("amount", "1200")]).json["error"]?["param"] == "currency")
            #expect(try await make([("off_session", "true")]).json["error"]?["param"] == "off_session")
            #expect(try await sandbox.call("POST", path + "/\(empty.id)", [("amount", "1300")]).json["amount"] == 1_300)
            let declined = try await sandbox.call("POST", path + "/\(empty.id)/confirm", [("payment_method", "pm_card_chargeCustomerFail")])
            #expect(declined.status == 402 && declined.json["error"]?["payment_intent"]?["id"] == .string(empty.id))
            let paid = try await sandbox.call("POST", path + "/\(empty.id)/confirm", [("payment_method", "pm_card_visa")])
            #expect(paid.json["status"] == "succeeded" && paid.json["amount_received"] == 1_300)
            #expect(try await sandbox.call("POST", path + "/\(empty.id)/cancel").errorCode == "payment_intent_unexpected_state")

            let asked = try await make([("payment_method", "pm_card_authenticationRequired"), ("confirm", "true")])
            #expect(asked.json["status"] == "requires_action")
            _ = try await sandbox.page("POST", "/authenticate/\(asked.id)", form: "outcome=fail")
            #expect(try await sandbox.call("GET", path + "/\(asked.id)").json["status"] == "requires_payment_method")
            let again = try await sandbox.call(
                "POST", path + "/\(asked.id)/confirm", [("payment_method", "pm_card_authenticationRequired")])
            _ = try await sandbox.page("POST", "/authenticate/\(again.id)", form: "outcome=succeed")
            #expect(try await sandbox.call("GET", path + "/\(asked.id)").json["status"] == "succeeded")
            let alone = try await make(
                [("payment_method", "pm_card_authenticationRequired"), ("confirm", "true"), ("off_session", "true")])
            #expect(alone.errorCode == "authentication_required")

            let given = try await make([("payment_method", "pm_card_visa")])
            #expect(given.json["status"] == "requires_confirmation")
            let canceled = try await sandbox.call("POST", path + "/\(given.id)/cancel", [("cancellation_reason", "duplicate")])
            #expect(canceled.json["status"] == "canceled" && canceled.json["cancellation_reason"] == "duplicate")
            let shop = try await Shop(sandbox)
            let subscription = try await shop.subscribe([
                ("payment_behavior", "default_incomplete"), ("expand[]", "latest_invoice.payments"),
            ])
            let payment = subscription.json["latest_invoice"]?["payments"]?["data"]?.arrayValue?.first?["payment"]
            let bound = try #require(payment?["payment_intent"]?.stringValue)
            #expect(try await sandbox.call("POST", path + "/\(bound)/cancel").status == 400, "it belongs to an invoice")
        }
    }

    @Test func `STR-173 what is only authorised is captured whole or in part, or let go`() async throws {
        try await Sandbox.run { sandbox in
            let path = "/v1/payment_intents"
            func hold() async throws -> Sandbox.Answer {
                try await sandbox.call(
                    "POST", path,
                    [
                        ("amount", "2000"), ("currency", "usd"), ("capture_method", "manual"), ("payment_method", "pm_card_visa"),
                        ("confirm", "true"), ("expand[]", "latest_charge"),
                    ])
            }
            let part = try await hold()
            #expect(part.json["status"] == "requires_capture" && part.json["amount_capturable"] == 2_000)
            #expect(part.json["latest_charge"]?["captured"] == false)
            let charge = try #require(part.json["latest_charge"]?["id"]?.stringValue)
            #expect(try await sandbox.call("POST", "/v1/refunds", [("charge", charge)]).errorCode == "charge_not_captured")
            let capture = path + "/\(part.id)/capture"
            #expect(try await sandbox.call("POST", capture, [("amount_to_capture", "2001")]).errorCode == "amount_too_large")
            #expect(try await sandbox.call("POST", capture, [("amount_to_capture", "1500")]).json["amount_received"] == 1_500)
            #expect(try await sandbox.call("POST", capture).status == 400)
            let captured = try await sandbox.call("GET", "/v1/charges/\(charge)")
            #expect(captured.json["amount_captured"] == 1_500 && captured.json["amount_refunded"] == 500)
            let gone = try await hold()
            #expect(try await sandbox.call("POST", path + "/\(gone.id)/cancel").json["status"] == "canceled")
            let whole = try await hold()
            #expect(try await sandbox.call("POST", path + "/\(whole.id)/capture").json["amount_received"] == 2_000)
            let balance = try await sandbox.call("GET", "/v1/balance")
            #expect(balance.json["available"]?.arrayValue?.first?["amount"] == 3_500)
            try await sandbox.quiesce()
            let types = sandbox.receiver.types
            #expect(types.filter { $0 == "payment_intent.amount_capturable_updated" }.count == 3)
            #expect(types.filter { $0 == "charge.captured" }.count == 2)
        }
    }

    @Test func `STR-173 a token of a card is good for one method`() async throws {
        try await Sandbox.run { sandbox in
            let card = [("card[number]", "5555555555554444"), ("card[exp_month]", "4"), ("card[exp_year]", "2031"), ("card[cvc]", "123")]
            let token = try await sandbox.call("POST", "/v1/tokens", card)
            #expect(token.json["card"]?["last4"] == "4444" && token.json["used"] == false)
            #expect(try await sandbox.call("POST", "/v1/tokens", [("card[number]", "4")]).errorCode == "incorrect_number")
            #expect(try await sandbox.call("POST", "/v1/tokens").json["error"]?["param"] == "card")
            let form = [("type", "card"), ("card[token]", token.id)]
            let method = try await sandbox.call("POST", "/v1/payment_methods", form)
            #expect(method.json["card"]?["exp_year"] == 2_031)
            #expect(try await sandbox.call("POST", "/v1/payment_methods", form).errorCode == "token_already_used")
            #expect(try await sandbox.call("GET", "/v1/tokens/\(token.id)").json["used"] == true)
        }
    }

    @Test func `STR-173 a refund that waits for the customer is cancelled, any other is not`() async throws {
        try await Sandbox.run { sandbox in
            let paid = try await sandbox.call(
                "POST", "/v1/payment_intents",
                [("amount", "2000"), ("currency", "usd"), ("payment_method", "pm_card_visa"), ("confirm", "true")])
            let refund = try await sandbox.call("POST", "/v1/refunds", [("payment_intent", paid.id), ("amount", "700")])
            let charge = try #require(refund.json["charge"]?.stringValue)
            #expect(try await sandbox.call("POST", "/v1/refunds/\(refund.id)/cancel").status == 400)
            try await sandbox.control("POST", "/acts", ["act": "hold_refund", "refund": .string(refund.id)])
            #expect(try await sandbox.call("POST", "/v1/refunds/\(refund.id)/cancel").json["status"] == "canceled")
            #expect(try await sandbox.call("GET", "/v1/charges/\(charge)").json["amount_refunded"] == 0)
            #expect(try await sandbox.call("POST", "/v1/refunds/\(refund.id)/cancel").status == 400)
        }
    }
}
