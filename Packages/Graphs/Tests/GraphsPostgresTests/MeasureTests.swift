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

/// What is measured of hosts and graphs. The clock stands at `start`, 10:00, and is moved by the tests.
@Suite struct MeasureTests {
    private func sample(_ deployment: Deployment) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(SampleStorage(), .standard) }
        try await deployment.worker.drain()
    }

    @Test func `OPS-120 a graph's row is due at its own minute of the hour, and an hour without a sample since then has none`() throws {
        let ids = try ["0000000000000000003a", "00000000000000000000", "0000000000000000003c", "00000000000000000017"].map {
            try #require(GraphID("kg" + $0))
        }
        #expect(ids.map(\.minuteOfRow) == [58, 0, 0, 23])
        #expect(GraphID("kg00000000000000000100")?.minuteOfRow == 256 % 60)
        func decide(_ minute: Int, _ now: Instant, last: Instant?) -> SampleDecision {
            SampleDecision.decide(bytes: 1, before: 1, last: last, minute: minute, cap: 1_000, now: now)
        }
        // The sample into whose five minutes it falls takes the row, so that each of the sixty has one.
        #expect(decide(58, start + .minutes(54), last: start - .hours(1)) == .sample)
        #expect(decide(58, start + .minutes(55), last: start - .hours(1)) == .row(start))
        #expect(decide(23, start + .minutes(20), last: start - .hours(1)) == .row(start))
        #expect(decide(23, start + .minutes(50), last: start - .hours(1)) == .row(start))
        #expect(decide(23, start + .minutes(50), last: start) == .sample)
        // Down from 10:05 to 12:10: the hour of 11 is nobody's, and that of 12 is due at 12:23.
        #expect(decide(23, start + .minutes(130), last: start) == .sample)
        #expect(decide(23, start + .minutes(140), last: start) == .row(start + .hours(2)))
        #expect(decide(23, start, last: nil) == .row(start))
    }

    @Test func `OPS-120 a host has one sample for each five minutes, and none while it is away`() async throws {
        let cron = try #require(SampleStorage.schedule).cron
        let first = try #require(cron.next(after: start))
        #expect(first == start + .minutes(5) && cron.next(after: first) == start + .minutes(10))
        #expect(SampleStorage.lane == .maintenance)
        try await Deployment.with { deployment in
            _ = try await deployment.activeGraph()
            deployment.engine.pretend(1_000)
            func samples() async throws -> [(slot: Instant, graphs: Int32, bytes: Int64)] {
                try await deployment.database.adminClient.query("SELECT slot, graphs, bytes FROM graphs.host_sample ORDER BY slot").map {
                    (try $0.decode("slot"), try $0.decode("graphs"), try $0.decode("bytes"))
                }
            }
            for minutes in [0, 4] {
                deployment.clock.advance(by: .minutes(minutes))
                try await sample(deployment)
            }
            deployment.clock.advance(by: .minutes(2))
            deployment.engine.fail(.before("measure"))
            try await sample(deployment)
            deployment.clock.advance(by: .minutes(5))
            try await sample(deployment)
            let all = try await samples()
            #expect(all.map(\.slot) == [start, start + .minutes(10)])
            #expect(all.allSatisfy { $0.graphs == 1 && $0.bytes == 1_000 })
            // They go with the rows of graphs.
            deployment.clock.advance(to: start + .days(365) + .minutes(1))
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(ForgetMeasures(), .standard) }
            try await deployment.worker.drain()
            #expect(try await samples().map(\.slot) == [start + .minutes(10)])
        }
    }

    @Test func `GRA-027 what tenants do within 24 hours is counted by the engine itself, failures too`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await sample(deployment)
            let login = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
            ).login
            func activity() async throws -> GraphActivity {
                let graph = try await deployment.graph(id)
                return try await deployment.services.graphs.activity(of: graph, upTo: deployment.services.graphs.reading(of: graph))
            }
            let before = try await activity()
            try await deployment.connected(as: login) { client in
                for _ in 0..<5 { _ = try await client.query("SELECT count(*) FROM graph.node") }
                for _ in 0..<2 { _ = try? await client.query("SELECT 1 / 0") }
                // What this session did is counted before its answer comes (manual 28.2.27).
                _ = try await client.query("SELECT pg_stat_force_next_flush()")
            }
            let after = try await activity()
            #expect(after.statements - before.statements >= 7)
            #expect(after.failed - before.failed >= 2)
            #expect(after.failedPercent > 0 && after.failedPercent < 100 && after.meanMilliseconds >= 0)
            // A day later the first row is no longer among them: without another one nothing is known to have been done.
            deployment.clock.advance(by: .hours(24) + .seconds(1))
            #expect(try await activity() == GraphActivity(between: []))
            try await sample(deployment)
            deployment.engine.fail(.before("facts"))
            #expect(try await activity() == GraphActivity(between: []))
        }
    }
}
