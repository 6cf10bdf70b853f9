internal import Audit
internal import AuditPostgres
internal import Billing
internal import BillingPostgres
internal import Core
internal import Graphs
internal import GraphsPostgres
internal import Identity
internal import IdentityPostgres
internal import IdleCancellation
internal import IdleCancellationPostgres
internal import Jobs
internal import JobsPostgres
internal import Notifications
internal import NotificationsPostgres
internal import Operations
internal import OperationsPostgres
internal import Orgs
internal import OrgsPostgres
internal import Postgres

/// One unit of work over everything that Trellis keeps: what the packages do in it is committed together or not at all.
struct AppTransaction: GraphTransaction, PostgresGraphTransaction, PostgresBillingTransaction, PostgresIdleTransaction,
    PostgresOperationTransaction,
    PostgresOrgTransaction, PostgresNotificationTransaction, AuditExportTransaction
{
    let postgres: PostgresTransaction
    let dateSource: any DateSource
    let wakeUps: JobWakeUps?
}

/// Everything that Trellis keeps, in the control database.
struct AppStore: GraphStore, PostgresGraphStore, PostgresBillingStoring, PostgresIdleStoring, PostgresOperationStore, PostgresOrgStoring {
    typealias Transaction = AppTransaction

    let client: PostgresClient
    let dateSource: any DateSource
    let notifier: JobNotifier?

    func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> AppTransaction {
        AppTransaction(postgres: postgres, dateSource: dateSource, wakeUps: wakeUps)
    }
}
