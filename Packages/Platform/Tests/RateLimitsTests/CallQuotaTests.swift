import Core
import HTTPServer
import RateLimits
import Testing

/// What a person bought of calls of one kind: per minute, hour and day.
@Suite struct CallQuotaTests {
    /// A route that counts for the person in the key, at the thing in the path: `/v1/graphs/sec/query`.
    private func stand(_ limits: [CallQuota.Window: Int]) -> Stand {
        var stand = Stand()
        stand.add("/v1/graphs/{graph_id}/{kind}", .backupOperations) { request in
            let number = request.headers["X-API-Key"].flatMap { UInt64($0.dropFirst(4)) } ?? 0
            let person = Caller(.user, high: 0, low: number)
            try await request.gate?.admit(Caller(.apiKey, high: 0, low: number), of: person, actingFor: nil)
            let category = RouteCategory("repository_\(request.pathParameters["kind"] ?? "")")
            try await request.gate?.admit(CallQuota(category, at: request.pathParameters["graph_id"] ?? "", limits), of: person)
            return .text("known")
        }
        return stand
    }

    @Test func `GRA-091 each window is kept for itself, a full one is named, and its place comes back when the window has passed`()
        async throws
    {
        let stand = stand([.minute: 2, .hour: 3, .day: 4])
        func refusal() async throws -> (text: String, policy: String?, after: Int?) {
            let answer = try await stand.call("/v1/graphs/sec/query", key: "key-1")
            #expect(answer.status.rawValue == 429 && answer.text.contains("RATE_LIMIT_EXCEEDED"), "\(answer.text)")
            #expect(answer.headers["X-RateLimit-Category"] == "repository_query" && answer.headers["X-RateLimit-Remaining"] == "0")
            return (answer.text, answer.headers["RateLimit-Policy"], answer.headers["Retry-After"].flatMap { Int($0) })
        }
        func passes() async throws -> Bool {
            try await stand.call("/v1/graphs/sec/query", key: "key-1").status.rawValue == 200
        }
        let first = try await stand.call("/v1/graphs/sec/query", key: "key-1")
        #expect(first.headers["X-RateLimit-Limit"] == "2" && first.headers["X-RateLimit-Remaining"] == "1")
        #expect(try await passes())
        let byMinute = try await refusal()
        #expect(byMinute.text.contains("At most 2 requests") && byMinute.text.contains("in any minute"), "\(byMinute.text)")
        #expect(byMinute.policy == "\"repository_query\";q=2;w=60" && (1...61).contains(byMinute.after ?? 0))
        stand.clock.advance(by: .seconds(62))
        #expect(try await passes())
        stand.clock.advance(by: .seconds(62))
        let byHour = try await refusal()
        #expect(byHour.text.contains("in any hour") && byHour.policy == "\"repository_query\";q=3;w=3600", "\(byHour.text)")
        stand.clock.advance(by: .seconds(3_720))
        #expect(try await passes())
        stand.clock.advance(by: .seconds(3_720))
        let byDay = try await refusal()
        #expect(byDay.text.contains("in any day") && byDay.policy == "\"repository_query\";q=4;w=86400", "\(byDay.text)")
        stand.clock.advance(by: .seconds(90_000))
        #expect(try await passes())
        #expect(stand.told.all.count == 3 && stand.told.all.allSatisfy { $0.caller == Caller(.user, high: 0, low: 1) })
    }

    @Test func `GRA-091 persons, things and kinds have counts of their own, and what is refused takes no place of the caller's`()
        async throws
    {
        let stand = stand([.minute: 1])
        #expect(try await stand.statuses(2, "/v1/graphs/sec/query", key: "key-1") == [200, 429])
        #expect(try await stand.statuses(2, "/v1/graphs/sec/search", key: "key-1") == [200, 429])
        #expect(try await stand.statuses(2, "/v1/graphs/industry/query", key: "key-1") == [200, 429])
        #expect(try await stand.statuses(2, "/v1/graphs/sec/query", key: "key-2") == [200, 429])
        // Ten a minute are the caller's own: of all that was refused nothing is among them.
        #expect(try await stand.statuses(20, "/v1/graphs/sec/query", key: "key-1").allSatisfy { $0 == 429 })
        let other = try await stand.call("/v1/graphs/other/query", key: "key-1")
        #expect(other.status.rawValue == 200, "\(other.text)")
    }
}
