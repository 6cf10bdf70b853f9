import Core
import Testing

@Suite struct TaxTests {
    @Test func `STR-173 a tax that is added and one that is contained are shown apart, after discounts; the exempt pay none`() async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            func rate(_ percentage: String, _ inclusive: String) async throws -> String {
                try await sandbox.call(
                    "POST", "/v1/tax_rates",
                    [("display_name", "VAT"), ("percentage", percentage), ("inclusive", inclusive), ("country", "DE")]
                ).id
            }
            let (added, contained) = (try await rate("19", "false"), try await rate("8.25", "true"))
            try await sandbox.call("POST", "/v1/coupons", [("id", "tenth"), ("percent_off", "10"), ("duration", "forever")])
            func bill(_ more: [(String, String)]) async throws -> JSONValue {
                try await shop.subscribe(more + [("expand[]", "latest_invoice")]).json["latest_invoice"] ?? .null
            }
            let first = try await bill([("default_tax_rates[]", added), ("discounts[0][coupon]", "tenth")])
            #expect(first["subtotal"] == 2_000 && first["total"] == 2_142 && first["amount_paid"] == 2_142)
            #expect(first["total_excluding_tax"] == 1_800)
            #expect(first["total_taxes"]?.arrayValue?.first?["tax_behavior"] == "exclusive")
            #expect(first["total_taxes"]?.arrayValue?.first?["tax_rate_details"]?["tax_rate"] == .string(added))
            let second = try await bill([("items[0][tax_rates][]", contained)])
            #expect(second["total"] == 2_000 && second["total_excluding_tax"] == 1_848)
            #expect(second["total_taxes"]?.arrayValue?.first?["amount"] == 152)
            try await sandbox.call("POST", "/v1/customers/\(shop.customer)", [("tax_exempt", "reverse")])
            let third = try await bill([("default_tax_rates[]", added)])
            #expect(third["total"] == 2_000 && third["total_taxes"] == [])

            try await sandbox.call("POST", "/v1/tax_rates/\(added)", [("active", "false")])
            #expect(try await shop.subscribe([("default_tax_rates[]", added)]).status == 400)
            let active = try await sandbox.call("GET", "/v1/tax_rates", [("active", "true")])
            #expect(active.json["data"]?.arrayValue?.map { $0["id"] } == [.string(contained)])
            #expect(try await sandbox.call("GET", "/v1/tax_rates/\(added)").json["percentage"] == 19)
            let missing = try await sandbox.call("POST", "/v1/tax_rates", [("display_name", "VAT"), ("percentage", "1")])
            #expect(missing.json["error"]?["param"] == "inclusive")
        }
    }

    @Test func `STR-173 tax ids belong to their customer, and stand on its invoices`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.control("POST", "/deliveries", ["action": "policy", "order": "strict"])
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let path = "/v1/customers/\(shop.customer)/tax_ids"
            let made = try await sandbox.call("POST", path, [("type", "eu_vat"), ("value", "DE123456789")])
            #expect(made.status == 200 && made.json["country"] == "DE")
            #expect(try await sandbox.call("POST", path, [("type", "eu_vat"), ("value", "x")]).errorCode == "tax_id_invalid")
            #expect(try await sandbox.call("POST", path, [("type", "mars"), ("value", "1")]).status == 400)
            let bill = try await shop.subscribe([("expand[]", "latest_invoice")]).json["latest_invoice"]
            #expect(bill?["customer_tax_ids"] == [["type": "eu_vat", "value": "DE123456789"]])
            let other = try await sandbox.call("POST", "/v1/customers", [("name", "other")]).id
            #expect(try await sandbox.call("GET", "/v1/customers/\(other)/tax_ids/\(made.id)").status == 404)
            #expect(try await sandbox.call("GET", path + "/\(made.id)").json["value"] == "DE123456789")
            #expect(try await sandbox.call("DELETE", path + "/\(made.id)").json["deleted"] == true)
            #expect(try await sandbox.call("GET", path).json["data"] == [])
            try await sandbox.quiesce()
            #expect(
                sandbox.receiver.types.filter { $0.hasPrefix("customer.tax_id") } == ["customer.tax_id.created", "customer.tax_id.deleted"])
        }
    }
}
