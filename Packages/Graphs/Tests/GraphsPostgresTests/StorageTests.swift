import Audit
import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct StorageTests {
    private func sample(_ deployment: Deployment) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(SampleStorage(), .standard) }
        try await deployment.worker.drain()
    }

    private func rows(_ deployment: Deployment) async throws -> [(dueAt: Instant, bytes: Int64)] {
        try await deployment.database.adminClient.query("SELECT due_at, bytes FROM graphs.storage_measure ORDER BY due_at").map {
            (try $0.decode("due_at"), try $0.decode("bytes"))
        }
    }

    @Test func `GRA-093 a graph has a row for each hour, however often it is sampled, and none for a host that is away`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await sample(deployment)
            let first = try await rows(deployment)
            #expect(first.map(\.dueAt) == [start])
            let facts = try #require(try await deployment.services.graphs.facts(of: deployment.graph(id)))
            #expect(abs(first[0].bytes - facts.bytes) < 1 << 20)
            for _ in 0..<3 {
                deployment.clock.advance(by: .minutes(5))
                try await sample(deployment)
            }
            #expect(try await rows(deployment).count == 1)
            // The last five minutes of the hour after, in which every graph's own minute has passed.
            deployment.clock.advance(by: .minutes(101))
            deployment.engine.fail(.before("measure"))
            try await sample(deployment)
            #expect(try await rows(deployment).count == 1)
            try await sample(deployment)
            #expect(try await rows(deployment).map(\.dueAt) == [start, start + .hours(1)])
            #expect(try await rows(deployment).allSatisfy { $0.bytes > 0 })
            let shown = try await deployment.database.systemClient.query("SELECT storage_bytes FROM orgs.org_graph", scope: .system)
            let newest = try await rows(deployment).last?.bytes
            #expect(try shown.first?.decode("storage_bytes", as: Int64?.self) == newest)
        }
    }

    @Test func `GRA-093 OPS-139 rows go after a year once their day has its sums, which stay`() async throws {
        try await Deployment.with { deployment in
            _ = try await deployment.activeGraph()
            try await sample(deployment)
            deployment.clock.advance(by: .minutes(116))
            try await sample(deployment)
            let bytes = try await rows(deployment).map(\.bytes)
            deployment.clock.advance(to: start + .days(365))
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(ForgetMeasures(), .standard) }
            try await deployment.worker.drain()
            #expect(try await rows(deployment).count == 2)
            deployment.clock.advance(by: .minutes(61))
            try await deployment.database.adminClient.execute("UPDATE graphs.storage_day SET day = day + 1")
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(ForgetMeasures(), .standard) }
            try await deployment.worker.drain()
            #expect(try await rows(deployment).count == 2)
            try await deployment.database.adminClient.execute("UPDATE graphs.storage_day SET day = day - 1")
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(ForgetMeasures(), .standard) }
            try await deployment.worker.drain()
            #expect(try await rows(deployment).isEmpty)
            let day = try #require(
                try await deployment.database.adminClient.query(
                    "SELECT measures, byte_sum::bigint AS total, byte_maximum FROM graphs.storage_day"
                ).first)
            #expect(try day.decode("measures", as: Int64.self) == 2)
            #expect(try day.decode("total", as: Int64.self) == bytes.reduce(0, +))
            #expect(try day.decode("byte_maximum", as: Int64.self) == bytes.max())
        }
    }

    @Test func `GRA-093 a threshold that is crossed is worth a row at once, upwards and downwards`() {
        let now = start + .minutes(20)
        func decide(_ bytes: Int64, _ before: Int64?, last: Instant? = start) -> SampleDecision {
            SampleDecision.decide(bytes: bytes, before: before, last: last, minute: 0, cap: 1_000, now: now)
        }
        #expect(decide(10, nil, last: nil) == .row(start))
        #expect(decide(10, 9, last: start - .seconds(1)) == .row(start))
        #expect(decide(10, 9) == .sample)
        #expect(decide(800, 799) == .sample)
        #expect(decide(801, 800) == .row(now))
        #expect(decide(1_000, 900) == .sample)
        #expect(decide(1_001, 900) == .row(now))
        #expect(decide(500, 1_001) == .row(now))
        #expect(decide(1_200, 700) == .row(now))
    }

    @Test
    func
        `GRA-113 once a week every graph in use is counted, a counter that differs is set right, and one host that is away keeps no other`()
        async throws
    {
        let cron = try #require(CompareCounts.schedule).cron
        let first = try #require(cron.next(after: start))
        #expect(cron.next(after: first) == first + .days(7))
        try await Deployment.with { deployment in
            let ids = [try await deployment.activeGraph(), try await deployment.activeGraph()]
            for id in ids {
                try await deployment.administering(id) { client in
                    _ = try await client.execute("UPDATE graph.counter SET count = count + 7")
                }
            }
            deployment.engine.fail(.before("recount"))
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(CompareCounts(), .standard) }
            try await deployment.worker.drain()
            let firstRun = try await counted(ids, in: deployment)
            #expect(firstRun.filter { $0 == ["Entity": 1] }.count == 1)
            // The host that was away is asked again.
            try await deployment.advance(.minutes(10))
            #expect(try await counted(ids, in: deployment) == [["Entity": 1], ["Entity": 1]])
        }
    }

    private func counted(_ ids: [GraphID], in deployment: Deployment) async throws -> [[String: Int64]] {
        var counts: [[String: Int64]] = []
        for id in ids {
            let graph = try await deployment.graph(id)
            counts.append(try #require(try await deployment.services.graphs.facts(of: graph)).nodes)
        }
        return counts
    }
}
