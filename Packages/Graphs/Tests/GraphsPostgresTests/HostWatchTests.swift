import Billing
import Core
import GraphEngines
import Graphs
import GraphsPostgres
import Identity
import Observability
import Operations
import Orgs
import PlatformTesting
import Postgres
import Testing

@Suite struct HostWatchTests {
    private func watch(_ deployment: Deployment, _ engine: (any GraphEngine)? = nil) -> HostWatch<Deployment.Store> {
        HostWatch(store: deployment.store, engine: engine ?? deployment.engine, catalogue: .standard, log: .silent)
    }

    private func host(_ deployment: Deployment) async throws -> GraphHost {
        try #require(try await deployment.store.hosts().first)
    }

    private func probe(_ deployment: Deployment, succeeds: Bool) async throws -> GraphHost.State {
        if !succeeds { deployment.engine.fail(.before("probe")) }
        try await watch(deployment).probe(host(deployment), every: .zero)
        return try await host(deployment).state
    }

    @Test func `GRA-101 three failures in a row take a host offline, three successes bring it back, and flapping does neither`()
        async throws
    {
        try await Deployment.with { deployment in
            #expect(try await probe(deployment, succeeds: true) == .ready)
            for _ in 0..<4 {
                #expect(try await probe(deployment, succeeds: false) == .ready)
                #expect(try await probe(deployment, succeeds: false) == .ready)
                #expect(try await probe(deployment, succeeds: true) == .ready)
            }
            let id = try await deployment.activeGraph()
            for _ in 0..<2 { #expect(try await probe(deployment, succeeds: false) == .ready) }
            #expect(try await probe(deployment, succeeds: false) == .offline)
            // Nothing is placed there, nothing is moved away.
            #expect(try await deployment.services.graphs.capacity().allSatisfy { $0.freeSlots == 0 })
            await #expect(throws: GraphError.self) { try await deployment.create() }
            #expect(try await deployment.graph(id).host == host(deployment).id)
            let shown = try #require(try await deployment.services.graphs.reading(of: deployment.graph(id)))
            #expect(shown.isLive && !shown.isHostReady)
            for _ in 0..<4 {
                #expect(try await probe(deployment, succeeds: true) == .offline)
                #expect(try await probe(deployment, succeeds: true) == .offline)
                #expect(try await probe(deployment, succeeds: false) == .offline)
            }
            for _ in 0..<2 { #expect(try await probe(deployment, succeeds: true) == .offline) }
            #expect(try await probe(deployment, succeeds: true) == .ready)
            #expect(try await deployment.services.graphs.capacity().first?.freeSlots == 4)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `GRA-025 OPS-129 a host at whose address nothing listens is no room any more after three probes`()
        async throws
    {
        try await Deployment.with { deployment in
            let nobody = try #require(PostgresGraphHost("local=postgres://nobody@127.0.0.1:1/postgres"))
            let stopped = PostgresGraphEngine(
                hosts: [nobody], deployment: deployment.name, tools: try #require(PostgresTools.installed()),
                loops: deployment.database.loops, log: .silent)
            #expect(try await deployment.store.capacity().map(\.freeSlots) == [5, 5, 5])
            for _ in 0..<HostWatch<Deployment.Store>.threshold {
                try await watch(deployment, stopped).probe(host(deployment), every: .zero)
            }
            await stopped.close()
            #expect(try await deployment.store.capacity().isEmpty)
            // Three probes, thirty seconds apart, and the five seconds in which it is the next one's turn.
            let longest = HostWatch<Deployment.Store>.probeInterval * HostWatch<Deployment.Store>.threshold
            #expect(longest + HostWatch<Deployment.Store>.supervisionInterval <= .seconds(100))
        }
    }

    @Test func `OPS-129 of many who look after a host at once one probes it in an interval`() async throws {
        try await Deployment.with { deployment in
            let host = try await host(deployment)
            let asked = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { try await watch(deployment).probe(host, every: .seconds(30)) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(asked == 1)
            #expect(try await watch(deployment).probe(host, every: .seconds(30)) == false)
        }
    }

    @Test func `OPS-129 the watch of statements takes tiers and logins from the records, and leaves a quiet host alone`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let (credential, _) = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller)
            let tenants = try await deployment.store.tenants(on: host(deployment).id)
            #expect(tenants.map(\.graph) == [id] && tenants.first?.tier == .standard && tenants.first?.logins == [credential.role])
            _ = try await deployment.database.adminClient.execute("ALTER ROLE \(identifier: credential.role) SET statement_timeout = 0")
            #expect(try await watch(deployment).supervise(host(deployment)) == Supervision(cancelled: 0, ended: 0, reset: 1))
            #expect(try await watch(deployment).supervise(host(deployment)).isQuiet)
        }
    }

    @Test func `GRA-025 a tier has room only where a ready host was healthy lately, has a free slot and storage left`() async throws {
        try await TestDatabase.withGraphs { database in
            try await database.store.register(
                [NewGraphHost(name: "h", tiers: [.standard], slots: 2, storageBudget: 10_000)], at: start)
            func room() async throws -> Int { try await database.store.capacity().first?.freeSlots ?? 0 }
            let graph = try await database.activeGraph()
            #expect(try await room() == 1)
            /// How much room there is after a change of the host, which is taken back afterwards.
            func room(after change: Statement) async throws -> Int {
                try await database.adminClient.execute("UPDATE graphs.graph_host SET \(fragment: change)")
                let found = try await room()
                try await database.adminClient.execute(
                    "UPDATE graphs.graph_host SET state = 'ready', last_healthy_at = now(), storage_budget_bytes = 10000")
                return found
            }
            for state in ["draining", "offline", "retired"] {
                #expect(try await room(after: "state = \(state)") == 0, "\(state)")
                #expect(try await room() == 1)
            }
            #expect(try await room(after: "last_healthy_at = NULL") == 0)
            #expect(try await room(after: "last_healthy_at = now() - interval '101 seconds'") == 0)
            #expect(try await room() == 1)
            try await database.adminClient.execute(
                """
                INSERT INTO graphs.storage_sample (graph_id, org_id, bytes, sampled_at)
                VALUES (\(graph.id.description), \(graph.org), 9999, \(start))
                """)
            #expect(try await room() == 1)
            try await database.adminClient.execute("UPDATE graphs.storage_sample SET bytes = 10000")
            #expect(try await room() == 0)
            let held = try await database.transaction {
                try await $0.holdSlot(of: .standard, for: .make(at: start), org: otherOrg, until: start + .hours(1), now: start)
            }
            #expect(held == nil)
            #expect(try await room(after: "storage_budget_bytes = NULL") == 1)
        }
    }
}
