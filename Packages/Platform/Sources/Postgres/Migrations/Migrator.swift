internal import Core
public import EventLoops
public import Observability

/// Brings the schema of a database forward: every step once, in order, each in a transaction of its own, under a lock.
///
/// Any number of processes may migrate at once: one does it, the others wait and find nothing left to do.
public struct Migrator: Sendable {
    /// The steps, the platform's own included.
    public let migrations: [any Migration.Type]
    /// The most that a step may wait for a lock, so that it does not hold up those who wait behind it.
    public var lockTimeout: Duration = .seconds(5)
    /// The most that a process waits for another that migrates.
    public var patience: Duration = .seconds(300)
    private let client: PostgresClient
    private let log: Log

    /// Makes a migrator.
    ///
    /// - Parameters:
    ///   - configuration: how to reach the database; its role logs in, and must be a member of `trellis_owner` or allowed to make roles.
    ///   - migrations: the steps in order: packages from the bottom to the top, numbers within them. The platform's own come first by themselves.
    ///   - loops: where the connection lives.
    ///   - log: hears of each step.
    public init(configuration: PostgresConfiguration, migrations: [any Migration.Type], loops: EventLoopGroup, log: Log = .silent) {
        let own = Set(PlatformMigrations.all.map { $0.id })
        self.migrations = PlatformMigrations.all + migrations.filter { !own.contains($0.id) }
        var configuration = configuration
        configuration.role = nil
        configuration.poolSizePerLoop = 1
        configuration.statementTimeout = .zero
        configuration.idleTransactionTimeout = .zero
        client = PostgresClient(configuration: configuration, loops: loops, log: log)
        self.log = log
    }

    /// Does every step that has not landed, and gives their names.
    ///
    /// - Throws: ``MigrationError`` when a landed step was edited, the database knows a step that the program does not, or a step failed: then
    ///   that one is undone and those before it stay. ``PostgresError`` when the database cannot be reached.
    @discardableResult
    public func migrate() async throws -> [String] {
        try checkNames()
        do {
            let done = try await client.withConnection { connection in
                try await prepare(connection)
                let pending = try await pending(on: connection)
                for migration in pending { try await apply(migration, on: connection) }
                if !pending.isEmpty { try await scopePolicies(on: connection) }
                return pending.map { $0.id }
            }
            await client.close()
            return done
        } catch {
            await client.close()
            throw error
        }
    }

    /// The number under which processes that migrate one database wait for each other.
    private static let lock: Int64 = 0x7472_656C_6C69_73

    private func checkNames() throws {
        var seen: Set<String> = []
        for migration in migrations where !seen.insert(migration.id).inserted { throw MigrationError.duplicate(migration.id) }
    }

    private func prepare(_ connection: PostgresConnection) async throws {
        try await connection.execute("SELECT set_config('lock_timeout', \("\(patience.wholeMilliseconds)ms"), false)")
        try await connection.execute("SELECT pg_advisory_lock(\(Self.lock))")
        try await connection.execute("SELECT set_config('lock_timeout', \("\(lockTimeout.wholeMilliseconds)ms"), false)")
        try await connection.script(
            #"""
            CREATE SCHEMA IF NOT EXISTS trellis;
            CREATE TABLE IF NOT EXISTS trellis.schema_migration (
                id text PRIMARY KEY,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            );
            """#)
    }

    private func pending(on connection: PostgresConnection) async throws -> [any Migration.Type] {
        let rows = try await connection.query("SELECT id, checksum FROM trellis.schema_migration ORDER BY id")
        let landed = try Dictionary(uniqueKeysWithValues: rows.map { try $0.decode((String, String).self) })
        let unknown = Set(landed.keys).subtracting(migrations.map { $0.id })
        guard unknown.isEmpty else { throw MigrationError.unknown(unknown.sorted()) }
        var pending: [any Migration.Type] = []
        for migration in migrations {
            guard let checksum = landed[migration.id] else {
                pending.append(migration)
                continue
            }
            guard try await checksum == self.checksum(of: migration, on: connection) else { throw MigrationError.edited(migration.id) }
        }
        return pending
    }

    private func checksum(of migration: any Migration.Type, on connection: PostgresConnection) async throws -> String {
        let text = Array(migration.sql.utf8)
        return try await connection.query("SELECT encode(sha256(\(text)), 'hex')").first?.decode(String.self) ?? ""
    }

    private func apply(_ migration: any Migration.Type, on connection: PostgresConnection) async throws {
        do {
            let checksum = try await checksum(of: migration, on: connection)
            try await connection.execute("BEGIN")
            if !migration.runsAsLogin { try await connection.execute("SET LOCAL ROLE trellis_owner") }
            let before = try await transactionID(on: connection)
            try await connection.script(migration.sql)
            guard try await transactionID(on: connection) == before else {
                // Whatever the step left open ends with the connection; what it committed itself cannot be taken back.
                throw MigrationError.endedTransaction(migration.id)
            }
            try await connection.execute("RESET ROLE")
            try await connection.execute(
                "INSERT INTO trellis.schema_migration (id, checksum) VALUES (\(migration.id), \(checksum))")
            try await connection.execute("COMMIT")
            log.info("migrated", ["migration": .string(migration.id)])
        } catch let error as PostgresError {
            throw MigrationError.failed(migration.id, error)
        }
    }

    /// Lets row-level security ask once for each statement who works, whatever policies the steps brought (see ``M0012ScopePoliciesOnce``).
    private func scopePolicies(on connection: PostgresConnection) async throws {
        try await connection.execute("BEGIN")
        try await connection.execute("SET LOCAL ROLE trellis_owner")
        try await connection.execute("SELECT public.trellis_scope_policies()")
        try await connection.execute("COMMIT")
    }

    private func transactionID(on connection: PostgresConnection) async throws -> Int64? {
        try await connection.query("SELECT pg_current_xact_id()").first?.decode(Int64.self)
    }
}
