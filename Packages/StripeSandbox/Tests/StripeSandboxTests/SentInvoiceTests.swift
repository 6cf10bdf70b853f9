import Core
import Testing

/// Invoices that are sent; the clock is the simulator's own, which the tests move.
@Suite struct SentInvoiceTests {
    private func send(_ shop: Shop, days: Int, _ amount: Int) async throws -> String {
        let invoice = try await shop.sandbox.call(
            "POST", "/v1/invoices",
            [("customer", shop.customer), ("collection_method", "send_invoice"), ("days_until_due", "\(days)")]
        ).id
        try await shop.sandbox.call(
            "POST", "/v1/invoiceitems",
            [("customer", shop.customer), ("invoice", invoice), ("amount", "\(amount)"), ("currency", "usd")])
        try await shop.sandbox.call("POST", "/v1/invoices/\(invoice)/send")
        return invoice
    }

    private func told(_ sandbox: Sandbox, _ type: String) -> [String] {
        sandbox.receiver.received.filter { $0.type == type }.compactMap { $0.event["data"]?["object"]?["id"]?.stringValue }
    }

    @Test func `STR-162 a sent invoice tells of its day before it comes and when it has passed, unless nothing is owed by then`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let owed = try await send(shop, days: 14, 900)
            let paid = try await send(shop, days: 14, 700)
            try await sandbox.call("POST", "/v1/invoices/\(paid)/pay", [("paid_out_of_band", "true")])
            try await sandbox.advance(days: 10)
            #expect(told(sandbox, "invoice.will_be_due").isEmpty)
            try await sandbox.advance(days: 1)
            #expect(told(sandbox, "invoice.will_be_due") == [owed])
            #expect(told(sandbox, "invoice.overdue").isEmpty)
            try await sandbox.advance(days: 3)
            #expect(told(sandbox, "invoice.overdue") == [owed])
            // One that is due sooner than that is announced at once.
            let soon = try await send(shop, days: 1, 500)
            try await sandbox.advance(days: 0)
            #expect(told(sandbox, "invoice.will_be_due") == [owed, soon])
        }
    }

    @Test func `STR-162 STR-182 what comes in beyond a paid invoice goes to the balance and is told as overpaid`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let invoice = try await send(shop, days: 14, 900)
            func overpay(_ amount: Int64) async throws -> Sandbox.Answer {
                try await sandbox.control(
                    "POST", "/acts", ["act": "overpay_invoice", "invoice": .string(invoice), "amount": .integer(amount)])
            }
            #expect(try await overpay(100).status == 400)
            try await sandbox.call("POST", "/v1/invoices/\(invoice)/pay", [("paid_out_of_band", "true")])
            #expect(try await overpay(0).status == 422)
            #expect(try await overpay(250).json["amount_overpaid"] == 250)
            let path = "/v1/customers/\(shop.customer)"
            #expect(try await sandbox.call("GET", path).json["balance"] == -250)
            let movement = try await sandbox.call("GET", path + "/balance_transactions").json["data"]?.arrayValue?.first
            #expect(movement?["type"] == "invoice_overpaid" && movement?["invoice"] == .string(invoice))
            try await sandbox.quiesce()
            #expect(told(sandbox, "invoice.overpaid") == [invoice])
        }
    }
}
