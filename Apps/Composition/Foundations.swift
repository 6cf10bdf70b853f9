internal import Audit
internal import AuditPostgres
public import Core
public import EventLoops
public import Observability
public import Postgres

/// What every process of Trellis stands on: loops, the database, the clock, metrics, and its own record in the log.
public struct Foundations: Sendable {
    /// The settings.
    public let configuration: TrellisConfiguration
    /// The loops of the process.
    public let loops: EventLoopGroup
    /// The control database.
    public let database: PostgresClient
    /// The business time.
    public let dateSource: any DateSource
    /// The metrics.
    public let metrics: Metrics
    /// The log lines.
    public let log: Log

    /// Starts what a process needs.
    ///
    /// - Parameters:
    ///   - configuration: the settings.
    ///   - role: what the process may do in the database.
    ///   - name: what the process is: `api` or `worker`.
    /// - Throws: when the system refuses threads.
    public init(_ configuration: TrellisConfiguration, role: PostgresConfiguration.Role, name: String, log: Log) throws {
        self.configuration = configuration
        self.log = log
        loops = try EventLoopGroup(count: configuration.httpLoops, name: name)
        var postgres = PostgresConfiguration(url: configuration.databaseURL, role: role)
        postgres.applicationName = "trellis-\(name)"
        database = PostgresClient(configuration: postgres, loops: loops, log: log.labelled("postgres"))
        dateSource = SystemDateSource()
        metrics = Metrics()
    }

    /// Records that the process has started, under a node of its own (AUD-010).
    ///
    /// - Throws: when the database cannot be reached, or its schema is not there yet.
    public func recordStart(of process: String) async throws {
        let now = dateSource.now
        let node = Node.ID.make(at: now)
        let dateSource = dateSource
        try await database.withTransaction(scope: .system) { transaction in
            try await transaction.execute("INSERT INTO audit.node (id, process, started_at) VALUES (\(node), \(process), \(now))")
            let audit = PlatformTransaction(postgres: transaction, dateSource: dateSource)
            try await audit.record(ProcessStarted(node: node, process: process), by: .system(component: process))
        }
    }

    /// Ends the connections and threads.
    public func shutdown() async {
        await database.close()
        loops.shutdown()
    }
}

private struct PlatformTransaction: PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
}
