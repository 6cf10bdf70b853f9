public import Core
internal import Jobs
public import Postgres

/// A transaction that can do nothing but jobs, events and sagas; for programs that embed the queue alone.
public struct JobOnlyTransaction: PostgresJobTransaction {
    /// The transaction.
    public let postgres: PostgresTransaction
    /// The business time.
    public let dateSource: any DateSource
    /// What workers are to be told of.
    public let wakeUps: JobWakeUps?

    /// Wraps a transaction.
    public init(postgres: PostgresTransaction, dateSource: any DateSource, wakeUps: JobWakeUps? = nil) {
        self.postgres = postgres
        self.dateSource = dateSource
        self.wakeUps = wakeUps
    }
}

/// Transactions of the queue alone.
public struct PostgresJobStore: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let notifier: JobNotifier?

    /// Makes a store.
    ///
    /// - Parameter notifier: tells workers after each commit; `nil` where they find out by looking.
    public init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil) {
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
    }

    /// Commits what a closure did, or undoes all of it when the closure throws.
    public func withTransaction<Result: Sendable>(_ body: (JobOnlyTransaction) async throws -> Result) async throws -> Result {
        let wakeUps = JobWakeUps()
        let dateSource = dateSource
        let result = try await client.withTransaction(scope: .system) { transaction in
            try await body(JobOnlyTransaction(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps))
        }
        notifier?.notify(wakeUps)
        return result
    }
}
