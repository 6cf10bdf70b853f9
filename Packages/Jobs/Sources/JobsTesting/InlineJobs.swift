public import Core
public import JobsPostgres
public import Postgres

/// Transactions whose jobs are done before the call returns: for programs and tests in which a change and all that follows from it are one step.
///
///     try await jobs.withTransaction { try await $0.enqueue(SendMail(mail: mail), .standard) }
///     // The mail is sent.
public struct InlineJobs: Sendable {
    private let store: PostgresJobStore
    private let worker: ManualWorker

    /// Makes them.
    ///
    /// - Parameters:
    ///   - client: a client of the system role.
    ///   - registry: what can be done.
    ///   - dateSource: what is due goes by it.
    public init(client: PostgresClient, registry: JobRegistry, dateSource: any DateSource) {
        store = PostgresJobStore(client: client, dateSource: dateSource)
        worker = ManualWorker(client: client, registry: registry, dateSource: dateSource)
    }

    /// Commits what a closure did, and does all that is due then; undoes it and does nothing when the closure throws.
    ///
    /// - Returns: what the closure gave, and what was run, in order.
    @discardableResult
    public func withTransaction<Result: Sendable>(
        _ body: (JobOnlyTransaction) async throws -> Result
    ) async throws -> (result: Result, runs: [JobRun]) {
        let result = try await store.withTransaction(body)
        return (result: result, runs: try await worker.drain())
    }
}
