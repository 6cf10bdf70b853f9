internal import AuditPostgres
public import Core
internal import Identity
public import JobsPostgres
public import Postgres

/// A transaction of accounts alone, for programs that embed Identity without the packages above.
public struct IdentityOnlyTransaction: PostgresIdentityTransaction {
    /// The transaction.
    public let postgres: PostgresTransaction
    /// The business time.
    public let dateSource: any DateSource
    /// What workers are to be told of.
    public let wakeUps: JobWakeUps?

    /// Wraps a transaction.
    public init(postgres: PostgresTransaction, dateSource: any DateSource, wakeUps: JobWakeUps?) {
        self.postgres = postgres
        self.dateSource = dateSource
        self.wakeUps = wakeUps
    }
}

/// Accounts in PostgreSQL, alone.
public struct PostgresIdentityStore: PostgresIdentityStoring {
    /// What can be done in one unit of work.
    public typealias Transaction = IdentityOnlyTransaction
    /// The client.
    public let client: PostgresClient
    /// The business time.
    public let dateSource: any DateSource
    /// Tells workers after each commit.
    public let notifier: JobNotifier?

    /// Makes a store.
    public init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
    }

    /// Wraps a transaction.
    public func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> IdentityOnlyTransaction {
        IdentityOnlyTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
    }
}
