internal import Audit
internal import AuditPostgres
public import Core
internal import Jobs
public import JobsPostgres
public import Notifications
public import Postgres

/// The smallest transaction of this package, for its tests and for those who use it alone (NOT-197).
public struct NotificationsOnlyTransaction: PostgresNotificationTransaction {
    /// The transaction.
    public let postgres: PostgresTransaction
    /// The business time.
    public let dateSource: any DateSource
    /// What workers are to be told of.
    public let wakeUps: JobWakeUps?
    /// The mails of the program's own.
    public let ownMails: [OwnMailTemplate]

    /// Makes a transaction.
    ///
    /// - Parameter ownMails: the mails of the program's own, besides those of the catalogue; a row with any other name is refused.
    public init(postgres: PostgresTransaction, dateSource: any DateSource, wakeUps: JobWakeUps?, ownMails: [OwnMailTemplate] = []) {
        self.postgres = postgres
        self.dateSource = dateSource
        self.wakeUps = wakeUps
        self.ownMails = ownMails
    }
}

/// The outbox on PostgreSQL.
///
/// - Parameter Transaction: the transaction of the composition, or ``NotificationsOnlyTransaction``.
public struct PostgresNotificationStore<Transaction: PostgresNotificationTransaction>: NotificationStore {
    private let client: PostgresClient
    private let notifier: JobNotifier?
    private let make: @Sendable (PostgresTransaction, JobWakeUps) -> Transaction

    /// Makes a store.
    ///
    /// - Parameter client: with the system role.
    /// - Parameter notifier: tells workers of new jobs after each commit; `nil` where they find out by looking.
    /// - Parameter make: wraps a transaction of PostgreSQL.
    public init(
        client: PostgresClient, notifier: JobNotifier?, make: @escaping @Sendable (PostgresTransaction, JobWakeUps) -> Transaction
    ) {
        self.client = client
        self.notifier = notifier
        self.make = make
    }

    /// Runs a closure in one transaction of the system.
    public func withTransaction<Result: Sendable>(_ body: (Transaction) async throws -> Result) async throws -> Result {
        let make = make
        let wakeUps = JobWakeUps()
        let result = try await client.withTransaction(scope: .system) { transaction in
            try await body(make(transaction, wakeUps))
        }
        notifier?.notify(wakeUps)
        return result
    }
}
