import Core
import Cryptography
import EventLoops
import Foundation
import Graphs
import Observability
import Operations
import Postgres
import Testing

@testable import GraphEngines

/// A graph host for one test: the shared test cluster, prepared as an administrator would, and whatever a test made is removed afterwards.
struct EngineFixture: Sendable {
    let host: PostgresGraphHost
    let engine: PostgresGraphEngine
    let loops: EventLoopGroup
    let administrator: PostgresClient
    let deployment: String

    var reference: HostReference { HostReference(name: host.name) }
    let warrant = StepWarrant(operation: Operations.Operation.ID.make(at: SystemDateSource().now))
    let limits = GraphCatalogue.standard.tiers[0].engineLimits

    /// Once, or those who come at the same time would wait for one another's. The engine works by the maintenance login, which is no superuser
    /// (GRA-104); its password follows from the administrator's, so that processes which share the server agree on it.
    private static let preparation = Task {
        let url = try #require(ProcessInfo.processInfo.environment["TRELLIS_TEST_DATABASE_URL"], "the tests need a PostgreSQL server")
        let host = try #require(PostgresGraphHost("local=" + url))
        let loops = try EventLoopGroup(count: 1, name: "preparation")
        defer { loops.shutdown() }
        let preparation = PostgresHostPreparation(host: host, loops: loops, log: Log(label: "engine-test", level: .error))
        try await preparation.run(password: host.password)
        let login = host.url(ofDatabase: host.database, user: PostgresHostPreparation.maintenanceRole, password: host.password)
        return try #require(PostgresGraphHost("local=" + login.withValue { $0 }))
    }

    static func with<Value: Sendable>(_ body: @Sendable (EngineFixture, EngineGraph) async throws -> Value) async throws -> Value {
        let url = try #require(ProcessInfo.processInfo.environment["TRELLIS_TEST_DATABASE_URL"], "the tests need a PostgreSQL server")
        let host = try #require(PostgresGraphHost("local=" + url))
        let loops = try EventLoopGroup(count: 1, name: "engine-test")
        let log = Log(label: "engine-test", level: .error)
        let maintained = try await Self.preparation.value
        let tools = try #require(PostgresTools.installed())
        let deployment = "test-" + Hex.encode(RandomBytes.make(count: 4))
        var administration = PostgresConfiguration(url: url)
        administration.acquireTimeout = .seconds(300)
        administration.connectTimeout = .seconds(300)
        let fixture = EngineFixture(
            host: host, engine: PostgresGraphEngine(hosts: [maintained], deployment: deployment, tools: tools, loops: loops, log: log),
            loops: loops, administrator: PostgresClient(configuration: administration, loops: loops, log: log),
            deployment: deployment)
        let graph = EngineGraph(host: fixture.reference, graph: .make())
        let result: Result<Value, any Error>
        do { result = .success(try await body(fixture, graph)) } catch { result = .failure(error) }
        try await fixture.removeEverything(of: graph.graph)
        await fixture.engine.close()
        await fixture.administrator.close()
        loops.shutdown()
        return try result.get()
    }

    /// All provisioning steps.
    func provision(_ graph: EngineGraph, plan: SchemaPlan = SchemaPlan(version: "1.0.0", labels: [], edgeTypes: [], entity: nil))
        async throws
    {
        try await engine.createPrincipals(graph, warrant)
        try await engine.createDatabase(graph, limits: limits, warrant)
        try await engine.applyLimits(limits, to: graph, warrant)
        try await engine.install(plan, in: graph, warrant)
        try await engine.verify(graph, warrant)
    }

    func login(_ graph: EngineGraph, _ access: GraphCredential.Access = .readWrite, suffix: UInt32 = 0x1a2b_3c4d) async throws
        -> IssuedLogin
    {
        try await engine.issue(LoginSpecification(role: graph.graph.loginRole(suffix), access: access), for: graph, limits: limits)
    }

    /// Works as a tenant.
    func connected<Value: Sendable>(
        as login: IssuedLogin, database: String? = nil, _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        let url = host.url(ofDatabase: database ?? login.database, user: login.role, password: login.password)
        var configuration = PostgresConfiguration(url: url)
        configuration.acquireTimeout = .seconds(300)
        configuration.connectTimeout = .seconds(300)
        configuration.poolSizePerLoop = 1
        let client = PostgresClient(configuration: configuration, loops: loops, log: Log(label: "tenant", level: .error))
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.close()
        return try result.get()
    }

    func archive(in directory: String) throws -> EncryptedBackupArchive {
        let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes.random(count: 32, from: SystemRandomSource())))
        return EncryptedBackupArchive(engine: engine, store: try DirectoryBackupStore(directory: directory), keys: ring)
    }

    private func removeEverything(of graph: GraphID) async throws {
        let pattern = graph.databaseName + "%"
        for row in try await administrator.query("SELECT datname::text AS name FROM pg_database WHERE datname LIKE \(pattern)") {
            _ = try await administrator.execute("DROP DATABASE \(identifier: row.decode("name")) WITH (FORCE)")
        }
        for row in try await administrator.query(
            "SELECT rolname::text AS name FROM pg_roles WHERE rolname LIKE \(pattern) ORDER BY length(rolname) DESC")
        {
            _ = try await administrator.execute("DROP ROLE \(identifier: row.decode("name"))")
        }
    }
}

/// A directory for one test.
func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = FileManager.default.temporaryDirectory.path + "/trellis-test-" + Hex.encode(RandomBytes.make(count: 8))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
