internal import Core
public import Jobs
internal import Postgres

/// A part of the queue that can be held: what is enqueued there waits, in its order, until it is let go again (OPS-068).
public enum QueuePart: Sendable, Hashable {
    /// All kinds of one lane.
    case lane(Lane)
    /// One kind in all its versions, by its name.
    case kind(String)
}

/// A kind of job that no worker of this deployment has ever known: most likely a name that was mistyped.
public struct UnknownJobKind: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let name: String

    /// One sentence.
    public var description: String { "there is no kind of job \(name)" }
}

extension PostgresJobTransaction {
    /// Holds a part of the queue on every worker, from the commit on; what is under way goes on to its end. Twice is once.
    ///
    /// - Returns: whether it was not held before.
    /// - Throws: ``UnknownJobKind``
    @discardableResult
    public func pause(_ part: QueuePart, because reason: String) async throws -> Bool {
        let (lane, kind) = Self.columns(of: part)
        if let kind {
            let known = try await postgres.query(
                "SELECT FROM jobs.kind WHERE name = \(kind) OR starts_with(name, \(kind + StoredKind.separator)) LIMIT 1")
            guard !known.isEmpty else { throw UnknownJobKind(name: kind) }
        }
        return try await postgres.execute(
            """
            INSERT INTO jobs.pause (lane, kind_id, reason, paused_at)
            SELECT \(lane), CASE WHEN \(kind)::text IS NULL THEN NULL ELSE jobs.kind_id(\(kind)) END, \(reason), \(dateSource.now)
            ON CONFLICT DO NOTHING
            """) == 1
    }

    /// Lets a part of the queue go again.
    ///
    /// - Returns: whether it was held.
    @discardableResult
    public func resume(_ part: QueuePart) async throws -> Bool {
        let (lane, kind) = Self.columns(of: part)
        wakeUps?.lanes.formUnion(Lane.allCases)
        return try await postgres.execute(
            """
            DELETE FROM jobs.pause
            WHERE lane = \(lane) OR kind_id = (SELECT id FROM jobs.kind WHERE name = \(kind))
            """) == 1
    }

    /// What is held, and why.
    public func pauses() async throws -> [(part: QueuePart, reason: String)] {
        try await postgres.query(
            "SELECT p.lane, k.name, p.reason FROM jobs.pause p LEFT JOIN jobs.kind k ON k.id = p.kind_id ORDER BY p.paused_at, p.lane, k.name"
        ).compactMap { row in
            let (lane, kind, reason) = try row.decode((Int16?, String?, String).self)
            if let lane = lane.flatMap(Lane.init) { return (part: .lane(lane), reason: reason) }
            return kind.map { (part: .kind($0), reason: reason) }
        }
    }

    private static func columns(of part: QueuePart) -> (lane: Int16?, kind: String?) {
        switch part {
        case .lane(let lane): (lane.rawValue, nil)
        case .kind(let name): (nil, name)
        }
    }

    /// Lets a job that was given up run again, as a new job with its parameters, keys and org; the letter stays and names it. A step of a
    /// saga is tried again by its saga, which stopped with it.
    ///
    /// - Returns: the new job; `nil` when there is no such letter, it was dealt with before, a job with its unique key lives, or its saga
    ///   is not stuck at this step any more.
    public func requeueDeadLetter(_ letter: JobID) async throws -> JobID? {
        let steps = try await postgres.query(
            """
            SELECT saga_id, args FROM jobs.job_dead
            WHERE id = \(letter.rawValue) AND saga_id IS NOT NULL AND requeued_as IS NULL AND discarded_because IS NULL FOR UPDATE
            """)
        if let step = steps.first {
            let (saga, args) = try step.decode((SagaID, EncodedJSON).self)
            return try await requeue(letter, of: saga, at: args.decode(SagaStepWork.self))
        }
        let rows = try await postgres.query(
            """
            WITH letter AS MATERIALIZED (
                SELECT * FROM jobs.job_dead WHERE id = \(letter.rawValue) AND requeued_as IS NULL AND discarded_because IS NULL FOR UPDATE
            ), stored AS (
                INSERT INTO jobs.job (lane, kind_id, priority, max_attempts, timeout_ms, run_at, created_at, unique_key, serial_key, org, saga_id,
                    trace, origin, args)
                SELECT lane, kind_id, coalesce(priority, 2), coalesce(max_attempts, 20), coalesce(timeout_ms, 60000), \(dateSource.now),
                    \(dateSource.now), unique_key, serial_key, org, saga_id, trace, origin, args FROM letter
                ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING RETURNING id
            )
            UPDATE jobs.job_dead d SET requeued_as = stored.id FROM stored WHERE d.id = \(letter.rawValue) RETURNING stored.id
            """)
        wakeUps?.lanes.formUnion(Lane.allCases)
        return try rows.first.map { JobID(rawValue: try $0.decode(Int64.self)) }
    }

    private func requeue(_ letter: JobID, of saga: SagaID, at work: SagaStepWork) async throws -> JobID? {
        guard let job = try await retryStuckSaga(saga, at: work) else { return nil }
        try await postgres.execute("UPDATE jobs.job_dead SET requeued_as = \(job.rawValue) WHERE id = \(letter.rawValue)")
        return job
    }

    /// Lays a job that was given up aside for good, with the reason.
    ///
    /// - Returns: whether it was still open.
    @discardableResult
    public func discardDeadLetter(_ letter: JobID, because reason: String) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE jobs.job_dead SET discarded_because = \(reason)
            WHERE id = \(letter.rawValue) AND requeued_as IS NULL AND discarded_because IS NULL
            """) == 1
    }
}
