internal import Audit
internal import AuditPostgres
internal import Billing
public import BillingPostgres
public import Core
public import Graphs
internal import Identity
internal import IdentityPostgres
internal import Jobs
public import JobsPostgres
internal import Operations
public import OperationsPostgres
internal import Orgs
public import OrgsPostgres
public import Postgres

/// A transaction of Graphs and everything below it, for programs that embed Graphs without the packages above.
public struct GraphPackagesTransaction: GraphTransaction, PostgresGraphTransaction, PostgresBillingTransaction,
    PostgresOperationTransaction,
    PostgresOrgTransaction
{
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

/// Graphs and everything below them in PostgreSQL.
public struct PostgresGraphPackagesStore: GraphStore, PostgresGraphStore, PostgresBillingStoring, PostgresOperationStore, PostgresOrgStoring
{
    /// What can be done in one unit of work.
    public typealias Transaction = GraphPackagesTransaction
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
    public func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> GraphPackagesTransaction {
        GraphPackagesTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
    }
}
