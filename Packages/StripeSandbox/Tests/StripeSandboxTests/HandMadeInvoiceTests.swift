import Core
import Testing

@Suite struct HandMadeInvoiceTests {
    @Test func `STR-173 amounts wait for an invoice, are changed while it is a draft, and are paid with it`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let product = try await sandbox.call("POST", "/v1/products", [("name", "Help")]).id
            let price = try await sandbox.call(
                "POST", "/v1/prices", [("product", product), ("currency", "usd"), ("unit_amount", "700")]
            ).id
            @discardableResult
            func item(_ more: [(String, String)]) async throws -> Sandbox.Answer {
                try await sandbox.call("POST", "/v1/invoiceitems", [("customer", shop.customer)] + more)
            }
            let bare = try await item([("amount", "1500"), ("currency", "usd"), ("description", "Set up")])
            let priced = try await item([("pricing[price]", price), ("quantity", "2")])
            #expect(bare.status == 200 && priced.json["amount"] == 1_400)
            #expect(try await item([("currency", "usd")]).errorCode == "parameter_missing")
            #expect(try await item([("amount", "1")]).json["error"]?["param"] == "currency")
            #expect(try await item([("pricing[price]", shop.price)]).status == 400, "a recurring price is for subscriptions")
            let empty = try await sandbox.call("POST", "/v1/invoices", [("customer", shop.customer)])
            #expect(empty.json["lines"]?["data"] == [] && empty.json["billing_reason"] == "manual")
            let draft = try await sandbox.call(
                "POST", "/v1/invoices",
                [("customer", shop.customer), ("pending_invoice_items_behavior", "include"), ("description", "By hand")])
            #expect(draft.json["status"] == "draft" && draft.json["total"] == 2_900 && draft.json["auto_advance"] == false)
            #expect(draft.json["parent"] == .null)
            let pending = try await sandbox.call("GET", "/v1/invoiceitems", [("customer", shop.customer), ("pending", "true")])
            #expect(pending.json["data"] == [])
            try await item([("amount", "-400"), ("currency", "usd"), ("invoice", draft.id)])
            #expect(try await sandbox.call("POST", "/v1/invoiceitems/\(priced.id)", [("quantity", "3")]).json["amount"] == 2_100)
            let last = try await sandbox.call("GET", "/v1/invoices/\(draft.id)")
            #expect(last.json["total"] == 3_200)
            #expect(last.json["lines"]?["data"]?.arrayValue?.first?["parent"]?["type"] == "invoice_item_details")
            #expect(try await sandbox.call("DELETE", "/v1/invoiceitems/\(bare.id)").json["deleted"] == true)
            #expect(try await sandbox.call("GET", "/v1/invoiceitems/\(bare.id)").status == 404)
            let paid = try await sandbox.call("POST", "/v1/invoices/\(draft.id)/pay")
            #expect(paid.json["status"] == "paid" && paid.json["amount_paid"] == 1_700)
            #expect(
                try await sandbox.call("POST", "/v1/invoiceitems/\(priced.id)", [("quantity", "1")]).errorCode == "invoice_not_editable")
            #expect(try await sandbox.call("DELETE", "/v1/invoiceitems/\(priced.id)").status == 400)
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.filter { $0.hasPrefix("invoiceitem") }.count == 4)
        }
    }

    @Test func `STR-173 what waits goes out with a subscription's next bill; a deleted draft gives back what stood on it`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe()
            let item = try await sandbox.call(
                "POST", "/v1/invoiceitems",
                [("customer", shop.customer), ("amount", "300"), ("currency", "usd"), ("subscription", subscription.id)])
            let draft = try await sandbox.call(
                "POST", "/v1/invoices", [("customer", shop.customer), ("pending_invoice_items_behavior", "include")])
            #expect(draft.json["total"] == 0, "what is for a subscription is not for every bill")
            #expect(try await sandbox.call("DELETE", "/v1/invoices/\(draft.id)").json["deleted"] == true)
            let preview = try await sandbox.call("POST", "/v1/invoices/create_preview", [("subscription", subscription.id)])
            #expect(preview.json["total"] == 2_300)
            try await sandbox.advance(days: 32)
            let bills = try await sandbox.call("GET", "/v1/invoices", [("subscription", subscription.id)])
            #expect(bills.json["data"]?.arrayValue?.map { $0["amount_paid"] } == [2_300, 2_000])
            #expect(try await sandbox.call("GET", "/v1/invoiceitems/\(item.id)").json["invoice"] != .null)
        }
    }

    @Test func `STR-173 an invoice that is sent has its day; one that advances by itself is finalised after its hour`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let sends = [("customer", shop.customer), ("collection_method", "send_invoice")]
            #expect(try await sandbox.call("POST", "/v1/invoices", sends).json["error"]?["param"] == "days_until_due")
            let sent = try await sandbox.call("POST", "/v1/invoices", sends + [("days_until_due", "14")])
            try await sandbox.call(
                "POST", "/v1/invoiceitems",
                [("customer", shop.customer), ("invoice", sent.id), ("amount", "900"), ("currency", "usd")])
            let open = try await sandbox.call("POST", "/v1/invoices/\(sent.id)/send")
            let created = try #require(open.json["created"]?.integerValue)
            #expect(open.json["status"] == "open" && open.json["due_date"] == .integer(created + 14 * 86_400))
            let charged = try await sandbox.call("POST", "/v1/invoices", [("customer", shop.customer), ("auto_advance", "true")])
            try await sandbox.call(
                "POST", "/v1/invoiceitems",
                [("customer", shop.customer), ("invoice", charged.id), ("amount", "800"), ("currency", "usd")])
            try await sandbox.advance(days: 1)
            #expect(try await sandbox.call("GET", "/v1/invoices/\(charged.id)").json["amount_paid"] == 800)

            let note = [("invoice", sent.id), ("amount", "300"), ("reason", "order_change")]
            let preview = try await sandbox.call("GET", "/v1/credit_notes/preview", note)
            #expect(preview.json["type"] == "pre_payment" && preview.json["total"] == 300)
            #expect(try await sandbox.call("GET", "/v1/credit_notes").json["data"] == [])
            let made = try await sandbox.call("POST", "/v1/credit_notes", note)
            #expect(try await sandbox.call("GET", "/v1/credit_notes/\(made.id)/lines").json["data"]?.arrayValue?.count == 1)
            #expect(try await sandbox.call("GET", "/v1/invoices/\(sent.id)").json["amount_remaining"] == 600)
            #expect(try await sandbox.call("POST", "/v1/credit_notes/\(made.id)/void").json["status"] == "void")
            #expect(try await sandbox.call("GET", "/v1/invoices/\(sent.id)").json["amount_remaining"] == 900)
            #expect(try await sandbox.call("POST", "/v1/credit_notes/\(made.id)/void").status == 400)
            let afterwards = try await sandbox.call("POST", "/v1/credit_notes", [("invoice", charged.id), ("amount", "100")])
            #expect(try await sandbox.call("POST", "/v1/credit_notes/\(afterwards.id)/void").status == 400, "it was paid")
            try await sandbox.quiesce()
            #expect(sandbox.receiver.types.filter { $0 == "credit_note.voided" }.count == 1)
        }
    }
}
