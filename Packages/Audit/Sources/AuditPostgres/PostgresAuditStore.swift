public import Audit
public import AuditProof
public import AuditStorage
public import Core
public import FoundationEssentials
public import Observability
public import Postgres

/// The log on PostgreSQL as one value, for a program that uses the audit package alone (AUD-136). The product puts the same parts together for itself, for its
/// processes work in roles of their own.
///
/// The schema comes from `AuditMigrations`; the program's own migrations add its types and kinds behind them (`AuditSchema`). What the program changes in its own
/// tables goes through ``Transaction/postgres``, in the transaction that records it.
public struct PostgresAuditStore: AuditStore {
    /// What records facts, and changes what they are about.
    public struct Transaction: PostgresAuditTransaction {
        /// The transaction.
        public let postgres: PostgresTransaction
        /// The business time.
        public let dateSource: any DateSource
    }

    private let client: PostgresClient
    private let dateSource: any DateSource
    private let reader: PostgresAuditReader
    private let prover: PostgresAuditProver
    private let catalogue: PostgresAuditCatalogue
    private let sealer: AuditSealer
    private let export: AuditExport

    /// Makes a store.
    ///
    /// - Parameters:
    ///   - client: works in the background's role, `trellis_system`: nothing else may write links.
    ///   - dateSource: the business time.
    ///   - signer: signs checkpoints.
    ///   - cursors: makes the places at which pages begin; without keys they hold for this value only.
    ///   - log: hears of checkpoints, and of entries that matter.
    public init(
        client: PostgresClient, dateSource: any DateSource, signer: AuditSigner, cursors: AuditCursors = AuditCursors(), log: Log
    ) {
        self.client = client
        self.dateSource = dateSource
        reader = PostgresAuditReader(client: client, cursors: cursors)
        prover = PostgresAuditProver(client: client)
        catalogue = PostgresAuditCatalogue(client: client)
        sealer = AuditSealer(client: client, dateSource: dateSource, signer: signer, log: log)
        export = AuditExport(client: client)
    }

    /// Runs a closure in one transaction of the database, again after a conflict. What the database refuses is thrown as ``PostgresError``.
    public func withTransaction<Result: Sendable>(_ body: (Transaction) async throws -> Result) async throws -> Result {
        let dateSource = dateSource
        return try await client.withTransaction(scope: .system) { transaction in
            try await body(Transaction(postgres: transaction, dateSource: dateSource))
        }
    }

    /// The entries that refer to an org, newest first.
    public func entries(ofOrg org: UUID, _ query: AuditQuery) async throws -> Page<AuditEntry> {
        try await reader.entries(ofOrg: org, query)
    }

    /// Entries of all chains, newest first.
    public func entries(_ query: AuditQuery) async throws -> Page<AuditEntry> { try await reader.entries(query) }

    /// What proves an entry of an org's chain; `nil` when there is no such entry.
    public func proof(of entry: AuditEntryID, ofOrg org: UUID) async throws -> JSONValue? { try await prover.proof(of: entry, ofOrg: org) }

    /// Every type of entry, by name: the program's own, and those that the package itself has.
    public func types() async throws -> [AuditEventType] { try await catalogue.types() }

    /// The public keys that sign checkpoints, the oldest first.
    public func keys() async throws -> [AuditPublicKey] { try await catalogue.keys() }

    /// Links what waits, batch after batch; nothing while another sealer is at work.
    public func seal() async throws -> Int {
        var sealed = 0
        while true {
            let batch = try await sealer.seal()
            sealed += batch
            if batch < AuditSealer.batchSize { return sealed }
        }
    }

    /// Signs a checkpoint when one is due; none while another sealer is at work.
    public func checkpoint() async throws -> AuditCheckpoint? { try await sealer.checkpoint() }

    /// The whole log, a batch at a time.
    public func lines(_ take: (AuditExportLine) throws -> Void) async throws { try await export.lines(take) }
}
