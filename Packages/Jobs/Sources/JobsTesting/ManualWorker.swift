public import Core
public import JobsPostgres
public import Postgres

/// A worker that works only when a test tells it to: one job after the other, in the order of the queue, without loops, threads and waiting.
public struct ManualWorker: Sendable {
    private let drain: ManualDrain

    /// Makes a worker.
    ///
    /// - Parameters:
    ///   - client: a client of the system role.
    ///   - registry: what the worker can do.
    ///   - dateSource: the test's clock: what is due goes by it.
    public init(client: PostgresClient, registry: JobRegistry, dateSource: any DateSource) {
        drain = ManualDrain(client: client, registry: registry, dateSource: dateSource)
    }

    /// Hands on events, fires schedules and runs jobs until nothing is due at the clock's present instant.
    ///
    /// - Parameter limit: the most jobs, so that a job which enqueues itself for ever ends a test.
    /// - Returns: what was run, in order.
    /// - Throws: what the database throws; what a handler throws is an outcome.
    @discardableResult
    public func drain(limit: Int = 10_000) async throws -> [JobRun] {
        try await drain.run(limit: limit).map { JobRun(kind: $0.kind, outcome: $0.ending) }
    }
}

/// One attempt that a manual worker made.
public struct JobRun: Sendable, Hashable, CustomStringConvertible {
    /// The kind of job; `event:` or `saga:` and a name for handlers of those.
    public let kind: String
    /// `completed`, `snoozed`, `lost`, or `failed`, `cancelled` or `dead` with the reason behind a colon.
    public let outcome: String

    /// Both in one line.
    public var description: String { "\(kind) \(outcome)" }
}
