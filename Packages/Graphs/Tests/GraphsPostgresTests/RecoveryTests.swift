import Audit
import Core
import EventLoops
import GraphEngines
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Operations
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Two hosts: the one of all tests, and one of a test's own that burns down. The clock is the deployment's, moved by hand.
@Suite struct RecoveryTests {
    private func write(_ key: String, as login: IssuedLogin, on host: PostgresGraphHost, _ deployment: Deployment) async throws {
        try await deployment.connected(as: login, on: host) { client in
            _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Note', \(key))")
        }
    }

    private func login(_ id: GraphID, _ deployment: Deployment) async throws -> IssuedLogin {
        try await deployment.services.credentials.issue(
            on: id, access: .readWrite, label: "test", expiresAt: nil, as: deployment.caller
        ).login
    }

    private func run(_ deployment: Deployment, until isOver: () async throws -> Bool) async throws {
        for _ in 0..<60 {
            if try await isOver() { return }
            try await deployment.advance(.seconds(10))
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-102 the graphs of a host that is lost come back elsewhere as their newest backups held them, through every lost answer`()
        async throws
    {
        try await TestServer.withServer { server in
            let lost = try await server.graphHost("lost")
            try await Deployment.with(also: [lost]) { deployment in
                let database = deployment.database.adminClient
                try await deployment.store.register([NewGraphHost(name: "lost", tiers: [.standard], slots: 3)], at: start)
                try await deployment.database.keepHostsHealthy()
                try await database.execute("UPDATE graphs.graph_host SET state = 'draining' WHERE name = 'local'")
                let first = try await deployment.activeGraph()
                let second = try await deployment.activeGraph()
                try await database.execute("UPDATE graphs.graph_host SET state = 'ready' WHERE name = 'local'")
                let place = try #require(try await deployment.graph(first).host)

                let before = try await login(first, deployment)
                try await write("kept", as: before, on: lost, deployment)
                let asOf = deployment.clock.now
                _ = try await deployment.services.backups.request(
                    BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: first, key: nil,
                    as: deployment.caller)
                try await deployment.worker.drain()
                try await deployment.advance(.hours(1))
                try await write("later", as: before, on: lost, deployment)

                let recovery = HostRecovery(store: deployment.store, hosts: deployment.engine, dateSource: deployment.clock)
                let actor = AuditActor.system(component: "test")
                try await database.execute("UPDATE graphs.graph_host SET state = 'draining' WHERE name = 'lost'")
                await #expect(throws: HostRefusal.answers("lost")) {
                    try await recovery.begin(on: place, because: "a test of what answers", by: actor)
                }
                try await database.execute("UPDATE graphs.graph_host SET state = 'ready' WHERE name = 'lost'")
                try await server.destroy()
                // It did answer a moment ago: nobody gives it up before its probes have failed for a while.
                await #expect(throws: HostRefusal.answers("lost")) {
                    try await recovery.begin(on: place, because: "a test of what just answered", by: actor)
                }
                try await database.execute("UPDATE graphs.graph_host SET state = 'offline' WHERE name = 'lost'")
                let listed = try await recovery.graphs(on: place)
                #expect(Set(listed.map(\.graph)) == [first, second] && listed.count { $0.backup == nil } == 1)
                #expect(listed.first { $0.graph == first }?.dataAsOf == asOf)

                // Each step's answer is lost once; the recovery finds what it did and goes on.
                for call in ["principals", "database", "limits", "adopt", "verify", "mode"] { deployment.engine.fail(.after(call)) }
                #expect(try await recovery.begin(on: place, because: "the machine burned down", by: actor).count == 2)
                try await run(deployment) { try await deployment.graph(first).host != place }
                deployment.engine.heal()
                try await run(deployment) { try await deployment.sagas("graphs.recover_host", "completed") == 1 }

                let local = try #require(try await deployment.store.hosts().first { $0.name == "local" })
                #expect(try await deployment.graph(first).host == local.id)
                #expect(try await deployment.graph(second).host == place)
                #expect(try await recovery.graphs(on: place).map(\.graph) == [second])
                let keys = try await deployment.administering(first) { client in
                    try await client.query("SELECT key FROM graph.node WHERE label = 'Note'").map { try $0.decode("key", as: String.self) }
                }
                #expect(keys == ["kept"])
                let after = try await login(first, deployment)
                try await write("again", as: after, on: deployment.host, deployment)
                #expect(try await deployment.store.credentials(of: first).filter { $0.revokedAt == nil }.map(\.role) == [after.role])

                // One slot each, the host that is lost takes nothing, and the entries say what was done.
                let slots = try await database.query(
                    """
                    SELECT h.name || ' ' || s.graph_id AS line FROM graphs.host_slot s JOIN graphs.graph_host h ON h.id = s.host_id
                    WHERE s.state <> 'free' ORDER BY 1
                    """
                ).map { try $0.decode("line", as: String.self) }
                #expect(slots == ["local \(first)", "lost \(second)"])
                #expect(try await deployment.store.host(place)?.state == .draining)
                for type in ["graph_host_lost", "graph_recovered", "graph_credential_revoked"] {
                    #expect(try await deployment.audit(type) == 1, "\(type)")
                }
                let move = try await database.query(
                    """
                    SELECT status, result ->> 'data_as_of' AS as_of FROM operations.operation
                    WHERE kind = 'graph-move' AND graph_id = \(first.description)
                    """)
                #expect(try move.map { try $0.decode("status", as: String.self) } == ["completed"])
                #expect(try move.first?.decode("as_of", as: String.self) == asOf.description)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-074 GRA-102 a subgraph of a lost host comes back where its parent has gone, and takes no slot`() async throws {
        try await TestServer.withServer { server in
            let lost = try await server.graphHost("lost")
            try await Deployment.with(also: [lost]) { deployment in
                let database = deployment.database.adminClient
                try await deployment.store.register([NewGraphHost(name: "lost", tiers: [.standard], slots: 3)], at: start)
                try await deployment.database.keepHostsHealthy()
                try await database.execute("UPDATE graphs.graph_host SET state = 'draining' WHERE name = 'local'")
                let parent = try await deployment.activeGraph()
                _ = try await deployment.services.subgraphs.create(
                    SubgraphWish(
                        name: "notes", displayName: "Notes", description: nil, extensions: nil, kind: nil, metadata: nil,
                        forksParent: false),
                    under: parent, key: nil, as: deployment.caller)
                try await deployment.worker.drain()
                try await database.execute("UPDATE graphs.graph_host SET state = 'ready' WHERE name = 'local'")
                let subgraph = try #require(GraphID(parent: parent, name: "notes"))
                let place = try #require(try await deployment.graph(subgraph).host)
                try await write("kept", as: try await login(subgraph, deployment), on: lost, deployment)
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(OrderNightlyBackups(), .standard) }
                try await run(deployment) {
                    try await database.query("SELECT FROM graphs.graph_backup WHERE status = 'completed'").count == 2
                }
                try await server.destroy()
                try await database.execute("UPDATE graphs.graph_host SET state = 'offline' WHERE name = 'lost'")
                let recovery = HostRecovery(store: deployment.store, hosts: deployment.engine, dateSource: deployment.clock)
                #expect(
                    try await recovery.begin(on: place, because: "the machine burned down", by: .system(component: "test")).count == 2)
                try await run(deployment) { try await deployment.sagas("graphs.recover_host", "completed") == 1 }
                let local = try #require(try await deployment.store.hosts().first { $0.name == "local" })
                for graph in [parent, subgraph] { #expect(try await deployment.graph(graph).host == local.id) }
                let keys = try await deployment.administering(subgraph) { client in
                    try await client.query("SELECT key FROM graph.node WHERE label = 'Note'").map { try $0.decode("key", as: String.self) }
                }
                #expect(keys == ["kept"])
                #expect(try await recovery.graphs(on: place).isEmpty)
                let slots = try await database.query("SELECT graph_id FROM graphs.host_slot WHERE state <> 'free'").map {
                    try $0.decode("graph_id", as: String?.self)
                }
                #expect(slots == [parent.description])
            }
        }
    }

    @Test func `GRA-102 a graph that no other host has room for waits six hours for one, and then stays on the list of what is lost`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let place = try #require(try await deployment.graph(id).host)
            _ = try await deployment.services.backups.request(
                BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
                as: deployment.caller)
            try await deployment.worker.drain()
            // A host that is asked and does not answer, and has not for a while.
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_host SET state = 'offline'")
            let recovery = HostRecovery(store: deployment.store, hosts: DeadHosts(), dateSource: deployment.clock)
            _ = try await recovery.begin(on: place, because: "nothing is heard of it", by: .system(component: "test"))
            try await deployment.worker.drain()
            let waiting = try #require(try await recovery.graphs(on: place).first)
            #expect(waiting.isUnderWay && waiting.isBusy && waiting.attempt != nil)
            try await deployment.advance(.hours(6))
            try await run(deployment) { try await deployment.sagas("graphs.recover_host", "completed") == 1 }
            let left = try #require(try await recovery.graphs(on: place).first)
            #expect(!left.isUnderWay && left.attempt == waiting.attempt)
            #expect(try await deployment.operation(try #require(left.attempt)).failure?.code == "RECOVERY_FAILED")
            #expect(try await deployment.graph(id).host == place)
            #expect(try await deployment.audit("graph_recovered") == 0)
            await #expect(throws: HostRefusal.notFound) { try await recovery.graphs(on: .make(at: start)) }
        }
    }
}

private struct DeadHosts: HostChecking {
    func faults(of host: HostReference) async throws -> [HostFault] {
        [HostFault(.reachability, "it does not answer", remedy: "look after it")]
    }
}

extension TestServer {
    /// This server as a host of graphs, made ready for them.
    func graphHost(_ name: String) async throws -> PostgresGraphHost {
        let host = try #require(PostgresGraphHost("\(name)=" + url))
        let loops = try EventLoopGroup(count: 1, name: name)
        defer { loops.shutdown() }
        try await PostgresHostPreparation(host: host, loops: loops, log: .silent).run()
        return host
    }
}
