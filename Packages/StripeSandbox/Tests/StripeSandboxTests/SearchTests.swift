import Core
import Testing

@testable import StripeSandbox

@Suite struct SearchTests {
    @Test(arguments: [
        "", "email", "email:", "email:\"a", "password:\"x\"", "email:\"a\" AND", "email:\"a\" XOR name:\"b\"",
        "email:\"a\" AND name:\"b\" OR phone:\"c\"", "metadata[\"a\":\"b\"",
    ])
    func `STR-173 what is no query is refused`(_ text: String) {
        #expect(throws: StripeError.self) { try SearchQuery(text, fields: ["email", "name", "phone", "metadata"]) }
    }

    @Test func `STR-173 every kind that has a search is found by its fields, page by page, and not before its index has it`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let subscription = try await shop.subscribe([("metadata[trellis_org]", "org \"1\"")])
            for number in 0..<3 { try await sandbox.call("POST", "/v1/customers", [("name", "Page \(number)"), ("phone", "+1")]) }
            func found(_ kind: String, _ query: String) async throws -> Int? {
                let answer = try await sandbox.call("GET", "/v1/\(kind)/search", [("query", query)])
                #expect(answer.status == 200, "\(query): \(answer.text)")
                return answer.json["data"]?.arrayValue?.count
            }
            #expect(try await found("customers", "email:\"OWNER@example.com\"") == 1)
            #expect(try await found("customers", "name~\"page\" AND -name:\"Page 1\"") == 2)
            #expect(try await found("customers", "name:\"Page 0\" OR metadata[\"trellis_org\"]:\"org_1\"") == 2)
            #expect(try await found("customers", "phone:null") == 1)
            #expect(try await found("subscriptions", "metadata[\"trellis_org\"]:\"org \\\"1\\\"\" AND status:\"active\"") == 1)
            #expect(try await found("invoices", "total>1999 AND total<=2000 AND subscription:\"\(subscription.id)\"") == 1)
            #expect(try await found("charges", "payment_method_details.card.last4:4242 amount>2000") == 0)
            #expect(try await found("payment_intents", "status:\"succeeded\"") == 1)
            #expect(try await found("products", "active:\"true\"") == 1)
            #expect(try await found("prices", "lookup_key:\"standard\" AND type:\"recurring\"") == 1)
            let wrong = try await sandbox.call("GET", "/v1/customers/search", [("query", "password:\"x\"")])
            #expect(wrong.status == 400 && wrong.json["error"]?["param"] == "query")

            var seen: [String] = []
            var page: [(String, String)] = []
            while true {
                let answer = try await sandbox.call("GET", "/v1/customers/search", [("query", "phone:\"+1\""), ("limit", "2")] + page)
                seen += answer.json["data"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
                guard answer.json["has_more"] == true, let next = answer.json["next_page"]?.stringValue else { break }
                page = [("page", next)]
            }
            #expect(seen == ["Page 2", "Page 1", "Page 0"])
            try await sandbox.control("POST", "/settings", ["search_delay": 60])
            #expect(try await found("customers", "phone:\"+1\"") == 0)
            try await sandbox.control("POST", "/clock", ["by_seconds": 60])
            #expect(try await found("customers", "phone:\"+1\"") == 3)
        }
    }
}
