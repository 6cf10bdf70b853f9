import Core
import Cryptography
import Foundation
import Graphs
import GraphsPostgres
import GraphsTesting
import HTTPClient
import Operations
import PlatformTesting
import Testing

@testable import GraphEngines

/// The engine of the graph API, over a server that plays a transcript and faults. Its clock moves by the test's hand and by the engine's own pauses.
@Suite struct GraphAPITests {
    private let plan = SchemaPlan(
        version: "2.0.0",
        labels: [
            .init(name: "Account", properties: [.init(name: "code", type: .string, isRequired: true, isKey: true)]),
            .init(name: "Entry", properties: [.init(name: "amount", type: .number, isRequired: true, isKey: false)]),
        ],
        edgeTypes: [.init(name: "POSTS_TO", from: "Entry", to: "Account", properties: [])],
        entity: ["name": "Acme", "uri": "https://acme.example"])

    private func error(_ body: () async throws -> Void) async -> EngineError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? EngineError
        }
    }

    /// What comes of one call that asks for a database.
    private func asked(_ client: GraphAPIClient) async throws -> EngineError? {
        do {
            _ = try await client.call("POST", "/databases", ["graph_id": "kg0"], isRepeatable: false)
            return nil
        } catch let error as EngineError {
            return error
        }
    }

    @Test
    func
        `GRA-119 GRA-121 GRA-122 the engine of the graph API conforms, through the one that knows whose each host is, and refuses what it lacks`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let api = world.engine()
            let engine = EngineByHost(["one": api, "two": api], readers: [api])
            #expect(engine.capabilities(of: HostReference(name: "one")).isEmpty)
            var suite = GraphEngineConformance(engine, on: world.graph(), limits: world.limits, world.warrant())
            let broken = try await suite.run()
            #expect(broken.isEmpty, "\(broken)")
            #expect(stand.keys == [GraphAPIStand.key])
            #expect(try await world.marks.marks(on: HostReference(name: "one")).isEmpty, "marks go with their databases")
            await #expect(throws: EngineError.self) { _ = try await engine.probe(HostReference(name: "three")) }
        }
    }

    @Test
    func `GRA-119 the calls of a creation are these, with the schema in the API's words, and only what can be repeated is sent again`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let (engine, graph, warrant) = (world.engine(), world.graph(), world.warrant())
            let name = graph.graph.databaseName
            stand.fail("GET /databases/\(name)", .status(503), .status(500))
            try await engine.createPrincipals(graph, warrant)
            try await engine.createDatabase(graph, limits: world.limits, warrant)
            try await engine.install(plan, in: graph, warrant)
            try await engine.verify(graph, warrant)
            #expect(
                stand.calls == [
                    "GET /databases/\(name)", "GET /databases/\(name)", "GET /databases/\(name)", "POST /databases",
                    "POST /databases/\(name)/schema", "POST /databases/\(name)/query", "GET /databases/\(name)",
                    "POST /databases/\(name)/query",
                ])
            #expect(world.pauses.lengths == [.milliseconds(500), .seconds(1)])
            #expect(
                stand.database(name)?.statements == [
                    "CREATE NODE TABLE IF NOT EXISTS `Account`(`code` STRING, PRIMARY KEY(`code`))",
                    "CREATE NODE TABLE IF NOT EXISTS `Entry`(`amount` DOUBLE, trellis_id SERIAL, PRIMARY KEY(`trellis_id`))",
                    "CREATE REL TABLE IF NOT EXISTS `POSTS_TO`(FROM `Entry` TO `Account`)",
                    "MERGE (n:Entity {`name`: $name, `uri`: $uri})",
                ])
            // A call that changes something and is refused for the moment is the next attempt's.
            stand.forgetCalls()
            stand.fail("POST /databases/\(name)/schema", .status(503))
            let busy = await error { try await engine.install(plan, in: graph, warrant) }
            #expect(busy?.nature == .retryable && stand.calls == ["POST /databases/\(name)/schema"])
            let facts = try await engine.facts(graph, within: .seconds(300))
            #expect(
                facts.nodes == ["Entity": 1] && facts.schemaVersion == "2.0.0"
                    && facts.lastModified == Instant("2026-03-01T09:59:00.123456Z"))
            #expect(facts.serverStartedAt == world.clock.now - .milliseconds(60_500))
        }
    }

    @Test func `GRA-119 five faults in a row open the circuit of the host and of no other, and one call that is answered closes it`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let engine = world.engine()
            let (one, two) = (HostReference(name: "one"), HostReference(name: "two"))
            stand.fail("GET /health", .status(500), .status(502), .status(503), .status(500), .status(500))
            // Each attempt of a call counts: three of the first, two of the second.
            for _ in 0..<2 { #expect(await error { _ = try await engine.probe(one) }?.nature == .retryable) }
            #expect(stand.calls == Array(repeating: "GET /health", count: 5))
            #expect(await error { _ = try await engine.probe(one) }?.nature == .retryable)
            #expect(stand.calls.count == 5, "nothing is asked while it is open")
            _ = try await engine.probe(two)
            stand.forgetCalls()
            world.clock.advance(by: .seconds(31))
            stand.fail("GET /health", .status(500))
            #expect(await error { _ = try await engine.probe(one) }?.nature == .retryable)
            #expect(stand.calls == ["GET /health"], "one call tries it, and its fault opens it again")
            world.clock.advance(by: .seconds(31))
            #expect(try await engine.probe(one).serverVersion == "1.4.0")
            // What the host decides is no fault of its own.
            for _ in 0..<6 { #expect(try await engine.objects(of: world.graph()).isEmpty) }
            #expect(try await engine.probe(one).mayMaintain)
        }
    }

    @Test func `GRA-119 an answer that is lost or does not come in time is unknown, and the next attempt reads back before it asks again`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let engine = world.engine()
            let (graph, warrant) = (world.graph(), world.warrant())
            let name = graph.graph.databaseName
            stand.fail("POST /databases", .lost)
            #expect(await error { try await engine.createDatabase(graph, limits: world.limits, warrant) }?.nature == .unknown)
            stand.forgetCalls()
            try await engine.createDatabase(graph, limits: world.limits, warrant)
            #expect(
                stand.calls == ["GET /databases/\(name)", "GET /databases/\(name)/metrics"], "it is there, and was not asked for again")
            // The one call that is not answered is bounded; everything else may take as long as a busy machine needs.
            let (other, second) = (world.graph(), world.warrant())
            stand.fail("POST /databases", .silent)
            try await world.marks.keep(
                EngineMark(
                    host: other.host, name: other.graph.databaseName, operation: second.operation, state: .asked, schemaVersion: nil))
            let late = try await asked(world.client(of: other.host, callTimeout: .milliseconds(200)))
            #expect(late?.nature == .unknown)
            try await engine.createDatabase(other, limits: world.limits, second)
            #expect(stand.database(other.graph.databaseName) != nil)
        }
    }

    @Test func `GRA-120 what was there before is never ours; what an earlier attempt of the step asked for is, while nobody wrote to it`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let engine = world.engine()
            let (graph, warrant) = (world.graph(), world.warrant())
            let name = graph.graph.databaseName
            stand.put(.init(), as: name)
            guard case .foreignObject? = await error({ try await engine.createDatabase(graph, limits: world.limits, warrant) }) else {
                return #expect(Bool(false), "an empty database of another was taken")
            }
            #expect(try await world.marks.mark(of: name, on: graph.host) == nil)
            guard case .foreignObject? = await error({ try await engine.discardUnused(graph, warrant) }) else {
                return #expect(Bool(false), "a database of another was dropped")
            }
            #expect(stand.database(name) != nil && !stand.calls.contains("DELETE /databases/\(name)"))
            // 409 to an attempt that is the first says that somebody else was faster.
            stand.put(nil, as: name)
            stand.fail("POST /databases", .status(409))
            guard case .foreignObject? = await error({ try await engine.createDatabase(graph, limits: world.limits, warrant) }) else {
                return #expect(Bool(false), "a database of another was taken")
            }
            // 409 to a later attempt of the same step: the first one came through after all.
            stand.fail("POST /databases", .lost)
            #expect(await error { try await engine.createDatabase(graph, limits: world.limits, warrant) } != nil)
            stand.fail("GET /databases/\(name)", .status(404))
            try await engine.createDatabase(graph, limits: world.limits, warrant)
            #expect(try await world.marks.mark(of: name, on: graph.host)?.state == .made)
            // With something in it, it is nobody's whom we know; and another operation's is not this one's.
            let (written, second) = (world.graph(), world.warrant())
            stand.fail("POST /databases", .lost)
            #expect(await error { try await engine.createDatabase(written, limits: world.limits, second) } != nil)
            stand.put(.init(nodes: 1), as: written.graph.databaseName)
            for operation in [second, world.warrant()] {
                guard case .foreignObject? = await error({ try await engine.createDatabase(written, limits: world.limits, operation) })
                else {
                    return #expect(Bool(false), "what somebody wrote was taken")
                }
            }
        }
    }

    @Test func `GRA-120 a full host is left, a database that is gone is deleted, and a name that is none of ours never leaves the process`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let engine = world.engine()
            let (graph, warrant) = (world.graph(), world.warrant())
            let name = graph.graph.databaseName
            stand.fill()
            guard case .full("one")? = await error({ try await engine.createDatabase(graph, limits: world.limits, warrant) }) else {
                return #expect(Bool(false), "a full host is one")
            }
            #expect(try await world.marks.marks(on: graph.host).isEmpty)
            try await world.marks.keep(
                EngineMark(host: graph.host, name: name, operation: warrant.operation, state: .made, schemaVersion: nil))
            try await engine.discardUnused(graph, warrant)
            stand.put(.init(), as: name)
            try await world.marks.keep(
                EngineMark(host: graph.host, name: name, operation: warrant.operation, state: .made, schemaVersion: nil))
            stand.fail("DELETE /databases/\(name)", .lost)
            // Sent again, it is answered with 404, which is as good.
            try await engine.discardUnused(graph, warrant)
            #expect(stand.calls.filter { $0 == "DELETE /databases/\(name)" }.count == 2)
            #expect(stand.database(name) == nil)
            #expect(try await world.marks.marks(on: graph.host).isEmpty)
            for bad in [
                "", "kg", "../info", "kg0123456789abcdef/../x", "kg0123456789ABCDEF", "kg0123456789abcdef?x=1", "kg0123456789abcde%66",
                "postgres", "kg" + String(repeating: "0", count: 63),
            ] {
                #expect(throws: EngineError.self, "\(bad)") { try GraphAPIClient.path(of: bad) }
            }
            #expect(try GraphAPIClient.path(of: "kg0123456789abcdef_books") == "/databases/kg0123456789abcdef_books")
        }
    }

    @Test
    func
        `GRA-119 long work is followed by its task, for as long as there is time, and a task that failed or is unknown is told from one that is done`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let engine = world.engine()
            func attempt(_ states: [JSONValue]) async throws -> EngineError? {
                let (graph, warrant) = (world.graph(), world.warrant())
                stand.takeUp("create_database_1a2b", saying: states)
                let failure = await error { try await engine.createDatabase(graph, limits: world.limits, warrant) }
                let mark = try await world.marks.mark(of: graph.graph.databaseName, on: graph.host)
                #expect(mark?.state == (failure == nil ? .made : .asked))
                return failure
            }
            let done = try await attempt([["status": "pending"], ["status": "running"], ["status": "completed", "result": [:]]])
            #expect(done == nil)
            #expect(world.pauses.lengths == [.seconds(1), .seconds(2)])
            let failed = try await attempt([["status": "failed", "error": "no room"]])
            #expect(failed?.nature == .retryable)
            let began = world.clock.now
            let endless = try await attempt([["status": "running"]])
            #expect(endless?.nature == .unknown)
            #expect(world.clock.now - began <= .seconds(900) && world.clock.now - began > .seconds(880))
            let unknown = try await attempt([])
            #expect(unknown?.nature == .unknown)
        }
    }

    @Test func `GRA-121 a backup is the host's archive in our encryption and our store, and one that breaks off or is none leaves nothing`()
        async throws
    {
        try await GraphAPIStand.with { stand, world in
            let (engine, graph, warrant) = (world.engine(), world.graph(), world.warrant())
            let directory = FileManager.default.temporaryDirectory.path + "/trellis-api-" + Hex.encode(RandomBytes.make(count: 8))
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes.random(count: 32, from: SystemRandomSource())))
            let archives = EncryptedBackupArchive(
                engine: EngineByHost(["one": engine], readers: [engine]), store: try DirectoryBackupStore(directory: directory), keys: ring)
            try await engine.createDatabase(graph, limits: world.limits, warrant)
            let name = graph.graph.databaseName
            for (archive, fault) in [
                (Array("no archive".utf8), nil), (nil, GraphAPIStand.Fault.lost), (GraphAPIStand.archive(of: name).dropLast(3), nil),
            ]
                as [([UInt8]?, GraphAPIStand.Fault?)]
            {
                stand.send(archive)
                if let fault { stand.fail("POST /databases/\(name)/backup-download", fault) }
                await #expect(throws: (any Error).self) { _ = try await archives.write(graph, timeout: .seconds(300), warrant) }
                #expect(try await archives.stored(after: nil, limit: 10).isEmpty)
            }
            stand.send(nil)
            let record = try await archives.write(graph, timeout: .seconds(300), warrant)
            #expect(record.engineVersion == "graph API 1.4.0" && !record.isLoadable)
            #expect(record.clearBytes == Int64(GraphAPIStand.archive(of: name).count) && record.databaseBytes == 8_192)
            let contents = try await archives.open(record)
            #expect(try await contents.read(upTo: 1 << 20) == GraphAPIStand.archive(of: name))
            // The same proof as with any engine, and only it drops a database.
            let backup = GraphBackup(
                id: .make(at: start), graph: graph.graph, initiator: .final, createdAt: start, status: .completed, archive: record,
                completedAt: start, verifiedAt: nil, expiresAt: nil)
            let proof = try await FinalBackupVerification(archives: archives).verify(backup, of: graph.graph, closedAt: start)
            #expect(await error { try await engine.drop(world.graph(), proof: proof, warrant) } != nil)
            for _ in 1...2 { try await engine.drop(graph, proof: proof, warrant) }
            #expect(stand.database(name) == nil)
        }
    }

    @Test func `GRA-119 a host of the graph API is written as an address with its key, and plainly on this machine alone`() throws {
        let host = try #require(GraphAPIHost(" api=graph-api+https://:s3cret@graphs.example.com:8443/v1/?slots=20&storage_gb=500"))
        #expect(host.name == "api" && host.base == "https://graphs.example.com:8443/v1" && host.slots == 20 && host.storageGB == 500)
        #expect(host.key.withValue { $0 } == "s3cret")
        #expect(GraphAPIEngine.callTimeout == .seconds(30) && GraphAPIEngine.transportConfiguration.connectTimeout == .seconds(5))
        #expect(GraphAPIHost("graph-api+http://:k@127.0.0.1:8001")?.base == "http://127.0.0.1:8001")
        for bad in [
            "graph-api+http://:k@graphs.example.com", "graph-api+https://graphs.example.com", "graph-api+https://u:k@graphs.example.com",
            "graph-api+ftp://:k@graphs.example.com", "postgres://u:p@graphs.example.com/postgres", "graph-api+https://:k@h?slots=0",
            "graph-api+https://:k@h?storage_gb=much",
        ] {
            #expect(GraphAPIHost(bad) == nil, "\(bad)")
        }
    }
}
