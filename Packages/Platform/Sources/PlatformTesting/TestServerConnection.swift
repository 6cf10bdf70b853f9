internal import EventLoops
internal import Foundation
internal import Postgres
internal import Synchronization

/// The server that tests make their databases on: the administrator's client, templates, and what crashed runs left behind.
final class TestServerConnection: Sendable {
    let admin: PostgresClient
    private let groups: [EventLoopGroup]
    private let turn = Atomic<Int>(0)
    private let adminURL: String
    private let templates = Mutex<[String: Task<String, any Error>]>([:])
    private static let instance = Mutex<TestServerConnection?>(nil)

    /// Names begin with this, and go on with the second they were made in.
    private static let prefix = "trellis_test_"
    /// Older databases were left behind by runs that crashed: no run takes this long.
    private static let maximumAge = 6 * 3_600

    private init(url: String) throws {
        adminURL = url
        groups = [try EventLoopGroup(count: 1, name: "test"), try EventLoopGroup(count: 1, name: "test-other")]
        var configuration = TestDatabase.configuration(url: url, role: nil, connections: 4)
        configuration.statementTimeout = .seconds(120)
        configuration.lockTimeout = .seconds(120)
        // CREATE DATABASE cannot be one of several statements of a round trip.
        configuration.preparesStatements = false
        admin = PostgresClient(configuration: configuration, loops: groups[0])
    }

    /// The loops of one database: one of the few of the process, for a client opens connections on each loop that it is called from.
    var loops: EventLoopGroup {
        groups[turn.add(1, ordering: .relaxed).newValue % groups.count]
    }

    /// The server of this process.
    static func shared() throws -> TestServerConnection {
        try instance.withLock { instance in
            if let instance { return instance }
            guard let url = ProcessInfo.processInfo.environment["TRELLIS_TEST_DATABASE_URL"], !url.isEmpty else {
                throw TestDatabaseError.noServer
            }
            let server = try TestServerConnection(url: url)
            instance = server
            return server
        }
    }

    func makeName() -> String {
        let random = String(UInt32.random(in: .min ... .max), radix: 36)
        return "\(Self.prefix)\(Int(Date().timeIntervalSince1970))_\(ProcessInfo.processInfo.processIdentifier)_\(random)"
    }

    /// The server's URL with another database in its path.
    func url(of database: String) -> String {
        let parts = adminURL.split(separator: "?", maxSplits: 1).map(String.init)
        let afterScheme = parts[0].range(of: "://")?.upperBound ?? parts[0].startIndex
        let path = parts[0][afterScheme...].firstIndex(of: "/") ?? parts[0].endIndex
        return "\(parts[0][..<path])/\(database)" + (parts.count > 1 ? "?\(parts[1])" : "")
    }

    /// The name of a database with these migrations that others are copied from; made by the first who asks.
    func template(for migrations: [any Migration.Type]) async throws -> String {
        let key = migrations.map { "\($0.id) \($0.sql.hashValue)" }.joined(separator: "\n")
        let task = templates.withLock { templates in
            if let task = templates[key] { return task }
            // Not a child of the test that came first: others wait for it as well.
            let task = Task { try await self.makeTemplate(migrations) }
            templates[key] = task
            return task
        }
        return try await task.value
    }

    private func makeTemplate(_ migrations: [any Migration.Type]) async throws -> String {
        await removeLeftovers()
        let name = makeName() + "_template"
        try await admin.execute("CREATE DATABASE \(identifier: name)")
        let configuration = TestDatabase.configuration(url: url(of: name), role: nil, connections: 1)
        try await Migrator(configuration: configuration, migrations: migrations, loops: loops).migrate()
        try await waiveCoverage(in: configuration)
        return name
    }

    /// Tests fill tables by hand, without entries of the audit log: a test that is about those takes the waiver away,
    /// and `TRELLIS_TEST_COVERAGE=1` does for all of them.
    private func waiveCoverage(in configuration: PostgresConfiguration) async throws {
        guard ProcessInfo.processInfo.environment["TRELLIS_TEST_COVERAGE"] == nil else { return }
        let client = PostgresClient(configuration: configuration, loops: loops)
        let isThere = try await client.query("SELECT to_regclass('audit.coverage_waiver') IS NOT NULL")[0].decode(Bool.self)
        if isThere { try await client.execute("INSERT INTO audit.coverage_waiver (reason) VALUES ('a database of tests')") }
        // A database that somebody is connected to cannot be copied.
        await client.close()
    }

    private func removeLeftovers() async {
        let oldest = Int(Date().timeIntervalSince1970) - Self.maximumAge
        let rows = (try? await admin.query("SELECT datname FROM pg_database WHERE starts_with(datname, \(Self.prefix))")) ?? []
        for row in rows {
            guard let name = try? row.decode(String.self), let second = Int(name.dropFirst(Self.prefix.count).prefix { $0 != "_" }),
                second < oldest
            else { continue }
            _ = try? await admin.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        }
    }
}
