internal import Core
internal import EventLoops
internal import Observability
internal import Postgres
internal import Synchronization

/// The connections of an engine: one small pool for each host's administrative database, and single ones to graphs.
final class HostConnections: Sendable {
    private let clients = Mutex<[String: PostgresClient]>([:])
    private let loops: EventLoopGroup
    private let log: Log

    init(loops: EventLoopGroup, log: Log) {
        self.loops = loops
        self.log = log
    }

    /// The pool of a host's administrative database; made on first use.
    ///
    /// - Throws: `CallWithinTransaction` in debug builds, when a transaction is open (OPS-077).
    func maintenance(of host: PostgresGraphHost) throws -> PostgresClient {
        try OpenTransaction.refuseCalls(to: host.name)
        return clients.withLock { clients in
            if let client = clients[host.name] { return client }
            let client = PostgresClient(configuration: configuration(host.url, poolSize: 2), loops: loops, log: log)
            clients[host.name] = client
            return client
        }
    }

    /// A client for one piece of work, closed when that has ended, however it ended.
    ///
    /// - Throws: `CallWithinTransaction` in debug builds, when a transaction is open (OPS-077).
    func once<Value: Sendable>(
        url: SecretString, statementTimeout: Duration, _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        try OpenTransaction.refuseCalls(to: "a graph host")
        var settings = configuration(url, poolSize: 1)
        settings.statementTimeout = statementTimeout
        let client = PostgresClient(configuration: settings, loops: loops, log: log)
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    /// Waits on one of the loops.
    func sleep(for duration: Duration) async throws {
        try await loops.next().sleep(for: duration)
    }

    func close() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all { await client.close() }
    }

    private func configuration(_ url: SecretString, poolSize: Int) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(url: url)
        configuration.poolSizePerLoop = poolSize
        configuration.applicationName = "trellis graph maintenance"
        // Creating and dropping a database can take long on a busy disk; it must not be cut short half-way.
        configuration.statementTimeout = .seconds(120)
        configuration.lockTimeout = .seconds(10)
        configuration.acquireTimeout = .seconds(20)
        configuration.preparesStatements = false
        return configuration
    }
}
