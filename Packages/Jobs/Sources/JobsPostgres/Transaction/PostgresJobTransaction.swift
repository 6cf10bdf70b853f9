public import Core
public import Jobs
internal import Observability
public import Postgres

/// Jobs, events and sagas by SQL on a transaction: adopt it to enqueue work together with what makes it necessary.
public protocol PostgresJobTransaction: JobTransaction {
    /// The transaction.
    var postgres: PostgresTransaction { get }
    /// The business time.
    var dateSource: any DateSource { get }
    /// What workers are to be told of once the transaction has committed; `nil` where they find out by looking.
    var wakeUps: JobWakeUps? { get }
}

extension PostgresJobTransaction {
    /// Nobody is told: workers look for themselves within a second.
    public var wakeUps: JobWakeUps? { nil }

    /// Enqueues a job.
    ///
    /// - Throws: ``JobPayloadTooLarge``
    public func enqueue<Work: Job>(_ job: Work, _ options: JobOptions) async throws {
        let (insertion, draft) = (JobInsertion(of: Work.self), try JobDraft(job, kind: Work.kind, options: options))
        let wakeUps = wakeUps
        wakeUps?.lanes.insert(insertion.lane)
        try await postgres.post(insertion.statement(draft, now: dateSource.now)) { result in
            if case .success(let rows) = result { wakeUps?.count(rows.count, of: insertion) }
        }
    }

    /// Enqueues many jobs of one kind with one statement.
    ///
    /// - Throws: ``JobPayloadTooLarge``
    public func enqueue<Work: Job>(_ jobs: [(job: Work, options: JobOptions)]) async throws -> [EnqueueOutcome] {
        try await enqueue(jobs.map { try JobDraft($0.job, kind: Work.kind, options: $0.options) }, by: JobInsertion(of: Work.self))
    }

    func enqueue(_ drafts: [JobDraft], by insertion: JobInsertion) async throws -> [EnqueueOutcome] {
        guard !drafts.isEmpty else { return [] }
        wakeUps?.lanes.insert(insertion.lane)
        let outcomes: [EnqueueOutcome] = try await postgres.query(insertion.statement(drafts, now: dateSource.now)).map { row in
            try row.decode(Int64?.self).map { .enqueued(JobID(rawValue: $0)) } ?? .alreadyQueued
        }
        wakeUps?.count(outcomes.count { $0 != .alreadyQueued }, of: insertion)
        return outcomes
    }

    /// Cancels the live job of a kind with a unique key: it leaves the queue, and what a handler at work on it returns is refused.
    @discardableResult
    public func cancelJob<Work: Job>(_ kind: Work.Type, uniqueKey: String) async throws -> Bool {
        try await postgres.execute(
            """
            WITH gone AS (
                DELETE FROM jobs.job WHERE unique_key = substr(sha256(convert_to(\(Work.kind) || E'\\x1f' || \(uniqueKey), 'UTF8')), 1, 16)
                RETURNING *
            )
            INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id, reason, args)
            SELECT id, lane, kind_id, 2, attempt, lease_by, created_at, run_at, \(dateSource.now), org, saga_id, 'no longer wanted', args FROM gone
            """) > 0
    }

    /// Gives the attempt that holds a lease so much time from now on.
    ///
    /// - Throws: `JobLeaseLost`
    func extendDeadline(of lease: JobLease, to duration: Duration) async throws {
        let extended = try await postgres.execute(
            """
            UPDATE jobs.job SET deadline = now() + \(duration + .seconds(30))
            WHERE id = \(lease.job.rawValue) AND lease_by = \(lease.worker) AND lease_token = \(lease.token)
            """)
        guard extended == 1 else { throw JobLeaseLost(lease: lease) }
    }

    /// Finishes the job that this transaction's handler works on, together with what it wrote.
    ///
    /// - Throws: `JobLeaseLost`
    public func finish(_ lease: JobLease) async throws {
        let finished = try await postgres.execute(
            """
            WITH gone AS (
                DELETE FROM jobs.job WHERE id = \(lease.job.rawValue) AND lease_by = \(lease.worker) AND lease_token = \(lease.token) RETURNING *
            )
            INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id, args)
            SELECT id, lane, kind_id, 1, attempt, lease_by, created_at, run_at, \(dateSource.now), org, saga_id, args FROM gone
            """)
        guard finished == 1 else { throw JobLeaseLost(lease: lease) }
    }

    /// Tells everybody above of something that has happened.
    ///
    /// - Throws: ``JobPayloadTooLarge``
    public func publish<Event: DomainEvent>(_ event: Event) async throws {
        let (payload, context) = (try EncodedJSON(event), LogContext.current)
        guard payload.bytes.count <= JobPayloadTooLarge.limit else {
            throw JobPayloadTooLarge(kind: Event.topic, bytes: payload.bytes.count)
        }
        wakeUps?.hasEvents = true
        try await postgres.post(
            """
            INSERT INTO jobs.event (topic, key, payload, published_at, trace, origin)
            VALUES (\(Event.topic), \(event.eventKey), \(payload), \(dateSource.now), \(context.trace?.description), \(context.origin?.handedOn))
            """)
    }
}

/// What a transaction enqueued, for telling workers once it has committed: never from within it, because `NOTIFY` makes commits wait for
/// each other (PostgreSQL source, async.c).
public final class JobWakeUps {
    var lanes: Set<Lane> = []
    var hasEvents = false
    var enqueued: [EnqueuedKind: Int] = [:]

    /// Nothing so far.
    public init() {}

    func count(_ number: Int, of insertion: JobInsertion) {
        guard number > 0 else { return }
        enqueued[EnqueuedKind(name: insertion.kind, lane: insertion.lane), default: 0] += number
    }
}

/// What was enqueued, as it is counted.
struct EnqueuedKind: Hashable {
    let name: String
    let lane: Lane
}
