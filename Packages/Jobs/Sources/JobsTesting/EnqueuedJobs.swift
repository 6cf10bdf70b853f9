public import Core
public import Jobs
internal import JobsPostgres
public import Postgres

/// A job that waits in the queue.
public struct EnqueuedJob<Work: Job>: Sendable {
    /// Its number.
    public let id: JobID
    /// When it is due.
    public let runAt: Instant
    /// Its parameters.
    public let job: Work
}

/// The live jobs of a kind, in the order in which they would run: for asserting what was enqueued.
///
///     #expect(try await enqueued(SendMail.self, by: database.systemClient).map(\.job.mail) == [mail])
public func enqueued<Work: Job>(_ kind: Work.Type, by client: PostgresClient) async throws -> [EnqueuedJob<Work>] {
    try await WaitingJobs.all(kind, by: client).map { EnqueuedJob(id: JobID(rawValue: $0.id), runAt: $0.runAt, job: $0.job) }
}

extension JobContext {
    /// A context for calling a handler directly, as if a worker had leased job 0: good for handlers that do not finish their job themselves.
    public static func inline(dateSource: any DateSource, effects: any EffectLedger, attempt: Int = 1, isLastAttempt: Bool = false)
        -> JobContext
    {
        JobContext(
            lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: attempt, isLastAttempt: isLastAttempt,
            dateSource: dateSource, effects: effects)
    }
}
