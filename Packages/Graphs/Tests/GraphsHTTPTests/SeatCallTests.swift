import Billing
import Core
import Graphs
import HTTPServer
import Identity
import IdentityHTTP
import Operations
import Orgs
import PlatformTesting
import RateLimits
import Testing

@testable import GraphsHTTP

/// What a seat at a shared repository may call, and how often, without a database. The clock moves by the test's hand.
@Suite struct SeatCallTests {
    private let clock = SteppedDateSource(startingAt: Instant("2026-03-01T10:00:00Z") ?? Instant(secondsSinceEpoch: 0))

    private func seat(_ slug: String, plan: String = "starter") throws -> RepositoryForUser {
        RepositoryForUser(
            repository: Repository(
                id: try #require(ResourceID(slug)), name: "Filings", description: "All of them", createdAt: clock.now), access: .read,
            plan: plan)
    }

    private func router(_ seats: [RepositoryForUser]) throws -> Router {
        var router = Router(dateSource: clock)
        router.use(RateLimiting(RateLimitSettings(), strict: nil, dateSource: clock))
        GraphRoutes(
            graphs: UnaskedGraphs(seats: seats), credentials: UnaskedGraphs(), mutations: QuietMutations(), pools: UnaskedPools(),
            catalogue: .standard, plans: try BuiltInCatalogue.load(), authenticator: Authenticator(OnePerson()), dateSource: clock
        ).register(on: &router)
        try router.categorise { _ in .generalAPI }
        return router
    }

    private func ask(_ router: Router, _ target: String, _ method: HTTPServer.Method = .get) async throws -> (
        status: Int, body: JSONValue, headers: Headers
    ) {
        let headers: Headers = ["Authorization": "Bearer token", "Content-Type": "application/json"]
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: method == .get ? [] : Array("{}".utf8),
                remoteAddress: "203.0.113.7",
                id: RequestID.make(at: clock.now)))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return (response.status.rawValue, .null, response.headers) }
        return (response.status.rawValue, try JSON.decode(JSONValue.self, from: bytes), response.headers)
    }

    @Test func `GRA-091 the plan's rate is kept for each kind and repository, the refusal names its window, and a minute later it goes on`()
        async throws
    {
        let router = try router([seat("sec"), seat("industry")])
        for _ in 0..<10 { #expect(try await ask(router, "/v1/graphs/sec/info").status == 200) }
        let refused = try await ask(router, "/v1/graphs/sec/info")
        #expect(refused.status == 429 && refused.body["code"] == "RATE_LIMIT_EXCEEDED")
        #expect(refused.body["detail"]?.stringValue?.contains("At most 10 requests of the category repository_info in any minute") == true)
        #expect(
            refused.headers["X-RateLimit-Category"] == "repository_info" && refused.headers["RateLimit-Policy"]?.hasSuffix("w=60") == true)
        #expect(try await ask(router, "/v1/graphs/sec/health").status == 200)
        // An unknown repository has no plan here, and so no figures of one.
        #expect(try await ask(router, "/v1/graphs/industry/info").status == 200)
        clock.advance(by: .seconds(62))
        #expect(try await ask(router, "/v1/graphs/sec/info").status == 200)
    }

    @Test func `GRA-090 what a seat sees of a repository is nobody's record, and unmeasured figures say so`() async throws {
        let router = try router([seat("sec")])
        let record = try await ask(router, "/v1/graphs/sec").body
        #expect(record["org_id"] == .null && record["graph_type"] == "repository" && record["role"] == "read")
        #expect(record["access"] == "read" && record["engine_mode"] == "read" && record["purge_at"] == .null)
        let info = try await ask(router, "/v1/graphs/sec/info").body
        #expect(info["as_of"] == .null && info["read_only"] == true)
        #expect(try await ask(router, "/v1/graphs/sec/health").body["status"] == "unknown")
        #expect(try await ask(router, "/v1/graphs/sec/limits").body["is_shared_repository"] == true)
        let other = try await ask(router, "/v1/graphs/industry")
        #expect(other.status == 422 || other.status == 404, "\(other.body)")
    }
}
