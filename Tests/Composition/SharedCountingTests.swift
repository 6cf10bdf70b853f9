import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Counts in Redis, as they are composed.
@Suite struct SharedCountingTests {
    @Test func `SEC-005 SEC-006 without Redis a node goes on with its part of each figure, and the switch is an entry about the node`()
        async throws
    {
        try await TestRedis.withServer(password: "count-me") { redis in
            let settings = ["TRELLIS_RATE_LIMIT_ENABLED": "true", "TRELLIS_REDIS_URL": redis.url, "TRELLIS_API_NODES": "2"]
            try await ComposedAPI.withAPI(settings, recordsStart: true) { api in
                let ada = try await api.register("Ada")
                #expect(try await api.call(.get, "/v1/user", token: ada.token).status == 200)
                await redis.stop()
                // Whoever finds it out is served all the same.
                let alone = try await api.call(.get, "/v1/user", token: ada.token)
                #expect(alone.status == 200 && alone.headers["X-RateLimit-Limit"] == "15", "half of 30")
                var entries: [Row] = []
                // It is written beside the request; a minute is far more than it takes.
                let end = ContinuousClock.now + .seconds(60)
                while entries.isEmpty, ContinuousClock.now < end {
                    entries = try await api.database.adminClient.query(
                        """
                        SELECT ref_node, data->>'shared' AS shared FROM audit.entry WHERE type = 'request_counting_switched' ORDER BY occurred_at, id LIMIT 1
                        """)
                }
                #expect(try entries.first?.decode("shared", as: String.self) == "false")
            }
        }
    }
}
