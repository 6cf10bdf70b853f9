import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// The figures that differ by plan, as they are composed.
@Suite struct PlanLimitsTests {
    private let graph = "kg0123456789abcdef0123"

    @Test
    func `SEC-011 a graph's requests are counted once access to it is proved, by its plan, and people's by the best plan of their org`()
        async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling.merging(["TRELLIS_RATE_LIMIT_ENABLED": "true"]) { $1 }) { api in
            let (ada, eve) = (try await api.register("Ada"), try await api.register("Eve"))
            let unpaid = try await api.call(.get, "/v1/user", token: eve.token)
            #expect(unpaid.headers["X-RateLimit-Limit"] == "30" && unpaid.headers["X-RateLimit-Category"] == "user_management")
            _ = try await PaidGraph.arrange(graph, api, ada, seatOf: ada.user)
            #expect(try await api.call(.get, "/v1/user", token: ada.token).headers["X-RateLimit-Limit"] == "60")
            // Eve has nothing of it, however often.
            for _ in 0..<40 {
                let refused = try await api.call(.get, "/v1/graphs/\(graph)", token: eve.token)
                #expect(refused.status == 403 || refused.status == 404, "\(refused.status)")
                #expect(refused.headers["X-RateLimit-Category"] != "graph_read")
            }
            let own = try await api.call(.get, "/v1/graphs/\(graph)", token: ada.token)
            #expect(own.status == 200 && own.headers["X-RateLimit-Category"] == "graph_read", "\(own.body)")
            #expect(own.headers["X-RateLimit-Limit"] == "120" && own.headers["X-RateLimit-Remaining"] == "119")
            // What is read on other ways is of the same budget, what is changed of another.
            let members = try await api.call(.get, "/v1/graphs/\(graph)/members", token: ada.token)
            #expect(members.status == 200 && members.headers["X-RateLimit-Remaining"] == "118")
            let written = try await api.call(
                .post, "/v1/graphs/\(graph)/operations/update-graph-metadata", token: ada.token, body: ["graph_name": "Books"])
            #expect(
                written.headers["X-RateLimit-Category"] == "graph_write" && written.headers["X-RateLimit-Limit"] == "30", "\(written.body)")
            let limits = try await api.call(.get, "/v1/graphs/\(graph)/limits", token: ada.token)
            #expect(limits.body["rate_limits"]?["requests_per_minute"] == 120)
            #expect(limits.body["credits"] == .null, "nothing was allotted")
            _ = try await api.database.adminClient.pipeline([
                "SELECT set_config('session_replication_role', 'replica', true)",
                """
                INSERT INTO billing.credit_pool (id, org_id, subscription_id, scope, resource_id, balance, allocation, anchor, window_start, window_end,
                    created_at)
                SELECT gen_random_uuid(), org_id, id, 'graph', resource_id, 123450, 800000, period_start, period_start, period_end, period_start
                FROM billing.subscription WHERE resource_id = \(graph)
                """,
            ])
            let allotted = try await api.call(.get, "/v1/graphs/\(graph)/limits", token: ada.token)
            #expect(
                allotted.body["credits"] == ["monthly_ai_credits": 8_000, "current_balance": 9_234], "what was left, and the month's")
            // Every way to a graph that counts for it is a way on which it is counted.
            let counted = api.router.routes.filter { $0.method == .get && $0.path.hasPrefix("/v1/graphs/{graph_id}") }
            var categories: [String: Int] = [:]
            for route in counted where !route.path.contains("{backup_id}") {
                let answer = try await api.call(.get, route.path.replacing("{graph_id}", with: graph), token: ada.token)
                categories[answer.headers["X-RateLimit-Category"] ?? "none", default: 0] += 1
            }
            #expect(
                Set(categories.keys).isSubset(of: ["graph_read", "graph_analytics", "billing", "backup_ops", "status"]), "\(categories)")
        }
    }
}
