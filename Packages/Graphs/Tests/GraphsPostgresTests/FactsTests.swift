import Core
import Graphs
import GraphsPostgres
import Identity
import Operations
import Orgs
import PlatformTesting
import Postgres
import Testing

@Suite struct FactsTests {
    @Test func `GRA-026 an engine that cannot be reached or is slow leaves the facts it gave last, with their time, and no zeros`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let graphs = deployment.services.graphs
            // Nothing was ever asked: nothing is known, and nothing is made up.
            deployment.engine.fail(.before("facts"))
            #expect(try await graphs.reading(of: deployment.graph(id)) == nil)
            let (_, login) = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller)
            try await deployment.connected(as: login) { client in
                _ = try await client.execute("INSERT INTO node (label) SELECT 'Invoice' FROM generate_series(1, 7)")
            }
            let first = try #require(try await graphs.reading(of: deployment.graph(id)))
            #expect(first.isLive && first.measuredAt == start && first.facts.nodes["Invoice"] == 7 && first.facts.bytes > 0)

            deployment.clock.advance(by: .hours(3))
            deployment.engine.fail(.before("facts"))
            let stopped = try #require(try await graphs.reading(of: deployment.graph(id)))
            #expect(!stopped.isLive && stopped.measuredAt == start && stopped.facts == first.facts)

            // Somebody holds the counters: the engine's answer does not come within its time.
            try await deployment.administering(id) { administrator in
                try await administrator.withTransaction(scope: .none) { transaction in
                    _ = try await transaction.execute("LOCK TABLE graph.counter IN ACCESS EXCLUSIVE MODE")
                    deployment.engine.hurry()
                    let began = ContinuousClock.now
                    // The reader has no part in this transaction, which a task of its own says (OPS-077).
                    let slow = try #require(try await Task.detached { try await graphs.reading(of: deployment.graph(id)) }.value)
                    #expect(!slow.isLive && slow.facts == first.facts)
                    #expect(began.duration(to: .now) >= .seconds(4))
                }
            }
            deployment.engine.hurry(false)
            let again = try #require(try await graphs.reading(of: deployment.graph(id)))
            #expect(again.isLive && again.measuredAt == deployment.clock.now)
        }
    }
}
