import Audit
import Billing
import Core
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
import Synchronization
import Testing

@testable import GraphEngines

/// What writers were answered.
private final class Tally: Sendable {
    let isOver = Mutex(false)
    let written = Mutex<[GraphID: [String]]>([:])
}

/// Two hosts, each a server of its own: one that is drained, and the one of all tests. The clock is the deployment's, moved by hand.
@Suite struct DrainTests {
    /// A deployment whose graphs are placed on the host that is drained later.
    private func withHosts(_ body: @Sendable (Deployment, PostgresGraphHost) async throws -> Void) async throws {
        try await TestServer.withServer { server in
            let host = try await server.graphHost("worn")
            try await Deployment.with(also: [host]) { deployment in
                try await deployment.store.register([NewGraphHost(name: "worn", tiers: [.standard], slots: 3)], at: start)
                try await deployment.database.keepHostsHealthy()
                try await set("local", to: "offline", deployment)
                try await body(deployment, host)
            }
        }
    }

    private func set(_ host: String, to state: String, _ deployment: Deployment) async throws {
        try await deployment.database.adminClient.execute("UPDATE graphs.graph_host SET state = \(state) WHERE name = \(host)")
    }

    /// As the operators' command does it.
    private func drain(_ deployment: Deployment) async throws {
        try await set("local", to: "ready", deployment)
        try await set("worn", to: "draining", deployment)
        let worn = try await id("worn", deployment)
        try await deployment.store.withTransaction(.system) {
            _ = try await $0.startSaga(DrainHostSaga.self, key: worn.description, context: DrainHostSaga.Context(host: worn))
        }
    }

    private func id(_ name: String, _ deployment: Deployment) async throws -> GraphHost.ID {
        try #require(try await deployment.store.hosts().first { $0.name == name }).id
    }

    private func run(_ deployment: Deployment, until isOver: () async throws -> Bool) async throws {
        for _ in 0..<60 {
            if try await isOver() { return }
            try await deployment.advance(.seconds(10))
        }
        let steps = try await deployment.database.adminClient.query(
            """
            SELECT s.kind || ' ' || s.state || ' ' || coalesce(s.first_error, '') || ' ' || p.name || ' ' || p.state || ' ' || coalesce(p.error, '')
                AS line FROM jobs.saga s JOIN jobs.saga_step p ON p.saga_id = s.id WHERE s.state <> 'completed' ORDER BY s.id, p.sequence
            """
        ).map { try $0.decode("line", as: String.self) }
        let errors = try await deployment.database.adminClient.query("SELECT e::text AS line FROM jobs.job_error e").map {
            try $0.decode("line", as: String.self)
        }
        Issue.record("it did not come to an end: \(steps) \(errors)")
    }

    private func login(_ id: GraphID, _ deployment: Deployment, access: GraphCredential.Access = .readWrite) async throws -> IssuedLogin {
        try await deployment.services.credentials.issue(on: id, access: access, label: "test", expiresAt: nil, as: deployment.caller).login
    }

    private func write(_ key: String, as login: IssuedLogin, on host: PostgresGraphHost, _ deployment: Deployment) async throws {
        try await deployment.connected(as: login, on: host) { client in
            _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Note', \(key))")
        }
    }

    private func notes(as login: IssuedLogin, on host: PostgresGraphHost, _ deployment: Deployment) async throws -> [String] {
        try await deployment.connected(as: login, on: host) { client in
            try await client.query("SELECT key FROM graph.node WHERE label = 'Note' ORDER BY key").map { try $0.decode("key") }
        }
    }

    private func objects(of graph: GraphID, on host: String, _ deployment: Deployment) async throws -> Set<String> {
        Set(try await deployment.engine.objects(of: EngineGraph(host: HostReference(name: host), graph: graph)).map(\.name))
    }

    private func order(_ name: String, of parent: GraphID, _ deployment: Deployment) async throws -> GraphID {
        _ = try await deployment.services.subgraphs.create(
            SubgraphWish(
                name: name, displayName: "Notes", description: nil, extensions: nil, kind: nil, metadata: nil, forksParent: false),
            under: parent, key: nil, as: deployment.caller)
        return try #require(GraphID(parent: parent, name: name))
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-100 a drained host is emptied graph by graph with contents, subgraphs and logins, and what is left goes after a day`()
        async throws
    {
        try await withHosts { deployment, host in
            // They go in the order of their ids.
            let graphs = [try await deployment.activeGraph(), try await deployment.activeGraph()].sorted()
            let (first, second) = (graphs[0], graphs[1])
            let part = try await order("notes", of: first, deployment)
            try await deployment.worker.drain()
            let (writer, reader) = (
                try await login(first, deployment), try await login(first, deployment, access: .readOnly)
            )
            let partial = try await login(part, deployment)
            try await write("kept", as: writer, on: host, deployment)
            try await write("part", as: partial, on: host, deployment)
            // As one from before logins were kept sealed: it cannot come along.
            let old = try await deployment.services.credentials.issue(
                on: second, access: .readWrite, label: "old", expiresAt: nil, as: deployment.caller)
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph_credential SET sealed_verifier = NULL WHERE id = \(old.credential.id)")

            // A session that works while its graph is copied reads on, and writes nothing that would be lost.
            let states = Mutex<[String]>([])
            deployment.engine.pause(.before, "adopt") {
                let read = try await notes(as: writer, on: host, deployment)
                states.withLock { $0.append("reads \(read)") }
                do {
                    try await write("lost", as: writer, on: host, deployment)
                    states.withLock { $0.append("writes") }
                } catch {
                    states.withLock { $0.append("refused") }
                }
                do {
                    _ = try await login(first, deployment)
                } catch GraphError.operationRunning {
                    states.withLock { $0.append("no logins") }
                }
                // A subgraph would be made where its parent is no more.
                do {
                    _ = try await order("late", of: first, deployment)
                } catch GraphError.operationRunning {
                    states.withLock { $0.append("no subgraphs") }
                }
            }
            // Each step's answer is lost once; the move finds what it did and goes on.
            for call in ["principals", "limits", "verify", "mode", "admit"] {
                deployment.engine.fail(.after(call))
            }
            try await drain(deployment)
            let worn = try await id("worn", deployment)
            try await run(deployment) { try await deployment.sagas("graphs.drain_host", "completed") == 1 }
            deployment.engine.heal()
            #expect(states.withLock { $0 } == ["reads [\"kept\"]", "refused", "no logins", "no subgraphs"])

            let local = try await id("local", deployment)
            for graph in [first, part, second] {
                let moved = try await deployment.graph(graph)
                #expect(moved.host == local && moved.mode == .full && !moved.isBeingMoved, "\(graph)")
            }
            // The same passwords, at the new place, with the same rights.
            #expect(try await notes(as: reader, on: deployment.host, deployment) == ["kept"])
            await #expect(throws: (any Error).self) { try await write("no", as: reader, on: deployment.host, deployment) }
            try await write("more", as: writer, on: deployment.host, deployment)
            try await write("more", as: partial, on: deployment.host, deployment)
            #expect(try await notes(as: partial, on: deployment.host, deployment) == ["more", "part"])
            // Nobody works at the old one, and what could not come along has ended and was told.
            for login in [writer, reader, partial, old.login] {
                await #expect(throws: (any Error).self) { try await notes(as: login, on: host, deployment) }
            }
            await #expect(throws: (any Error).self) { try await notes(as: old.login, on: deployment.host, deployment) }
            #expect(try await deployment.store.credentials(of: second).allSatisfy { $0.revokedAt != nil })
            let events = try await deployment.database.adminClient.query(
                "SELECT payload -> 'address' ->> 'port' AS port, payload ->> 'hasEndedLogins' AS ended FROM jobs.event WHERE topic = 'graphs.graph_moved' ORDER BY 2"
            ).map { [try $0.decode("port", as: String.self), try $0.decode("ended", as: String.self)] }
            #expect(events == [["\(deployment.host.port)", "false"], ["\(deployment.host.port)", "true"]])
            for (type, count) in [("graph_moved", 2), ("graph_credential_revoked", 1)] {
                #expect(try await deployment.audit(type) == count, "\(type)")
            }
            let operations = try await deployment.database.adminClient.query(
                "SELECT status, result ->> 'port' AS port FROM operations.operation WHERE kind = 'graph-move'"
            ).map { [try $0.decode("status", as: String.self), try $0.decode("port", as: String.self)] }
            #expect(operations == Array(repeating: ["completed", "\(deployment.host.port)"], count: 3))

            // Until its day is over the old place is there, and no sweep takes it for a left-over.
            #expect(try await objects(of: first, on: "worn", deployment).contains(first.databaseName))
            for _ in 0..<3 {
                try await deployment.advance(.hours(1))
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepOrphans(), .standard) }
                try await deployment.worker.drain()
            }
            #expect(try await deployment.audit("graph_orphan_found") == 0)
            try await deployment.advance(.hours(22))
            for graph in [first, part, second] { #expect(try await objects(of: graph, on: "worn", deployment).isEmpty, "\(graph)") }
            #expect(try await deployment.audit("graph_place_released") == 3)
            #expect(try await deployment.database.adminClient.query("SELECT 1 FROM graphs.left_place").isEmpty)
            #expect(try await deployment.store.withTransaction(.system) { try await $0.holdsPlaces(worn) } == false)
            // A move leaves nothing in the store of backups.
            #expect(try await deployment.archives.stored(after: nil, limit: 10).isEmpty)
            try await write("later", as: writer, on: deployment.host, deployment)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-100 a graph that cannot be moved stays where it is with everything in it, and is left alone for hours`() async throws {
        try await withHosts { deployment, host in
            let graph = try await deployment.activeGraph()
            let writer = try await login(graph, deployment)
            try await write("kept", as: writer, on: host, deployment)
            deployment.engine.fail(.refused("admit"))
            try await drain(deployment)
            try await run(deployment) { try await deployment.sagas("graphs.move", "compensated") == 1 }
            deployment.engine.heal()
            let worn = try await id("worn", deployment)
            let kept = try await deployment.graph(graph)
            #expect(kept.host == worn && kept.mode == .full && !kept.isBeingMoved)
            try await write("more", as: writer, on: host, deployment)
            #expect(try await objects(of: graph, on: "local", deployment).isEmpty)
            let slots = try await deployment.database.adminClient.query("SELECT 1 FROM graphs.host_slot WHERE state <> 'free'").count
            #expect(slots == 1)
            #expect(try await deployment.database.adminClient.query("SELECT 1 FROM graphs.left_place").isEmpty)
            let failed = try await deployment.database.adminClient.query(
                "SELECT failure ->> 'code' AS code FROM operations.operation WHERE kind = 'graph-move'")
            #expect(try failed.map { try $0.decode("code", as: String.self) } == ["MOVE_FAILED"])
            try await deployment.advance(.hours(1))
            #expect(try await deployment.sagas("graphs.move", "compensated") == 1)
            #expect(try await deployment.sagas("graphs.move", "running") == 0)
            try await deployment.advance(.hours(6))
            try await run(deployment) { try await deployment.sagas("graphs.drain_host", "completed") == 1 }
            #expect(try await notes(as: writer, on: deployment.host, deployment) == ["kept", "more"])
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-100 while no other host has room nothing is moved or held, and a host that takes graphs again keeps its own`() async throws {
        try await withHosts { deployment, _ in
            let graph = try await deployment.activeGraph()
            let worn = try await id("worn", deployment)
            try await drain(deployment)
            try await set("local", to: "offline", deployment)
            for _ in 0..<3 { try await deployment.advance(.minutes(1)) }
            #expect(try await deployment.sagas("graphs.move", "running") == 0)
            #expect(try await deployment.sagas("graphs.drain_host", "running") == 1)
            #expect(try await deployment.database.adminClient.query("SELECT 1 FROM operations.operation WHERE kind = 'graph-move'").isEmpty)
            try await set("worn", to: "ready", deployment)
            try await set("local", to: "ready", deployment)
            try await run(deployment) { try await deployment.sagas("graphs.drain_host", "completed") == 1 }
            #expect(try await deployment.graph(graph).host == worn)
            #expect(try await deployment.sagas("graphs.move", "completed") == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-100 a place that holds anything but what was moved is not dropped: operators find it`() async throws {
        try await withHosts { deployment, host in
            let graph = try await deployment.activeGraph()
            try await drain(deployment)
            try await run(deployment) { try await deployment.sagas("graphs.drain_host", "completed") == 1 }
            var configuration = PostgresConfiguration(url: host.url(ofDatabase: graph.databaseName))
            configuration.poolSizePerLoop = 1
            let administrator = PostgresClient(
                configuration: configuration, loops: deployment.database.loops, log: Log(label: "administrator", level: .error))
            _ = try await administrator.execute("INSERT INTO graph.node (label, key) VALUES ('Note', 'stray')")
            await administrator.close()
            try await deployment.advance(.hours(25))
            #expect(try await objects(of: graph, on: "worn", deployment).contains(graph.databaseName))
            #expect(try await deployment.audit("graph_place_released") == 0)
            for _ in 0..<3 {
                try await deployment.advance(.hours(1))
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepOrphans(), .standard) }
                try await deployment.worker.drain()
            }
            let found = try await deployment.database.adminClient.query(
                "SELECT 1 FROM graphs.orphan_finding WHERE kind = 'database' AND place = 'worn' AND state = 'open'")
            #expect(found.count == 1)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-100 a login that is revoked while its graph moves is revoked at both places`() async throws {
        try await withHosts { deployment, host in
            let graph = try await deployment.activeGraph()
            let issued = try await deployment.services.credentials.issue(
                on: graph, access: .readWrite, label: "test", expiresAt: nil, as: deployment.caller)
            let stays = try await login(graph, deployment)
            // It has come over already when it ends at the old place.
            deployment.engine.pause(.after, "admit") {
                try await deployment.services.credentials.revoke(issued.credential.id, of: graph, as: deployment.caller)
            }
            try await drain(deployment)
            try await run(deployment) { try await deployment.sagas("graphs.move", "completed") == 1 }
            for place in [host, deployment.host] {
                await #expect(throws: (any Error).self) { try await notes(as: issued.login, on: place, deployment) }
            }
            #expect(try await objects(of: graph, on: "local", deployment).contains(issued.login.role) == false)
            #expect(try await notes(as: stays, on: deployment.host, deployment).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-100 what was begun before the copy and is finished after it is refused, and not lost unsaid`() async throws {
        try await withHosts { deployment, host in
            let graph = try await deployment.activeGraph()
            let writer = try await login(graph, deployment)
            let (hasWritten, wrote) = AsyncStream<Void>.makeStream()
            let (mayCommit, commit) = AsyncStream<Void>.makeStream()
            let session = Task {
                try await deployment.connected(as: writer, on: host) { client in
                    try await client.withTransaction(scope: .none) { transaction in
                        _ = try await transaction.execute("INSERT INTO graph.node (label, key) VALUES ('Note', 'begun')")
                        wrote.yield()
                        for await _ in mayCommit { break }
                    }
                }
            }
            for await _ in hasWritten { break }
            // After the snapshot, before anybody is turned away for good.
            let copied = Mutex(false)
            deployment.engine.pause(.after, "load") {
                commit.yield()
                await #expect(throws: (any Error).self) { try await session.value }
                copied.withLock { $0 = true }
            }
            try await drain(deployment)
            try await run(deployment) { try await deployment.sagas("graphs.move", "completed") == 1 }
            #expect(copied.withLock { $0 })
            #expect(try await notes(as: writer, on: deployment.host, deployment).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-100 graphs are written to under load while their host is drained, and nothing that was answered is lost`() async throws {
        try await withHosts { deployment, host in
            let graphs = [try await deployment.activeGraph(), try await deployment.activeGraph()]
            var logins: [GraphID: IssuedLogin] = [:]
            for graph in graphs { logins[graph] = try await login(graph, deployment) }
            let tally = Tally()
            try await withThrowingTaskGroup { group in
                for graph in graphs {
                    let login = try #require(logins[graph])
                    for writer in 0..<2 {
                        group.addTask {
                            var number = 0
                            while !tally.isOver.withLock(\.self) {
                                let key = "\(writer)-\(number)"
                                // Wherever it lets somebody in: an answer is an answer.
                                for place in [host, deployment.host] {
                                    guard (try? await write(key, as: login, on: place, deployment)) != nil else { continue }
                                    tally.written.withLock { $0[graph, default: []].append(key) }
                                    break
                                }
                                number += 1
                            }
                        }
                    }
                }
                try await drain(deployment)
                try await run(deployment) { try await deployment.sagas("graphs.drain_host", "completed") == 1 }
                tally.isOver.withLock { $0 = true }
                try await group.waitForAll()
            }
            for graph in graphs {
                let login = try #require(logins[graph])
                let there = Set(try await notes(as: login, on: deployment.host, deployment))
                let answered = tally.written.withLock { $0[graph] ?? [] }
                #expect(!answered.isEmpty && Set(answered).isSubset(of: there), "\(Set(answered).subtracting(there))")
            }
        }
    }
}
