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
import PlatformTesting
import Postgres
import Testing

@testable import GraphEngines

/// What becomes of a deployment whose hosts lack something, or are full.
@Suite struct EngineLackTests {
    @Test
    func `GRA-121 what needs something that the engine lacks is refused as such before anything is begun, and the graph says what that is`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let graph = try await deployment.graph(id)
            let services = deployment.services
            #expect(try await services.graphs.missingCapabilities(of: graph).isEmpty)
            deployment.engine.lose(Set(EngineCapability.allCases))
            #expect(try await services.graphs.missingCapabilities(of: graph) == EngineCapability.allCases)
            await #expect(throws: GraphError.engineUnsupported(.logins)) {
                _ = try await services.credentials.issue(
                    on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller)
            }
            await #expect(throws: GraphError.engineUnsupported(.compaction)) {
                _ = try await services.graphs.compact(id, key: nil, as: deployment.caller)
            }
            _ = try await services.backups.request(
                BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
                as: deployment.caller)
            try await deployment.worker.drain()
            let backup = try #require(try await deployment.store.backups(of: id).first)
            await #expect(throws: GraphError.engineUnsupported(.restore)) {
                _ = try await services.backups.restore(backup.id, of: id, confirmation: id.description, key: nil, as: deployment.caller)
            }
            let fork = SubgraphWish(
                name: "copy", displayName: "Copy", description: nil, extensions: nil, kind: nil, metadata: nil, forksParent: true)
            await #expect(throws: GraphError.engineUnsupported(.restore)) {
                _ = try await services.subgraphs.create(fork, under: id, key: nil, as: deployment.caller)
            }
            #expect(try await deployment.store.credentials(of: id).isEmpty)
            // A drill of what no engine loads reads it back whole: it finds what is there, and finds out what is not.
            func drill() async throws -> Int {
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(OrderDrills(), .standard) }
                try await deployment.worker.drain()
                return try await deployment.audit("backup_drill_failed")
            }
            #expect(try await drill() == 0)
            try await deployment.archives.remove(try #require(backup.archive))
            deployment.clock.advance(by: .days(1))
            #expect(try await drill() == 1)
        }
    }

    @Test func `GRA-120 a host that says it is full is left for another during the creation, and its slot is free again`() async throws {
        try await Deployment.with { deployment in
            try await deployment.store.register(
                [NewGraphHost(name: "spare", tiers: [.standard], slots: 5)], at: start)
            try await deployment.database.keepHostsHealthy()
            // Whichever of the two is fitter is left for the other.
            deployment.engine.fail(.full("database"))
            let id = try await deployment.activeGraph()
            let rows = try await deployment.database.adminClient.query(
                """
                SELECT h.name, count(*) FILTER (WHERE s.state <> 'free') AS taken, count(*) FILTER (WHERE s.graph_id = \(id.description)) AS ours
                FROM graphs.host_slot s JOIN graphs.graph_host h ON h.id = s.host_id GROUP BY h.name ORDER BY h.name
                """
            ).map {
                (try $0.decode("name", as: String.self), try $0.decode("taken", as: Int64.self), try $0.decode("ours", as: Int64.self))
            }
            #expect(rows.map(\.1).reduce(0, +) == 1 && rows.map(\.2).reduce(0, +) == 1)
            let place = try #require(rows.first { $0.2 == 1 }?.0)
            let graph = try await deployment.graph(id)
            let host = try #require(graph.host)
            #expect(try await deployment.store.host(host)?.name == place)
            // With nowhere to go it stays where it is and tries again.
            _ = try await deployment.database.adminClient.execute("UPDATE graphs.graph_host SET state = 'draining' WHERE name <> \(place)")
            deployment.engine.fail(.full("database"))
            let second = try await deployment.create(name: "Second").operation
            try await deployment.worker.drain()
            #expect(try await deployment.operation(second.id).status != .failed)
            try await deployment.advance(.minutes(1))
            let other = try #require(second.graph.flatMap { GraphID($0) })
            #expect(try await deployment.graph(other).status == .active)
        }
    }
}
