import Core
import HTTPServer
import PlatformTesting
import Postgres
import RateLimits
import RateLimitsPostgres
import Testing

@Suite struct StrictBucketTests {
    private let start = Instant(secondsSinceEpoch: 1_800_000_000)
    private let caller = Caller(network: "203.0.113.7")

    private func withBuckets(_ body: (TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.withDatabase(migrations: [RateLimitsMigrations.all], body)
    }

    @Test func `SEC-004 of 500 tries at once on a limit of 100 exactly 100 pass in PostgreSQL`() async throws {
        try await withBuckets { database in
            let nodes = [PostgresStrictBuckets(client: database.client), PostgresStrictBuckets(client: database.systemClient)]
            let passed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<500 {
                    group.addTask { try await nodes[number % 2].take("login", caller, RateLimit(100), at: start).isAdmitted }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(passed == 100)
        }
    }

    @Test func `SEC-005 a restart or a second node gives no new tries`() async throws {
        try await withBuckets { database in
            let clock = SteppedDateSource(startingAt: start)
            func node() -> Stand {
                var stand = Stand(strict: PostgresStrictBuckets(client: database.client), clock: clock)
                stand.add("/v1/auth/login", .login, method: .post)
                stand.add("/v1/auth/password/forgot", .auth, method: .post)
                stand.add("/v1/auth/password/reset", .auth, method: .post)
                return stand
            }
            let first = node()
            for _ in 0..<3 { #expect(try await first.call("/v1/auth/login", method: .post).status == .ok) }
            let second = node()
            for _ in 0..<2 { #expect(try await second.call("/v1/auth/login", method: .post).status == .ok) }
            let refused = try await node().call("/v1/auth/login", method: .post)
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers["Retry-After"] == "300")
            #expect(refused.headers["X-RateLimit-Category"] == "login")
            // Each way to sign in has its own count, and each network.
            for _ in 0..<10 { #expect(try await second.call("/v1/auth/password/forgot", method: .post).status == .ok) }
            #expect(try await second.call("/v1/auth/password/forgot", method: .post).status == .tooManyRequests)
            #expect(try await second.call("/v1/auth/password/reset", method: .post).status == .ok)
            #expect(try await second.call("/v1/auth/login", from: "203.0.113.8", method: .post).status == .ok)
            clock.advance(by: .seconds(300))
            #expect(try await first.call("/v1/auth/login", method: .post).status == .ok)
        }
    }

    @Test func `SEC-006 when the database is lost there is no free try, and other routes go on`() async throws {
        try await withBuckets { database in
            var stand = Stand(strict: PostgresStrictBuckets(client: database.client))
            stand.add("/v1/auth/login", .login, method: .post)
            stand.add("/v1/offering", .publicAPI)
            await database.client.close()
            let answer = try await stand.call("/v1/auth/login", method: .post)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.text.contains("DATABASE_ERROR"))
            #expect(answer.headers["Retry-After"] == "1")
            #expect(try await stand.call("/v1/offering").status == .ok)
        }
    }

    @Test func `SEC-003 a clock that goes back frees nothing, and each place becomes free when its time is over`() async throws {
        try await withBuckets { database in
            let buckets = PostgresStrictBuckets(client: database.client)
            let rate = RateLimit(2, per: .seconds(300))
            #expect(try await buckets.take("login", caller, rate, at: start).isAdmitted)
            let second = try await buckets.take("login", caller, rate, at: start + .seconds(100))
            #expect(second.isAdmitted && second.remaining == 0)
            #expect(try await !buckets.take("login", caller, rate, at: start + .seconds(-1_000)).isAdmitted)
            let refused = try await buckets.take("login", caller, rate, at: start + .seconds(299))
            #expect(!refused.isAdmitted)
            #expect(refused.resetsAt == start + .seconds(300))
            #expect(try await buckets.take("login", caller, rate, at: start + .seconds(300)).isAdmitted)
            #expect(try await !buckets.take("login", caller, rate, at: start + .seconds(399)).isAdmitted)
        }
    }

    @Test func `counts that are over are removed, others stay`() async throws {
        try await withBuckets { database in
            let buckets = PostgresStrictBuckets(client: database.client)
            _ = try await buckets.take("login", caller, RateLimit(5, per: .seconds(300)), at: start)
            _ = try await buckets.take("register", caller, RateLimit(3, per: .seconds(3_600)), at: start)
            #expect(try await buckets.removeExpired(at: start + .seconds(301)) == 1)
            #expect(try await buckets.removeExpired(at: start + .seconds(301)) == 0)
        }
    }
}
