import Core
import Testing

@Suite struct LifeOfSubscriptionTests {
    @Test func `STR-148 the outcome of creation follows the card and the payment behaviour`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let without = try await shop.subscribe()
            #expect(without.status == 400)
            #expect(without.errorCode == "resource_missing")

            try await shop.attach("pm_card_chargeCustomerFail")
            let refused = try await shop.subscribe([("payment_behavior", "error_if_incomplete")])
            #expect(refused.status == 402)
            #expect(refused.errorCode == "card_declined")
            let none = try await sandbox.call("GET", "/v1/subscriptions", [("customer", shop.customer), ("status", "all")])
            #expect(none.json["data"]?.arrayValue?.isEmpty == true)

            let incomplete = try await shop.subscribe()
            #expect(incomplete.json["status"] == "incomplete")
            try await sandbox.advance(days: 1)
            #expect(try await shop.subscription(incomplete.id)["status"] == "incomplete_expired")
            let invoice = try await sandbox.call("GET", "/v1/invoices/\(incomplete.json["latest_invoice"]?.stringValue ?? "")")
            #expect(invoice.json["status"] == "void")

            try await shop.attach("pm_card_visa")
            let active = try await shop.subscribe()
            #expect(active.json["status"] == "active")
            let item = try #require(active.json["items"]?["data"]?.arrayValue?.first)
            let start = try #require(item["current_period_start"]?.integerValue)
            #expect(
                item["current_period_end"]?.integerValue
                    == Instant(secondsSinceEpoch: start).addingMonths(1, anchoredOnDay: 16).secondsSinceEpoch)
            #expect(active.json["current_period_end"] == nil)
        }
    }

    @Test func `STR-148 BIL-089 one that began earlier is charged a whole period up to its anchor, and no other anchor is played`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let now = try #require(try await shop.subscribe().json["created"]?.integerValue)
            let start = now - 3_600
            let end = Instant(secondsSinceEpoch: start).addingMonths(1, anchoredOnDay: 15).secondsSinceEpoch
            for (start, anchor, param) in [
                (now, end, "backdate_start_date"), (start, start, "billing_cycle_anchor"),
                (start, end + 3 * 86_400, "billing_cycle_anchor"),
                (start, end - 86_400, "billing_cycle_anchor"),
            ] {
                let refused = try await shop.subscribe([("backdate_start_date", "\(start)"), ("billing_cycle_anchor", "\(anchor)")])
                #expect(refused.status == 400)
                #expect(refused.json["error"]?["param"]?.stringValue == param)
            }
            #expect(try await shop.subscribe([("backdate_start_date", "\(start)")]).status == 400)
            let begun = try await shop.subscribe([("backdate_start_date", "\(start)"), ("billing_cycle_anchor", "\(end)")])
            #expect(begun.json["status"] == "active")
            #expect(begun.json["created"]?.integerValue == now)
            #expect(begun.json["start_date"]?.integerValue == start)
            #expect(begun.json["billing_cycle_anchor"]?.integerValue == end)
            let item = try #require(begun.json["items"]?["data"]?.arrayValue?.first)
            #expect(item["current_period_start"]?.integerValue == start && item["current_period_end"]?.integerValue == end)
            let invoice = try await sandbox.call("GET", "/v1/invoices/\(begun.json["latest_invoice"]?.stringValue ?? "")")
            #expect(invoice.json["amount_paid"] == 2_000)
        }
    }

    @Test func `STR-149 a renewal makes a draft at the period's end and collects it an hour after it was acknowledged`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            try await sandbox.quiesce()
            sandbox.receiver.forget()
            try await sandbox.control("POST", "/deliveries", ["action": "policy", "order": "strict"])
            try await sandbox.advance(days: 31)
            let draft = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id), ("limit", "1")])
            #expect(draft.json["data"]?.arrayValue?.first?["status"] == "draft")
            #expect(draft.json["has_more"] == true)
            #expect(sandbox.receiver.types == ["invoice.upcoming", "invoice.created", "customer.subscription.updated"])
            #expect(sandbox.receiver.received.first?.event["data"]?["object"]?["id"] == nil)

            try await sandbox.control("POST", "/clock", ["by_seconds": 3_600])
            let paid = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id), ("limit", "1")])
            #expect(paid.json["data"]?.arrayValue?.first?["status"] == "paid")
            #expect(paid.json["data"]?.arrayValue?.first?["billing_reason"] == "subscription_cycle")
            #expect(
                paid.json["data"]?.arrayValue?.first?["parent"]?["subscription_details"]?["subscription"]?.stringValue == subscription.id)
            #expect(
                sandbox.receiver.types.dropFirst(3) == [
                    "invoice.finalized", "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "invoice.updated",
                    "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid",
                ])
        }
    }

    @Test func `STR-151 a failing renewal is retried after 3, 5 and 7 days and ends the subscription`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let method = try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            try await sandbox.control(
                "POST", "/acts",
                [
                    "act": "program_card", "payment_method": .string(method),
                    "outcomes": ["insufficient_funds", "insufficient_funds", "insufficient_funds", "insufficient_funds"],
                ])
            try await sandbox.advance(days: 32)
            #expect(try await shop.subscription(subscription.id)["status"] == "past_due")
            try await sandbox.advance(days: 14)
            #expect(try await shop.subscription(subscription.id)["status"] == "past_due")
            try await sandbox.advance(days: 1)
            let ended = try await shop.subscription(subscription.id)
            #expect(ended["status"] == "canceled")
            #expect(ended["cancellation_details"]?["reason"] == "payment_failed")
            #expect(sandbox.receiver.types.filter { $0 == "invoice.payment_failed" }.count == 4)
        }
    }

    @Test func `STR-151 paying the invoice with a new card recovers the subscription`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let method = try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            try await sandbox.control(
                "POST", "/acts", ["act": "program_card", "payment_method": .string(method), "outcomes": ["insufficient_funds"]])
            try await sandbox.advance(days: 32)
            let invoice = try await shop.subscription(subscription.id)["latest_invoice"]?.stringValue ?? ""
            let fresh = try await shop.attach("pm_card_mastercard")
            let paid = try await sandbox.call("POST", "/v1/invoices/\(invoice)/pay", [("payment_method", fresh)])
            #expect(paid.json["status"] == "paid")
            #expect(paid.json["attempt_count"] == 2)
            #expect(try await shop.subscription(subscription.id)["status"] == "active")
            let again = try await sandbox.call("POST", "/v1/invoices/\(invoice)/pay")
            #expect(again.status == 400)
            #expect(again.errorCode == "invoice_already_paid")
        }
    }

    @Test func `STR-153 the flag sets the dates, taking it back clears them, and the end comes at the period's end`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            let path = "/v1/subscriptions/\(subscription.id)"
            let end = subscription.json["items"]?["data"]?.arrayValue?.first?["current_period_end"]
            let ending = try await sandbox.call("POST", path, [("cancel_at_period_end", "true")])
            #expect(ending.json["cancel_at"] == end)
            #expect(ending.json["canceled_at"] != .null)
            let kept = try await sandbox.call("POST", path, [("cancel_at_period_end", "false")])
            #expect(kept.json["cancel_at"] == .null)
            #expect(kept.json["canceled_at"] == .null)
            try await sandbox.call("POST", path, [("cancel_at_period_end", "true")])
            try await sandbox.advance(days: 31)
            let ended = try await shop.subscription(subscription.id)
            #expect(ended["status"] == "canceled")
            #expect(ended["ended_at"] == end)
            #expect(ended["canceled_at"] == ending.json["canceled_at"])
            #expect(sandbox.receiver.types.filter { $0 == "customer.subscription.deleted" }.count == 1)
            let invoices = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id)])
            #expect(invoices.json["data"]?.arrayValue?.count == 1)
        }
    }

    @Test func `STR-153 ending now works once; afterwards only texts change`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            let path = "/v1/subscriptions/\(subscription.id)"
            let ended = try await sandbox.call(
                "DELETE", path, [("prorate", "false"), ("invoice_now", "false"), ("cancellation_details[comment]", "bye")])
            #expect(ended.json["status"] == "canceled")
            #expect(ended.json["cancellation_details"]?["comment"] == "bye")
            let again = try await sandbox.call("DELETE", path)
            #expect(again.status == 404)
            #expect(again.errorCode == "resource_missing")
            #expect(try await sandbox.call("POST", path, [("metadata[a]", "b")]).status == 200)
            #expect(try await sandbox.call("POST", path, [("cancel_at_period_end", "true")]).status == 400)
        }
    }

    @Test func `STR-150 a preview is what the renewal then costs`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            let preview = try await sandbox.call("POST", "/v1/invoices/create_preview", [("subscription", subscription.id)])
            #expect(preview.id.hasPrefix("upcoming_in_"))
            try await sandbox.advance(days: 32)
            let invoice = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id), ("limit", "1")])
            let renewed = try #require(invoice.json["data"]?.arrayValue?.first)
            #expect(preview.json["amount_due"] == renewed["amount_due"])
            #expect(
                preview.json["lines"]?["data"]?.arrayValue?.map { $0["period"] }
                    == renewed["lines"]?["data"]?.arrayValue?.map { $0["period"] })
            #expect(try await sandbox.call("GET", "/v1/invoices/\(preview.id)").status == 404)
        }
    }
}
