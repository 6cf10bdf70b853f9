internal import Core
internal import FoundationEssentials
public import Jobs
internal import Postgres

extension DeadLetterQuery {
    var condition: Statement {
        var condition: Statement = "true"
        if let kind { condition += " AND (k.name = \(kind) OR starts_with(k.name, \(kind + StoredKind.separator)))" }
        if let lane { condition += " AND d.lane = \(lane.rawValue)" }
        if let org { condition += " AND d.org = \(org)" }
        if let reason { condition += " AND strpos(d.reason, \(reason)) > 0" }
        if !includesClosed { condition += " AND d.requeued_as IS NULL AND d.discarded_because IS NULL" }
        if let before { condition += " AND d.id < \(before.rawValue)" }
        return condition
    }
}

extension PostgresJobTransaction {
    /// Jobs that were given up, the newest first, each with its failures.
    public func deadLetters(_ query: DeadLetterQuery) async throws -> [DeadLetter] {
        let rows = try await postgres.query(
            """
            SELECT d.id, k.name AS kind, d.lane, d.org, d.saga_id, d.attempt, d.crash_count, d.worker, d.created_at, d.died_at, d.reason,
                d.trace, d.args, d.requeued_as, d.discarded_because
            FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id WHERE \(fragment: query.condition)
            ORDER BY d.id DESC LIMIT \(Int64(query.limit))
            """)
        let ids = try rows.map { try $0.decode("id", as: Int64.self) }
        var failures: [Int64: [DeadLetter.Failure]] = [:]
        for row in try await postgres.query(
            "SELECT job_id, attempt, worker, at, error FROM jobs.job_error WHERE job_id = ANY (\(ids)) ORDER BY job_id, at, attempt")
        {
            failures[try row.decode("job_id"), default: []].append(
                DeadLetter.Failure(
                    attempt: Int(try row.decode("attempt", as: Int16.self)), worker: try row.decode("worker"), at: try row.decode("at"),
                    error: try row.decode("error")))
        }
        return try rows.map { try Self.letter($0, failures) }
    }

    /// How many letters a wish would reach, so that an operator sees it before anything happens.
    public func countDeadLetters(_ query: DeadLetterQuery) async throws -> Int {
        let rows = try await postgres.query(
            "SELECT count(*) FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id WHERE \(fragment: query.condition)")
        return Int(try rows[0].decode(Int64.self))
    }

    /// Lets many letters run again, the oldest first, a few a minute, so that what failed is not flooded once it works again.
    ///
    /// - Returns: the letters with their new jobs; letters that cannot be requeued are passed over.
    public func requeueDeadLetters(_ query: DeadLetterQuery, perMinute: Int) async throws -> [(letter: JobID, job: JobID)] {
        let rows = try await postgres.query(
            """
            SELECT d.id FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id WHERE \(fragment: query.condition)
                AND d.requeued_as IS NULL AND d.discarded_because IS NULL
            ORDER BY d.id LIMIT \(Int64(query.limit)) FOR UPDATE OF d SKIP LOCKED
            """)
        var jobs: [(letter: JobID, job: JobID)] = []
        for row in rows {
            let letter = JobID(rawValue: try row.decode(Int64.self))
            guard let job = try await requeueDeadLetter(letter) else { continue }
            let due = dateSource.now + .seconds(60 * Int64(jobs.count / max(1, perMinute)))
            try await postgres.execute("UPDATE jobs.job SET run_at = greatest(run_at, \(due)) WHERE id = \(job.rawValue)")
            jobs.append((letter: letter, job: job))
        }
        return jobs
    }

    /// The letters that a wish reaches and that nobody dealt with, the oldest first.
    public func openDeadLetters(_ query: DeadLetterQuery) async throws -> [JobID] {
        try await postgres.query(
            """
            SELECT d.id FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id WHERE \(fragment: query.condition)
                AND d.requeued_as IS NULL AND d.discarded_because IS NULL ORDER BY d.id LIMIT \(Int64(query.limit))
            """
        ).map { JobID(rawValue: try $0.decode(Int64.self)) }
    }

    /// Lays many letters aside for good, the oldest first; they stay listed until their time is over.
    ///
    /// - Returns: the letters.
    public func discardDeadLetters(_ query: DeadLetterQuery, because reason: String) async throws -> [JobID] {
        try await postgres.query(
            """
            WITH meant AS (
                SELECT d.id FROM jobs.job_dead d JOIN jobs.kind k ON k.id = d.kind_id WHERE \(fragment: query.condition)
                    AND d.requeued_as IS NULL AND d.discarded_because IS NULL ORDER BY d.id LIMIT \(Int64(query.limit)) FOR UPDATE OF d SKIP LOCKED),
            gone AS (UPDATE jobs.job_dead d SET discarded_because = \(reason) FROM meant WHERE d.id = meant.id RETURNING d.id)
            SELECT id FROM gone ORDER BY id
            """
        ).map { JobID(rawValue: try $0.decode(Int64.self)) }
    }

    private static func letter(_ row: Row, _ failures: [Int64: [DeadLetter.Failure]]) throws -> DeadLetter {
        let id: Int64 = try row.decode("id")
        guard let lane = Lane(rawValue: try row.decode("lane", as: Int16.self)) else { throw row["lane"].failure("is no lane") }
        return DeadLetter(
            id: JobID(rawValue: id), kind: try row.decode("kind"), lane: lane, org: try row.decode("org"), saga: try row.decode("saga_id"),
            attempts: Int(try row.decode("attempt", as: Int16.self)), crashes: Int(try row.decode("crash_count", as: Int16.self)),
            worker: try row.decode("worker"), createdAt: try row.decode("created_at"), diedAt: try row.decode("died_at"),
            reason: try row.decode("reason"), trace: try row.decode("trace"), payload: try row.decode("args"),
            requeuedAs: try row.decode("requeued_as", as: Int64?.self).map(JobID.init(rawValue:)),
            discardedBecause: try row.decode("discarded_because"), failures: failures[id] ?? [])
    }
}
