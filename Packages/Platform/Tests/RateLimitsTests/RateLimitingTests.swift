import Core
import RateLimits
import Testing

@testable import HTTPServer

@Suite struct RateLimitingTests {
    @Test func `SEC-001 a table with a route that nobody put into a category is not served`() async throws {
        var router = Router()
        router.add(.get, "/v1/graphs/{graph_id}") { _ in .text("") }
        router.add(.post, "/v1/auth/login") { _ in .text("") }
        router.add(.get, "/v1/own", category: .billing) { _ in .text("") }
        try router.categorise(by: CategoryTable.category)
        #expect(router.routes.map { $0.category?.name } == ["login", "general_api", "billing"])
        router.add(.get, "/v1/surprise") { _ in .text("") }
        router.add(.get, "/elsewhere") { _ in .text("") }
        let refusal = #expect(throws: UncategorisedRoutes.self) { try router.categorise(by: CategoryTable.category) }
        #expect(refusal?.routes == ["GET /elsewhere", "GET /v1/surprise"])
    }

    @Test(arguments: [
        ("/v1/auth/register", "register"), ("/v1/auth/refresh", "jwt_refresh"), ("/v1/auth/password/forgot", "auth"),
        ("/v1/auth/password/policy", "auth_status"), ("/v1/auth/mfa/verify", "mfa"),
        ("/v1/auth/passkeys/{passkey_id}", "passkey_management"),
        ("/v1/user", "user_management"), ("/v1/user/api-keys", "user_management"), ("/v1/orgs/{org_id}/audit", "audit_read"),
        ("/v1/graphs/{graph_id}/backups", "backup_ops"), ("/v1/graphs/{graph_id}/subscriptions", "billing"),
        ("/v1/billing/checkout", "billing"), ("/v1/billing/checkout/{session_id}/status", "checkout_status"),
        ("/v1/operations/{operation_id}/stream", "sse_connections"), ("/v1/operations/{operation_id}", "tasks"), ("/livez", "monitoring"),
        ("/startupz", "monitoring"),
        ("/v1/webhooks/stripe", "webhook"), ("/v1/admin/orgs", "admin"),
    ])
    func `SEC-001 each route has one category`(path: String, category: String) throws {
        var router = Router()
        router.add(.get, path) { _ in .text("") }
        try router.categorise(by: CategoryTable.category)
        let name = try #require(router.routes.first?.category)
        #expect(name.name == category)
        #expect(CategoryPolicy.standard.count { $0.category == name } == 1)
    }

    @Test func `SEC-002 a key is counted apart from its network, and a forged one with it`() async throws {
        var stand = Stand()
        stand.addKnown("/a", .backupOperations)
        // Ten a minute for a key, one for a network.
        #expect(try await stand.statuses(11, "/a", key: "key-1") == Array(repeating: 200, count: 10) + [429])
        #expect(try await stand.statuses(1, "/a", key: "key-2") == [200])
        #expect(try await stand.statuses(2, "/a", key: "forged") == [401, 429])
        #expect(try await stand.statuses(1, "/a") == [429], "without a credential the same network")
        #expect(try await stand.statuses(1, "/a", from: "203.0.113.8", key: "forged") == [401])
        #expect(try await stand.statuses(1, "/a", key: "key-3") == [200])
    }

    @Test func `SEC-002 an IPv6 network is its first 64 bits, and IPv4 in IPv6 is IPv4`() {
        #expect(Caller(network: "2001:db8::1") == Caller(network: "2001:db8:0:0:ffff::2%eth0"))
        #expect(Caller(network: "2001:db8::1") != Caller(network: "2001:db8:0:1::1"))
        #expect(Caller(network: "::ffff:192.0.2.1") == Caller(network: "192.0.2.1"))
        #expect(Caller(network: "192.0.2.1") != Caller(network: "192.0.2.2"))
        #expect(Caller(network: "::1") == Caller(network: "0:0:0:0:0:0:0:1"))
        #expect(Caller(network: "not an address") != Caller(network: "another"))
        #expect(Caller(network: "1.2.3") != Caller(network: "0.1.2.3"))
    }

    @Test func `SEC-008 every limited answer shows what is left`() async throws {
        var stand = Stand()
        stand.addKnown("/a", .billing)
        stand.add("/free", .monitoring)
        let answer = try await stand.call("/a", key: "key-1")
        #expect(answer.headers["X-RateLimit-Limit"] == "60")
        #expect(answer.headers["X-RateLimit-Remaining"] == "59")
        #expect(answer.headers["X-RateLimit-Reset"] == "1800000061")
        #expect(answer.headers["X-RateLimit-Category"] == "billing")
        #expect(answer.headers["RateLimit-Policy"] == #""billing";q=60;w=60"#)
        #expect(answer.headers["RateLimit"] == #""billing";r=59;t=61"#)
        let refused = try await stand.call("/a", key: "forged")
        #expect(refused.status == .unauthorized)
        #expect(refused.headers["X-RateLimit-Remaining"] == "5")
        #expect(try await stand.call("/free").headers["X-RateLimit-Limit"] == nil)
    }

    @Test func `SEC-009 a refusal is 429 with a whole number of seconds, and is told once a minute`() async throws {
        var stand = Stand()
        stand.addKnown("/a", .backupOperations)
        _ = try await stand.statuses(10, "/a", key: "key-1")
        stand.clock.advance(by: .milliseconds(59_300))
        let refused = try await stand.call("/a", key: "key-1")
        #expect(refused.status == .tooManyRequests)
        #expect(refused.headers["Retry-After"] == "2")
        #expect(refused.headers["Content-Type"] == "application/problem+json")
        #expect(refused.text.contains(#""code":"RATE_LIMIT_EXCEEDED""#))
        #expect(refused.text.contains("Too many requests of the category backup_ops: try again in 2 s."))
        for _ in 0..<20 { _ = try await stand.call("/a", key: "key-1") }
        #expect(stand.told.all.count == 1)
        #expect(stand.told.all.first?.caller == Caller(.apiKey, high: 0, low: 1))
        #expect(stand.told.all.first?.category == .backupOperations)
        stand.clock.advance(by: .seconds(2))
        #expect(try await stand.call("/a", key: "key-1").status == .ok, "the time that was told is enough")
        _ = try await stand.statuses(9, "/a", key: "key-1")
        stand.clock.advance(by: .seconds(59))
        _ = try await stand.statuses(3, "/a", key: "key-1")
        #expect(stand.told.all.count == 2)
    }

    @Test(arguments: CategoryPolicy.standard.filter { $0.counting == .caller })
    func `SEC-010 callers without credential get a tenth, and at least one`(policy: CategoryPolicy) async throws {
        var stand = Stand()
        stand.add("/a", policy.category)
        let tenth = max(1, policy.limit.limit / 10)
        let statuses = try await stand.statuses(tenth + 1, "/a")
        #expect(statuses == Array(repeating: 200, count: tenth) + [429])
    }

    @Test func `SEC-012 an org has a ceiling over all its keys`() async throws {
        var settings = RateLimitSettings()
        settings.orgLimit = RateLimit(6)
        var stand = Stand(settings)
        stand.addKnown("/a", .generalAPI)
        for key in ["key-1", "key-11", "key-21"] { #expect(try await stand.statuses(2, "/a", key: key) == [200, 200]) }
        let refused = try await stand.call("/a", key: "key-31")
        #expect(refused.status == .tooManyRequests)
        #expect(refused.headers["X-RateLimit-Category"] == "org")
        #expect(try await stand.statuses(1, "/a", key: "key-2") == [200], "another org")
    }

    @Test func `SEC-012 an org has a quarter of the handler slots, and what it waits for is not what others wait for`() async throws {
        var settings = RateLimitSettings()
        settings.handlerSlots = 8
        var stand = Stand(settings)
        let door = Door()
        stand.addKnown("/quick", .generalAPI)
        stand.add("/slow", .generalAPI) { request in
            let number = UInt64(request.headers["X-API-Key"]?.dropFirst(4) ?? "") ?? 0
            let person = Caller(.user, high: 0, low: number)
            try await request.gate?.admit(person, of: person, actingFor: Caller(.org, high: 0, low: number % 10))
            await door.pass()
            return .text("late")
        }
        let held = stand
        try await withThrowingTaskGroup(of: Int.self) { group in
            for key in ["key-1", "key-11"] { group.addTask { try await held.call("/slow", key: key).status.rawValue } }
            await door.waiting(2)
            let refused = try await stand.call("/quick", key: "key-21")
            #expect(refused.status == .tooManyRequests && refused.headers["X-RateLimit-Category"] == "org")
            #expect(refused.headers["Retry-After"] == "1")
            #expect(try await stand.statuses(3, "/quick", key: "key-2") == [200, 200, 200], "another org")
            door.open()
            for try await status in group { #expect(status == 200) }
        }
        #expect(try await stand.statuses(3, "/quick", key: "key-21") == [200, 200, 200])
    }

    @Test func `SEC-013 a network with too many connections is refused everything but the provider's intake`() async throws {
        var stand = Stand()
        stand.add("/v1/offering", .publicAPI)
        stand.add("/v1/webhooks/stripe", .webhook, method: .post)
        func call(_ method: HTTPServer.Method, _ target: String, isOfCrowdedNetwork: Bool) async throws -> Response {
            var request = try #require(Request(method: method, target: target, id: RequestID.make(at: stand.clock.now)))
            request.isOfCrowdedNetwork = isOfCrowdedNetwork
            return await stand.router.respond(to: request)
        }
        let refused = try await call(.get, "/v1/offering", isOfCrowdedNetwork: true)
        #expect(refused.status == .tooManyRequests && refused.headers["Retry-After"] == "1")
        #expect(refused.text.contains("TOO_MANY_CONNECTIONS") && refused.text.contains("At most 100 connections"))
        #expect(try await call(.get, "/v1/offering", isOfCrowdedNetwork: false).status == .ok)
        #expect(try await call(.get, "/unknown", isOfCrowdedNetwork: true).status == .tooManyRequests)
        #expect(try await call(.post, "/v1/webhooks/stripe", isOfCrowdedNetwork: true).status == .ok)
    }

    @Test(arguments: [(RouteCategory.webhookTest, 30), (.auditExport, 10)])
    func `SEC-016 webhooks are tried out 30 times an hour and the log is exported ten times, whoever of the org does it`(
        category: RouteCategory, limit: Int
    ) async throws {
        var stand = Stand()
        stand.addKnown("/a", category)
        #expect(try await stand.statuses(limit / 2, "/a", key: "key-1") == Array(repeating: 200, count: limit / 2))
        #expect(try await stand.statuses(limit / 2 + 1, "/a", key: "key-11") == Array(repeating: 200, count: limit / 2) + [429])
        #expect(try await stand.statuses(1, "/a", key: "key-2") == [200], "another org")
        stand.clock.advance(by: .seconds(3_661))
        #expect(try await stand.statuses(1, "/a", key: "key-1") == [200])
    }

    @Test func `SEC-013 a flood of random credentials is cut off before anybody looks at them`() async throws {
        var stand = Stand()
        let looked = Counter()
        stand.add("/a", .generalAPI) { _ in
            looked.add()
            throw Problem(status: .unauthorized, code: "API_KEY_INVALID", detail: "no")
        }
        for number in 0..<4_000 { _ = try await stand.call("/a", key: "random-\(number)") }
        #expect(looked.value == 3_000)
        #expect(try await stand.call("/unknown").status == .tooManyRequests)
        #expect(try await stand.call("/a", from: "203.0.113.8", key: "x").status == .unauthorized)
    }

    @Test func `SEC-014 paying is limited to 60 a minute, and no less`() async throws {
        var stand = Stand()
        stand.addKnown("/v1/billing/checkout", .billing, method: .get)
        let statuses = try await stand.statuses(61, "/v1/billing/checkout", key: "key-1")
        #expect(statuses == Array(repeating: 200, count: 60) + [429])
    }

    @Test func `SEC-015 bad signatures are cut off at 60 a minute, good ones are never refused`() async throws {
        var stand = Stand()
        stand.add("/v1/webhooks/stripe", .webhook, method: .post) { request in
            guard request.headers["X-API-Key"] == "good" else {
                throw Problem(status: .badRequest, code: "INVALID_SIGNATURE", detail: "no")
            }
            return .text("stored")
        }
        var statuses: [Int] = []
        for _ in 0..<70 { statuses.append(try await stand.call("/v1/webhooks/stripe", key: "bad", method: .post).status.rawValue) }
        #expect(statuses == Array(repeating: 400, count: 60) + Array(repeating: 429, count: 10))
        let refused = try await stand.call("/v1/webhooks/stripe", key: "bad", method: .post)
        #expect(refused.headers["Retry-After"] != nil)
        for _ in 0..<10_000 { #expect(try await stand.call("/v1/webhooks/stripe", key: "good", method: .post).status == .ok) }
    }

    @Test func `SEC-015 beyond the ceiling the provider is told to come back, and bad signatures do not use it up`() async throws {
        var settings = RateLimitSettings()
        settings.policies = [CategoryPolicy(.webhook, RateLimit(60), .provider(ceiling: RateLimit(5)))]
        var stand = Stand(settings)
        stand.add("/hook", .webhook) { request in
            guard request.headers["X-API-Key"] == "good" else {
                throw Problem(status: .badRequest, code: "INVALID_SIGNATURE", detail: "no")
            }
            return .text("stored")
        }
        #expect(try await stand.statuses(20, "/hook", key: "bad").allSatisfy { $0 == 400 })
        #expect(try await stand.statuses(6, "/hook", key: "good") == [200, 200, 200, 200, 200, 503])
        #expect(try await stand.call("/hook", key: "good").headers["Retry-After"] == "1")
    }

    @Test func `SEC-005 several nodes without a common count share the figure`() async throws {
        var settings = RateLimitSettings()
        settings.nodes = 3
        var stand = Stand(settings)
        stand.addKnown("/a", .backupOperations)
        #expect(try await stand.statuses(5, "/a", key: "key-1") == [200, 200, 200, 200, 429])
    }

    @Test func `SEC-016 ten streams of events a minute`() async throws {
        var stand = Stand()
        stand.addKnown("/v1/operations/{operation_id}/stream", .eventStreams)
        let statuses = try await stand.statuses(11, "/v1/operations/1/stream", key: "key-1")
        #expect(statuses == Array(repeating: 200, count: 10) + [429])
    }

    @Test func `SEC-018 limits cannot be off in production`() async throws {
        #expect(throws: RateLimitsCannotBeOff.self) { try RateLimitSettings(isEnabled: false, isProduction: true) }
        var stand = Stand(try RateLimitSettings(isEnabled: false, isProduction: false))
        stand.add("/a", .backupOperations)
        #expect(try await stand.statuses(30, "/a").allSatisfy { $0 == 200 })
        _ = try RateLimitSettings(isEnabled: true, isProduction: true)
    }

    @Test func `a change that was made is not made to look undone`() async throws {
        var stand = Stand()
        stand.add("/a", .backupOperations, method: .post)
        for _ in 0..<5 { #expect(try await stand.call("/a", key: "anything", method: .post).status == .ok) }
    }
}
