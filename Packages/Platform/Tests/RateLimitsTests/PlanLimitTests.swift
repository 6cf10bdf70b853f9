import Core
import HTTPServer
import RateLimits
import Synchronization
import Testing

/// The figures that differ by plan, table 2 of the security requirements.
@Suite struct PlanLimitTests {
    /// Tells the plans of orgs, and how often it was asked.
    private final class Plans: PlanStandings {
        private let state = Mutex<(columns: [UInt64: PlanColumn], asked: Int, isLost: Bool)>(([:], 0, false))
        var asked: Int { state.withLock { $0.asked } }

        func set(_ org: UInt64, _ column: PlanColumn) { state.withLock { $0.columns[org] = column } }
        func lose() { state.withLock { $0.isLost = true } }

        func bestPlan(of org: Caller) async throws -> PlanColumn {
            try state.withLock { state in
                state.asked += 1
                if state.isLost { throw Problem.notFound }
                return state.columns[org.low] ?? .base
            }
        }
    }

    private func stand(_ plans: Plans, _ settings: RateLimitSettings = RateLimitSettings()) -> Stand {
        var stand = Stand()
        stand.router = Router(dateSource: stand.clock)
        stand.router.use(RateLimiting(settings, strict: nil, dateSource: stand.clock, observer: stand.told, standings: plans))
        stand.addKnown("/v1/user", .userManagement)
        stand.addKnown("/v1/graphs/{graph_id}/info", .generalAPI)
        stand.addKnown("/v1/graphs/{graph_id}/members", .generalAPI, method: .post)
        stand.addKnown("/v1/graphs/{graph_id}/backups", .backupOperations)
        stand.addKnown("/v1/billing/customer", .billing)
        return stand
    }

    @Test(arguments: [
        ("auth", 10, 20, 20, 20), ("user_management", 30, 60, 60, 60), ("tasks", 30, 60, 60, 60), ("status", 60, 120, 120, 120),
        ("billing", 60, 60, 60, 60), ("graph_read", 30, 120, 240, 480), ("graph_write", 10, 30, 60, 120),
        ("graph_analytics", 5, 15, 30, 60), ("graph_backup", 2, 5, 5, 5), ("graph_management", 3, 10, 10, 10),
    ])
    func `SEC-011 the figures are those of table 2, and rows of graphs count per graph`(
        name: String, base: Int, standard: Int, large: Int, xlarge: Int
    ) throws {
        guard let policy = PlanPolicy.standard.first(where: { $0.category.name == name }) else {
            // Table 1 has the lower figure in every column, for each network.
            let first = try #require(CategoryPolicy.standard.first { $0.category.name == name })
            #expect(first.limit.limit <= base && first.limit.windowMicroseconds > 60_000_000 && first.counting == .network)
            return
        }
        #expect(PlanColumn.allCases.map { policy[$0].limit } == [base, standard, large, xlarge])
        #expect((policy.counting == .graph) == ["graph_read", "graph_write", "graph_analytics"].contains(name))
        #expect(policy[.large].windowMicroseconds == 60_000_000)
    }

    private static let rows: [(HTTPServer.Method, String, String?)] = [
        (.get, "/v1/user", "user_management"), (.get, "/v1/operations/{operation_id}", "tasks"),
        (.get, "/v1/operations/{operation_id}/stream", nil), (.post, "/v1/billing/checkout", "billing"),
        (.get, "/v1/graphs/{graph_id}/credits", "billing"), (.get, "/v1/graphs", nil), (.post, "/v1/graphs", "graph_management"),
        (.get, "/v1/graphs/tiers", nil), (.get, "/v1/graphs/{graph_id}", "graph_read"),
        (.get, "/v1/graphs/{graph_id}/explain", "graph_read"),
        (.get, "/v1/graphs/{graph_id}/health", "status"), (.get, "/v1/graphs/{graph_id}/metrics", "graph_analytics"),
        (.post, "/v1/graphs/{graph_id}/credentials", "graph_write"), (.delete, "/v1/graphs/{graph_id}/members/{user_id}", "graph_write"),
        (.post, "/v1/graphs/{graph_id}/operations/update-graph-metadata", "graph_write"),
        (.post, "/v1/graphs/{graph_id}/operations/delete-graph", "graph_management"),
        (.post, "/v1/graphs/{graph_id}/operations/change-tier", "graph_management"),
        (.post, "/v1/graphs/{graph_id}/operations/create-backup", "graph_backup"),
        (.post, "/v1/graphs/{graph_id}/operations/erase-backups", "graph_backup"),
        (.get, "/v1/graphs/{graph_id}/backups/stats", "graph_read"), (.get, "/v1/orgs/{org_id}", nil), (.get, "/v1/offering", nil),
    ]

    @Test(arguments: rows)
    func `SEC-011 each route has at most one row beside its category`(method: HTTPServer.Method, path: String, row: String?) throws {
        var router = Router()
        router.add(method, path) { _ in .text("") }
        try router.categorise(by: CategoryTable.category)
        let category = try #require(router.routes.first?.category)
        #expect(PlanPolicy.policy(of: method, path, in: category)?.category.name == row)
    }

    @Test func `SEC-011 the best active plan of the org says how much its people may send, a person over all keys`() async throws {
        let plans = Plans()
        let stand = stand(plans)
        // Keys 1, 101 and 201 are the person 1's, of org 1.
        #expect(try await stand.statuses(30, "/v1/user", key: "key-1") == Array(repeating: 200, count: 30))
        let refused = try await stand.call("/v1/user", key: "key-101")
        #expect(refused.status == .tooManyRequests && refused.headers["X-RateLimit-Category"] == "user_management")
        #expect(refused.headers["X-RateLimit-Limit"] == "30" && stand.told.all.count == 1)
        #expect(plans.asked == 1, "not at every request")
        #expect(try await stand.statuses(1, "/v1/user", key: "key-2") == [200], "another person")
        // What was paid for counts two seconds later, and the header says so.
        plans.set(1, .large)
        stand.clock.advance(by: .seconds(2))
        let paid = try await stand.call("/v1/user", key: "key-201")
        #expect(paid.status == .ok && paid.headers["X-RateLimit-Limit"] == "60" && paid.headers["X-RateLimit-Remaining"] == "29")
        // A plan that cannot be read is the one that was read last.
        plans.lose()
        stand.clock.advance(by: .seconds(61))
        #expect(try await stand.call("/v1/user", key: "key-1").headers["X-RateLimit-Limit"] == "60")
        #expect(try await stand.call("/v1/user", key: "key-3").headers["X-RateLimit-Limit"] == "30")
    }

    @Test func `SEC-011 nobody without access spends the budget of a graph, and whoever has it shares one`() async throws {
        let stand = stand(Plans())
        // An outsider gets as far as the own figures allow, and the graph's are as they were.
        let outside = try await stand.statuses(201, "/v1/graphs/2/info", key: "key-1")
        #expect(outside == Array(repeating: 404, count: 200) + [429])
        #expect(try await stand.call("/v1/graphs/2/info", key: "key-2").headers["X-RateLimit-Remaining"] == "119")
        // The keys of several people of graph 2.
        #expect(try await stand.statuses(59, "/v1/graphs/2/info", key: "key-12") == Array(repeating: 200, count: 59))
        #expect(try await stand.statuses(60, "/v1/graphs/2/info", key: "key-22") == Array(repeating: 200, count: 60))
        let refused = try await stand.call("/v1/graphs/2/info", key: "key-32")
        #expect(refused.status == .tooManyRequests && refused.headers["X-RateLimit-Category"] == "graph_read")
        #expect(stand.told.all.last?.caller == Caller(.graph, high: 0, low: 2))
        // Another graph, and another row of the same graph.
        #expect(try await stand.statuses(1, "/v1/graphs/3/info", key: "key-3") == [200])
        #expect(try await stand.call("/v1/graphs/2/members", key: "key-32", method: .post).headers["X-RateLimit-Limit"] == "30")
    }

    @Test func `SEC-004 a request that its graph refuses has taken no place of its caller`() async throws {
        var settings = RateLimitSettings()
        settings.apiKeyLimit = RateLimit(124)
        let stand = stand(Plans(), settings)
        #expect(try await stand.statuses(120, "/v1/graphs/2/info", key: "key-2") == Array(repeating: 200, count: 120))
        #expect(try await stand.statuses(40, "/v1/graphs/2/info", key: "key-2") == Array(repeating: 429, count: 40))
        // Four places are left to the key for everything else.
        #expect(try await stand.statuses(5, "/v1/billing/customer", key: "key-2") == [200, 200, 200, 200, 429])
    }

    @Test func `SEC-011 backups count for persons, however many graphs they have`() async throws {
        let plans = Plans()
        plans.set(1, .xlarge)
        let stand = stand(plans)
        #expect(PlanPolicy.graphBackup.counting == .person)
        let statuses = try await stand.statuses(61, "/v1/billing/customer", key: "key-1")
        #expect(statuses == Array(repeating: 200, count: 60) + [429])
        #expect(
            try await stand.call("/v1/graphs/1/backups", key: "key-1").headers["X-RateLimit-Category"] == "backup_ops",
            "the lower of the two")
    }

    @Test(arguments: [("ladybug-standard", PlanColumn.standard), ("ladybug-xlarge", .xlarge), ("base", .base), ("", .standard)])
    func `SEC-011 a tier's name says its column`(tier: String, column: PlanColumn) {
        #expect(PlanColumn(tier: tier) == column)
    }

    @Test func `SEC-005 several nodes share the figures of plans as well`() async throws {
        var settings = RateLimitSettings()
        settings.nodes = 3
        #expect(try await stand(Plans(), settings).statuses(11, "/v1/user", key: "key-1") == Array(repeating: 200, count: 10) + [429])
    }
}
