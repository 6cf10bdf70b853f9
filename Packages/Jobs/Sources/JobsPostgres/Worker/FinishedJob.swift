internal import Core
internal import Postgres

/// What became of a job that this worker had leased.
struct FinishedJob: Sendable {
    enum Ending: Sendable, Hashable {
        case completed
        case cancelled(reason: String)
        /// It comes back; where that does not count, the attempt is given back.
        case again(at: Instant, countsAttempt: Bool, error: String?)
        case dead(reason: String)
        /// The handler's own transaction has ended the job.
        case committed
        /// Somebody else has the job; there is nothing to write.
        case lost
    }

    let job: ClaimedJob
    let worker: Int32
    let ending: Ending

    /// Whether there is anything to write.
    var isWritten: Bool {
        switch ending {
        case .committed, .lost: false
        default: true
        }
    }
}

/// The statements that write what became of jobs, each guarded by lease and token: results that come too late match nothing.
struct Flush {
    let worker: Int32
    let now: Instant
    private var ended: [(job: ClaimedJob, outcome: Int16, reason: String?)] = []
    private var again: [(job: ClaimedJob, at: Instant, back: Int16)] = []
    private var dead: [(job: ClaimedJob, reason: String)] = []
    private var errors: [(job: ClaimedJob, error: String)] = []

    init(_ results: [FinishedJob], worker: Int32, now: Instant) {
        self.worker = worker
        self.now = now
        for result in results {
            switch result.ending {
            case .completed: ended.append((result.job, 1, nil))
            case .cancelled(let reason): ended.append((result.job, 2, reason))
            case .again(let at, let counts, let error):
                again.append((result.job, at, counts ? 0 : 1))
                if let error { errors.append((result.job, error)) }
            case .dead(let reason):
                dead.append((result.job, reason))
                errors.append((result.job, reason))
            case .committed, .lost: break
            }
        }
    }

    /// Each gives the numbers of the jobs that were still this worker's.
    var statements: [Statement] {
        var statements: [Statement] = []
        if !errors.isEmpty { statements.append(errorStatement) }
        if !ended.isEmpty { statements.append(endStatement) }
        if !again.isEmpty { statements.append(againStatement) }
        if !dead.isEmpty { statements.append(deadStatement) }
        return statements
    }

    private var endStatement: Statement {
        """
        WITH gone AS (
            DELETE FROM jobs.job j
            USING unnest(\(ended.map(\.job.id)), \(ended.map(\.job.token)), \(ended.map(\.outcome)), \(ended.map(\.reason)))
                AS r (id, token, outcome, reason)
            WHERE j.id = ANY (\(ended.map(\.job.id))) AND j.id = r.id AND j.lease_by = \(worker) AND j.lease_token = r.token
            RETURNING j.*, r.outcome, r.reason
        )
        INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id, reason, args)
        SELECT id, lane, kind_id, outcome, attempt, lease_by, created_at, run_at, \(now), org, saga_id, reason, args FROM gone
        RETURNING id
        """
    }

    private var againStatement: Statement {
        """
        UPDATE jobs.job j
        SET lease_by = NULL, deadline = NULL, run_at = r.run_at, attempt = j.attempt - r.back, snoozes = j.snoozes + r.back
        FROM unnest(\(again.map(\.job.id)), \(again.map(\.job.token)), \(again.map(\.at)), \(again.map(\.back))) AS r (id, token, run_at, back)
        WHERE j.id = ANY (\(again.map(\.job.id))) AND j.id = r.id AND j.lease_by = \(worker) AND j.lease_token = r.token
        RETURNING j.id
        """
    }

    private var deadStatement: Statement {
        """
        WITH gone AS (
            DELETE FROM jobs.job j USING unnest(\(dead.map(\.job.id)), \(dead.map(\.job.token)), \(dead.map(\.reason))) AS r (id, token, reason)
            WHERE j.id = ANY (\(dead.map(\.job.id))) AND j.id = r.id AND j.lease_by = \(worker) AND j.lease_token = r.token
            RETURNING j.*, r.reason
        ), \(fragment: DeadLetters.written(now: now))
        """
    }

    private var errorStatement: Statement {
        """
        INSERT INTO jobs.job_error (job_id, attempt, worker, at, error)
        SELECT r.id, r.attempt, \(worker), \(now), r.error
        FROM unnest(\(errors.map(\.job.id)), \(errors.map(\.job.attempt)), \(errors.map(\.job.token)), \(errors.map(\.error)))
            AS r (id, attempt, token, error)
        JOIN jobs.job j ON j.id = r.id AND j.lease_by = \(worker) AND j.lease_token = r.token
        WHERE j.id = ANY (\(errors.map(\.job.id)))
        ON CONFLICT DO NOTHING
        RETURNING NULL::bigint AS id
        """
    }
}

/// Jobs that were given up.
enum DeadLetters {
    /// What follows the rows `gone` of a statement: they are kept, and a saga whose step died waits for an operator instead of for nobody.
    static func written(now: Instant) -> Statement {
        """
        stopped AS (
            UPDATE jobs.saga s SET state = 'stuck', stuck_because = g.reason, updated_at = \(now)
            FROM gone g WHERE s.id = g.saga_id AND s.state IN ('running', 'compensating')
        )
        INSERT INTO jobs.job_dead (id, lane, kind_id, attempt, crash_count, worker, created_at, run_at, died_at, org, saga_id, reason, args,
            priority, max_attempts, timeout_ms, unique_key, serial_key, trace, origin)
        SELECT id, lane, kind_id, attempt, crash_count, lease_by, created_at, run_at, \(now), org, saga_id, reason, args,
            priority, max_attempts, timeout_ms, unique_key, serial_key, trace, origin FROM gone
        RETURNING id
        """
    }

    /// Removes letters that were written before an instant, and the errors of all jobs from before it; those of a job that lives stay.
    ///
    /// - Parameter page: how many rows one transaction takes up, so that nobody waits for it.
    static func forget(before instant: Instant, with client: PostgresClient, page: Int = 1_000) async throws {
        let statements: [Statement] = [
            """
            DELETE FROM jobs.job_dead WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM jobs.job_dead WHERE died_at < \(instant) LIMIT \(Int64(page))))
            """,
            """
            DELETE FROM jobs.job_error WHERE ctid = ANY (ARRAY(
                SELECT e.ctid FROM jobs.job_error e
                WHERE e.at < \(instant) AND NOT EXISTS (SELECT FROM jobs.job j WHERE j.id = e.job_id)
                LIMIT \(Int64(page))))
            """,
        ]
        for statement in statements { while try await client.execute(statement) == page {} }
    }
}
