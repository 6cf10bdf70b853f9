import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// The limits as they are composed: who is counted, what a refusal says, and what holds when counting is not possible.
@Suite struct RateLimitClassesTests {
    private static let limited = ["TRELLIS_RATE_LIMIT_ENABLED": "true"]

    private func untilRefused(
        _ api: ComposedAPI, atMost limit: Int, _ call: (Int) async throws -> ComposedAPI.Answer
    ) async throws -> (passed: Int, refusal: ComposedAPI.Answer?) {
        for number in 0..<limit {
            let answer = try await call(number)
            let headers = answer.headers
            for name in ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"] {
                #expect(headers[name].flatMap { Int($0) } != nil, "call \(number) has no \(name)")
            }
            guard answer.status == 429 else { continue }
            return (number, answer)
        }
        return (limit, nil)
    }

    private func check(_ refusal: ComposedAPI.Answer?) throws {
        let refusal = try #require(refusal)
        #expect(refusal.body["code"] == "RATE_LIMIT_EXCEEDED", "\(refusal.body)")
        #expect((refusal.headers["Retry-After"].flatMap { Int($0) } ?? 0) >= 1)
        #expect(refusal.headers["X-RateLimit-Remaining"] == "0")
    }

    @Test func `ID-155 whoever shows an unchecked claim is the network, however many claims there are, and a good token is the person`()
        async throws
    {
        try await ComposedAPI.withAPI(Self.limited) { api in
            let ada = try await api.register("Ada", from: "198.51.100.1")
            let address = "203.0.113.9"
            // Each call claims to be somebody else: the bucket stays that of the network.
            let forged = try await untilRefused(api, atMost: 400) { number in
                try await api.call(.get, "/v1/user", token: "\(ada.token)x\(number)", from: address)
            }
            try check(forged.refusal)
            #expect(forged.passed < 400)
            let keyed = try await api.send(
                .get, "/v1/user", headers: ["X-API-Key": "rfs\(String(repeating: "a", count: 64))"], content: [], from: address)
            #expect(keyed.status == 429)
            // The person from the same network has a bucket of its own.
            let own = try await api.call(.get, "/v1/user", token: ada.token, from: address)
            #expect(own.status == 200, "\(own.body)")
            // And another network is another caller.
            #expect(try await api.call(.get, "/v1/user", token: "\(ada.token)x", from: "203.0.114.9").status == 401)
        }
    }

    @Test func `ID-155 a class that is spent is 429 with when to come back, on its own and not on others`() async throws {
        try await ComposedAPI.withAPI(Self.limited) { api in
            let address = "203.0.113.77"
            let spent = try await untilRefused(api, atMost: 50) { number in
                try await api.call(
                    .post, "/v1/auth/register", body: ["name": "A", "email": .string("a\(number)@example.com"), "password": "short"],
                    from: address)
            }
            try check(spent.refusal)
            #expect(try await api.call(.get, "/v1/auth/password/policy", from: address).status == 200)
            let other = try await api.call(
                .post, "/v1/auth/register", body: ["name": "A", "email": "b@example.com", "password": "short"], from: "198.51.100.77")
            #expect(other.status != 429)
        }
    }

    @Test func `ID-155 when nothing can be counted signing in fails closed, and reading goes on`() async throws {
        try await ComposedAPI.withAPI(Self.limited) { api in
            let ada = try await api.register("Ada", from: "198.51.100.1")
            try await api.database.adminClient.execute("ALTER TABLE limits.strict_bucket RENAME TO strict_bucket_gone")
            for (path, body) in [
                ("/v1/auth/login", ["email": "ada@example.com", "password": "Correct-Horse-42-Battery"]),
                ("/v1/auth/register", ["name": "Eve", "email": "eve@example.com", "password": "Correct-Horse-42-Battery"]),
            ] as [(String, JSONValue)] {
                let answer = try await api.call(.post, path, body: body, from: "198.51.100.2")
                #expect(answer.status == 503, "\(path): \(answer.status) \(answer.body)")
            }
            #expect(try await api.call(.get, "/v1/user", token: ada.token, from: "198.51.100.2").status == 200)
        }
    }

    @Test func `SEC-108 figures name routes and kinds, and never a person, an org or what a caller made up`() async throws {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Zanzibara")
            for path in [
                "/v1/orgs/\(ada.org)", "/v1/orgs/\(ada.org)/members/\(ada.user)", "/v1/made-up-Zanzibar", "/v1/user", "/v1/graphs",
            ] {
                _ = try await api.call(.get, path, token: ada.token)
                _ = try await api.call(.get, path, token: "Zanzibar-token")
            }
            _ = try await api.call(.post, "/v1/auth/login", body: ["email": "zanzibara@example.com", "password": "wrong-Zanzibar-9"])
            let request = try #require(Request(method: .get, target: "/metrics", id: RequestID.make(at: .systemNow())))
            guard case .bytes(let bytes) = await api.router.respond(to: request).body else {
                Issue.record("there are no figures")
                return
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("trellis_"))
            #expect(!text.lowercased().contains("zanzibar") && !text.contains("@"))
            #expect(!text.contains("198.51") && !text.contains("127.0.0.1"))
            #expect(text.firstMatch(of: /[a-z]{2,8}_[0-9A-HJKMNP-TV-Z]{26}/) == nil)
            #expect(
                text.firstMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/) == nil && !text.contains(ada.user) && !text.contains(ada.org))
        }
    }
}
