public import EventLoops
internal import Foundation
public import Postgres
internal import Synchronization

/// A database of a test's own on a real PostgreSQL, with the schema in place, dropped when the test is over.
///
/// The server is named by the environment variable `TRELLIS_TEST_DATABASE_URL`, whose role must be a superuser; `Scripts/test` starts one.
public struct TestDatabase: Sendable {
    /// The database's name.
    public let name: String
    /// Where the database is, with the login of the server's administrator.
    public let url: String
    /// The loop on which the clients live, shared with other tests of the process.
    public let loops: EventLoopGroup
    /// A client that works as what serves requests.
    public let client: PostgresClient
    /// A client that works as what works in the background.
    public let systemClient: PostgresClient
    /// A client that works as the owner of the schema.
    public let ownerClient: PostgresClient
    /// A client that works as the administrator, whom row-level security does not concern: for looking at what is really there.
    public let adminClient: PostgresClient

    private init(name: String, url: String, loops: EventLoopGroup) {
        self.name = name
        self.url = url
        self.loops = loops
        func client(_ role: PostgresConfiguration.Role?, connections: Int) -> PostgresClient {
            PostgresClient(configuration: Self.configuration(url: url, role: role, connections: connections), loops: loops)
        }
        self.client = client(.app, connections: 8)
        systemClient = client(.system, connections: 8)
        ownerClient = client(.owner, connections: 1)
        adminClient = client(nil, connections: 1)
    }

    /// The configuration of a client of this database, to be changed as a test needs.
    public func configuration(role: PostgresConfiguration.Role? = .app) -> PostgresConfiguration {
        Self.configuration(url: url, role: role, connections: 8)
    }

    /// Makes a database with the given migrations, hands it to a closure, and drops it afterwards, whatever the closure did.
    ///
    /// The schema is made once for each set of migrations and copied from then on. At most 16 databases are in use at once; further tests wait.
    ///
    /// - Parameter migrations: the migrations of each package, from the bottom to the top; the platform's own come first by themselves.
    /// - Throws: ``TestDatabaseError`` when there is no server; what a migration or the closure throws.
    public static func withDatabase<Result: Sendable>(
        migrations: [[any Migration.Type]] = [], _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        let server = try TestServerConnection.shared()
        await gate.enter()
        defer { gate.leave() }
        let template = try await server.template(for: migrations.flatMap(\.self))
        let name = server.makeName()
        try await server.admin.execute("CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template) OWNER trellis_owner")
        let database = TestDatabase(name: name, url: server.url(of: name), loops: server.loops)
        do {
            let result = try await body(database)
            await database.drop(on: server)
            return result
        } catch {
            await database.drop(on: server)
            throw error
        }
    }

    private static let gate = Gate(limit: 16)

    static func configuration(url: String, role: PostgresConfiguration.Role?, connections: Int) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(url: url, role: role)
        configuration.poolSizePerLoop = connections
        configuration.applicationName = "trellis-test"
        // Many tests share few cores: a wait that would be a fault in a service is none here.
        configuration.acquireTimeout = .seconds(300)
        configuration.connectTimeout = .seconds(300)
        configuration.lockTimeout = .seconds(300)
        configuration.statementTimeout = .seconds(300)
        configuration.idleTransactionTimeout = .seconds(600)
        return configuration
    }

    private func drop(on server: TestServerConnection) async {
        // A test that was cancelled at its time limit leaves its database behind as little as any other.
        await Task {
            for client in [client, systemClient, ownerClient, adminClient] { await client.close() }
            _ = try? await server.admin.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        }.value
    }
}

/// Why there is no database to test with.
public enum TestDatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The variable that names the server is missing.
    case noServer

    /// What to do.
    public var description: String {
        "TRELLIS_TEST_DATABASE_URL is not set: run Scripts/test, or Scripts/postgres start DIR and set the variable to what it prints."
    }
}
