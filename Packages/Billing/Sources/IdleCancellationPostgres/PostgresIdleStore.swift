internal import Audit
internal import AuditPostgres
internal import Billing
internal import BillingPostgres
public import Core
internal import Identity
internal import IdentityPostgres
internal import IdleCancellation
internal import Jobs
public import JobsPostgres
internal import Orgs
public import OrgsPostgres
public import Postgres

/// A transaction of idle cancellation and what is below it, for programs that embed it without the packages above.
public struct IdleOnlyTransaction: PostgresIdleTransaction, PostgresOrgTransaction {
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

/// Idle cancellation and what is below it in PostgreSQL.
public struct PostgresIdleStore: PostgresIdleStoring, PostgresOrgStoring {
    /// What can be done in one unit of work.
    public typealias Transaction = IdleOnlyTransaction
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
    public func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> IdleOnlyTransaction {
        IdleOnlyTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
    }
}
