internal import Audit
internal import AuditPostgres
public import Core
internal import Identity
internal import IdentityPostgres
public import JobsPostgres
internal import Orgs
public import Postgres

/// A transaction of accounts and orgs, for programs that embed them without the packages above.
public struct OrgOnlyTransaction: PostgresOrgTransaction {
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

/// Accounts and orgs in PostgreSQL.
public struct PostgresOrgStore: PostgresOrgStoring {
    /// What can be done in one unit of work.
    public typealias Transaction = OrgOnlyTransaction
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
    public func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> OrgOnlyTransaction {
        OrgOnlyTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
    }
}
