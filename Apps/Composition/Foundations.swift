internal import Audit
internal import AuditPostgres
public import Core
public import EventLoops
internal import JobsPostgres
public import Lifecycle
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
    /// How the control database is reached, in the process's role.
    let postgres: PostgresConfiguration
    /// The process in the log.
    let node: Node.ID
    /// The movable clock; in the sandbox mode only (OPS-090).
    let sandboxClock: SandboxClock?
    /// The client that moves the clock, as the system role.
    let clockDatabase: PostgresClient?

    /// Starts what a process needs. In the sandbox mode the clock's row is read, so the schema must be there.
    ///
    /// - Parameters:
    ///   - configuration: the settings.
    ///   - role: what the process may do in the database.
    ///   - name: what the process is: `api` or `worker`.
    /// - Throws: when the system refuses threads, or the clock cannot be read.
    public init(_ configuration: TrellisConfiguration, role: PostgresConfiguration.Role, name: String, log: Log) async throws {
        self.configuration = configuration
        self.log = log
        loops = try EventLoopGroup(count: configuration.httpLoops, name: name)
        postgres = Self.postgres(configuration, role: role, name: name)
        database = PostgresClient(configuration: postgres, loops: loops, log: log.labelled("postgres"))
        metrics = Metrics()
        ProcessFigures.register(on: metrics)
        AuditRefusals.register(on: metrics)
        if configuration.stage.isSandbox {
            var postgres = Self.postgres(configuration, role: .system, name: name + "-clock")
            // One holds the lock of a move; the move itself, schedules and the reading of the row need others.
            postgres.poolSizePerLoop = 4
            let client = PostgresClient(configuration: postgres, loops: loops, log: log.labelled("postgres"))
            let clock = SandboxClock(client: client, database: postgres, loops: loops, log: log.labelled("clock"))
            do {
                try await clock.load()
            } catch {
                await client.close()
                await database.close()
                loops.shutdown()
                throw error
            }
            clockDatabase = client
            sandboxClock = clock
            dateSource = clock
        } else {
            clockDatabase = nil
            sandboxClock = nil
            dateSource = SystemDateSource()
        }
        node = Node.ID.make(at: dateSource.now)
    }

    private static func postgres(_ configuration: TrellisConfiguration, role: PostgresConfiguration.Role, name: String)
        -> PostgresConfiguration
    {
        var postgres = PostgresConfiguration(url: configuration.databaseURL, role: role)
        postgres.applicationName = "trellis-\(name)"
        return postgres
    }

    /// What runs as long as the process does, whatever the process is.
    public var services: [any Service] {
        let levels = LogLevelFollower(LogLevelStore(client: database), loop: loops.next())
        return (sandboxClock.map { [$0] } ?? []) + [levels]
    }

    /// Records that the process has started, under a node of its own (AUD-010).
    ///
    /// - Throws: when the database cannot be reached, or its schema is not there yet.
    public func recordStart(of process: String) async throws {
        try await checkDatabase()
        try await processLog(process).started()
    }

    /// Records that the process ends as it was asked to. An end waits for no database: without one it is told in a log line alone.
    public func recordStop(of process: String) async {
        do {
            try await processLog(process).stopped()
        } catch {
            log.warning("that the process stopped is not in the audit log", ["error": .string(errorChain(error))])
        }
    }

    private func processLog(_ process: String) -> PostgresProcessLog {
        PostgresProcessLog(client: database, dateSource: dateSource, node: node, process: process)
    }

    /// Whether the database is one to work on: with every migration that this program knows, and where customers are, reached by a login to
    /// which the rules of the rows apply (SEC-094). Migrations of a later release are no obstacle: they only add (OPS-086).
    private func checkDatabase() async throws {
        var problems = try await missingMigrations().prefix(3).map { "the database lacks the migration \($0): run trellis migrate" }
        if configuration.stage == .production {
            let login = try await database.query(
                "SELECT rolsuper OR rolbypassrls OR rolname = 'trellis_owner' FROM pg_roles WHERE rolname = session_user")
            if try login.first?.decode(Bool.self) == true {
                problems.append(
                    "TRELLIS_DATABASE_URL must log in as somebody who is neither superuser nor owner, and whom row security binds")
            }
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    /// Migrations that this program knows and the database has not, in order.
    private func missingMigrations() async throws -> [String] {
        let done = try await database.query("SELECT id FROM trellis.schema_migration").map { try $0.decode(String.self) }
        return Set(TrellisMigrations.all.map { $0.id }).subtracting(done).sorted()
    }

    /// Why the database is none to work on at the moment: it cannot be reached, or lacks migrations (OPS-085).
    func schemaProblems() async -> [String] {
        do {
            return try await missingMigrations().prefix(3).map { "the database lacks the migration \($0)" }
        } catch {
            return ["the database cannot be reached"]
        }
    }

    /// Writes an entry about the platform itself.
    func record(_ entry: some AuditEvent, by component: String) async throws {
        let dateSource = dateSource
        try await database.withTransaction(scope: .system) { transaction in
            let audit = PlatformTransaction(postgres: transaction, dateSource: dateSource)
            try await audit.record(entry, by: .system(component: component))
        }
    }

    /// Ends the connections and threads.
    public func shutdown() async {
        await clockDatabase?.close()
        await database.close()
        loops.shutdown()
    }
}

private struct PlatformTransaction: PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
}
