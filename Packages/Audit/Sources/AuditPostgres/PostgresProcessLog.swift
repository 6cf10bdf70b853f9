public import Audit
public import Core
public import Postgres

/// The entries of a process about itself (AUD-010, AUD-133): each run of a program has a node of its own, to which they refer.
public struct PostgresProcessLog: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let node: Node.ID
    private let process: String

    /// Makes the log of a process.
    ///
    /// - Parameters:
    ///   - node: the run of the program.
    ///   - process: what it is: `api`, `worker`, `trellis`.
    public init(client: PostgresClient, dateSource: any DateSource, node: Node.ID, process: String) {
        self.client = client
        self.dateSource = dateSource
        self.node = node
        self.process = process
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// The process began: its node is there from now on.
    public func started() async throws {
        try await write { transaction in
            try await introduce(in: transaction.postgres)
            try await transaction.record(ProcessStarted(node: node, process: process), by: .system(component: process))
        }
    }

    /// The process ends as it was asked to.
    public func stopped() async throws {
        try await write { try await $0.record(ProcessStopped(node: node, process: process), by: .system(component: process)) }
    }

    /// The process brought the schema forward; without any step nothing is written.
    public func applied(_ migrations: [String]) async throws {
        guard !migrations.isEmpty else { return }
        try await write { transaction in
            try await introduce(in: transaction.postgres)
            try await transaction.record(MigrationApplied(node: node, migrations: migrations), by: .system(component: process))
        }
    }

    private func introduce(in transaction: PostgresTransaction) async throws {
        try await transaction.execute(
            "INSERT INTO audit.node (id, process, started_at) VALUES (\(node), \(process), \(dateSource.now))")
    }

    private func write(_ body: (Recorder) async throws -> Void) async throws {
        let dateSource = dateSource
        try await client.withTransaction(scope: .system) { try await body(Recorder(postgres: $0, dateSource: dateSource)) }
    }
}
