import Billing
import BillingHTTP
import Core
import HTTPServer
import Testing

@Suite struct OfferingTests {
    private func router() throws -> Router {
        var router = Router()
        try OfferingRoutes(catalogue: BuiltInCatalogue.load(), isBillingEnabled: true).register(on: &router)
        return router
    }

    private func get(_ headers: Headers = [:]) async throws -> Response {
        let request = try #require(
            Request(method: .get, target: "/v1/offering", headers: headers, id: RequestID.make(at: Instant(secondsSinceEpoch: 0))))
        return try await router().respond(to: request)
    }

    private func body(_ response: Response) throws -> JSONValue {
        guard case .bytes(let bytes) = response.body else { return .null }
        return try JSON.decode(JSONValue.self, from: bytes)
    }

    @Test func `BIL-002 BIL-007 the price list has the catalogue's figures in dollars, cheapest first`() async throws {
        let list = try body(try await get())
        let tiers = try #require(list["graph_subscriptions"]?["tiers"]?.arrayValue)
        #expect(tiers.map { $0["name"]?.stringValue } == ["ladybug-standard", "ladybug-large", "ladybug-xlarge"])
        #expect(tiers.map { $0["monthly_price_per_graph"] } == [99, 299, 699])
        #expect(tiers.first?["max_subgraphs"] == 3)
        #expect(tiers.first?["backup_retention_days"] == 7)
        let repository = try #require(list["repository_subscriptions"]?["repositories"]?.arrayValue?.first)
        #expect(repository["enabled"] == true)
        #expect(repository["plans"]?.arrayValue?.first?["rate_limits"]?["queries_per_hour"] == 200)
        #expect(list["operation_costs"]?["token_pricing"]?["gpt-3.5"]?["input_per_1k_tokens"] == 0.5)
        #expect(list["summary"]?["total_graph_tiers"] == 3)
        #expect(list["graph_subscriptions"]?["notes"]?.arrayValue?.contains("AI credits do not roll over to the next month.") == true)
    }

    @Test func `BIL-007 a list that is known already is 304`() async throws {
        let first = try await get()
        let tag = try #require(first.headers["ETag"])
        #expect(first.headers["Cache-Control"] == "public, max-age=300")
        let second = try await get(["If-None-Match": tag])
        #expect(second.status.rawValue == 304)
    }

    @Test func `every key that the published client requires is there`() async throws {
        let list = try body(try await get())
        let required: [(JSONValue?, [String])] = [
            (list, ["billing_enabled", "graph_subscriptions", "repository_subscriptions", "operation_costs", "summary"]),
            (list["graph_subscriptions"], ["description", "pricing_model", "tiers", "notes"]),
            (
                list["graph_subscriptions"]?["tiers"]?.arrayValue?.first,
                [
                    "name", "display_name", "description", "monthly_price_per_graph", "monthly_credits_per_graph", "infrastructure",
                    "features", "backup_retention_days", "priority_support", "api_rate_multiplier", "backend",
                ]
            ),
            (list["repository_subscriptions"], ["description", "pricing_model", "repositories", "notes"]),
            (
                list["repository_subscriptions"]?["repositories"]?.arrayValue?.first,
                ["type", "name", "description", "enabled", "coming_soon", "plans"]
            ),
            (list["operation_costs"], ["description", "ai_operations", "token_pricing", "included_operations", "notes"]),
            (list["summary"], ["total_graph_tiers", "total_repositories", "enabled_repositories", "coming_soon_repositories"]),
        ]
        for (object, names) in required {
            for name in names { #expect(object?[name] != nil, "\(name)") }
        }
    }
}
