import Core
import HTTPServer
import PlatformTesting
import Postgres
import RateLimits
import RateLimitsPostgres
import Testing

/// Other figures for single callers for a time.
@Suite struct OverrideTests {
    private let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
    private let key = Caller(.apiKey, high: 0, low: 1)

    private func stand(_ overrides: RateLimitOverrides, strict: (any StrictBuckets)? = nil) -> Stand {
        var stand = Stand(clock: clock)
        stand.router = Router(dateSource: clock)
        stand.router.use(RateLimiting(RateLimitSettings(), strict: strict, dateSource: clock, overrides: overrides))
        return stand
    }

    @Test func `SEC-017 a figure that is raised holds for that caller and category alone, is shown, and ends with its time`() async throws {
        let overrides = RateLimitOverrides()
        var stand = stand(overrides)
        stand.addKnown("/a", .backupOperations)
        stand.addKnown("/b", .passkeyManagement)
        overrides.replace(by: [RateLimitOverride(caller: key, category: "backup_ops", limit: 25, until: clock.now + .seconds(90))])
        let first = try await stand.call("/a", key: "key-1")
        #expect(first.headers["X-RateLimit-Limit"] == "25" && first.headers["X-RateLimit-Remaining"] == "24")
        #expect(first.headers["RateLimit-Policy"] == "\"backup_ops\";q=25;w=60")
        #expect(try await stand.statuses(25, "/a", key: "key-1") == Array(repeating: 200, count: 24) + [429])
        #expect(try await stand.statuses(11, "/a", key: "key-2") == Array(repeating: 200, count: 10) + [429])
        #expect(try await stand.call("/b", key: "key-1").headers["X-RateLimit-Limit"] == "60")
        // The usual figure again, in the very moment.
        clock.advance(by: .seconds(90))
        #expect(try await stand.call("/a", key: "key-1").headers["X-RateLimit-Limit"] == "10")
        #expect(try await stand.statuses(10, "/a", key: "key-1") == Array(repeating: 200, count: 9) + [429])
    }

    @Test func `SEC-017 a limit that is lifted lets a caller through for a time, and one that is lowered holds as well`() async throws {
        let overrides = RateLimitOverrides()
        var stand = stand(overrides)
        stand.addKnown("/a", .backupOperations)
        #expect(try await stand.statuses(11, "/a", key: "key-1").last == 429)
        overrides.replace(by: [RateLimitOverride(caller: key, category: nil, limit: nil, until: clock.now + .seconds(60))])
        #expect(try await stand.statuses(600, "/a", key: "key-1") == Array(repeating: 200, count: 600))
        overrides.replace(by: [RateLimitOverride(caller: key, category: "backup_ops", limit: 1, until: clock.now + .days(1))])
        clock.advance(by: .seconds(120))
        #expect(try await stand.statuses(2, "/a", key: "key-1") == [200, 429])
        overrides.replace(by: [])
        #expect(try await stand.statuses(2, "/a", key: "key-1") == [200, 200])
    }

    @Test func `SEC-017 overrides are kept for all nodes, give strict counts back, are cleared, and are not read after their end`()
        async throws
    {
        try await TestDatabase.withDatabase(migrations: [RateLimitsMigrations.all]) { database in
            let store = PostgresRateLimitOverrides(client: database.client)
            let strict = PostgresStrictBuckets(client: database.client)
            let network = Caller(network: "203.0.113.7")
            let rate = RateLimit(1, per: .seconds(300))
            for bucket in ["login /v1/auth/login", "register /v1/auth/register"] {
                #expect(try await strict.take(bucket, network, rate, at: clock.now).isAdmitted)
                #expect(try await !strict.take(bucket, network, rate, at: clock.now).isAdmitted)
            }
            let wish = RateLimitOverride(caller: network, category: "login", limit: 50, until: clock.now + .hours(1))
            try await store.set(wish, at: clock.now)
            #expect(try await strict.take("login /v1/auth/login", network, rate, at: clock.now).isAdmitted)
            #expect(try await !strict.take("register /v1/auth/register", network, rate, at: clock.now).isAdmitted)
            // In place of the one before.
            let later = RateLimitOverride(caller: network, category: "login", limit: nil, until: clock.now + .hours(2))
            let other = RateLimitOverride(caller: key, category: nil, limit: 7, until: clock.now + .hours(1))
            for override in [later, other] { try await store.set(override, at: clock.now) }
            #expect(try await Set(store.overrides(at: clock.now)) == [later, other])
            #expect(try await store.overrides(at: clock.now + .hours(1)) == [later])
            #expect(try await store.clear(network) == 1)
            #expect(try await store.overrides(at: clock.now) == [other])
            await #expect(throws: PostgresError.self) {
                try await store.set(RateLimitOverride(caller: key, category: nil, limit: 7, until: clock.now + .days(8)), at: clock.now)
            }
        }
    }
}
