public import Admin
internal import Audit
internal import AuditPostgres
public import Core
internal import Identity
internal import Jobs
internal import JobsPostgres
internal import Postgres

/// Jobs that wait, many at a time, and jobs at work (OPS-069).
extension PostgresOperatorQueue {
    /// In one statement.
    public func waiting(_ selection: WaitingSelection, later: Bool) async throws -> [Int64] {
        let condition = try Self.condition(selection, behind: later ? dateSource.now : nil)
        return try await read { work in
            try await work.postgres.query(
                """
                SELECT j.id FROM jobs.job AS j JOIN jobs.kind AS k ON k.id = j.kind_id WHERE \(fragment: condition)
                ORDER BY j.id LIMIT \(Int64(selection.limit))
                """
            ).map { try $0.decode(Int64.self) }
        }
    }

    /// In one transaction, each with its entry.
    public func cancel(_ selection: WaitingSelection, because reason: String, by person: Operator.ID) async throws -> [Int64] {
        let (now, condition) = (dateSource.now, try Self.condition(selection, behind: nil))
        return try await change { work in
            let jobs = try await work.postgres.query(
                """
                WITH meant AS (
                    SELECT j.id FROM jobs.job AS j JOIN jobs.kind AS k ON k.id = j.kind_id WHERE \(fragment: condition)
                    ORDER BY j.id LIMIT \(Int64(selection.limit)) FOR UPDATE OF j SKIP LOCKED),
                gone AS (DELETE FROM jobs.job AS j USING meant WHERE j.id = meant.id RETURNING j.*),
                kept AS (
                    INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id,
                        reason, args)
                    SELECT id, lane, kind_id, 2, attempt, lease_by, created_at, run_at, \(now), org, saga_id, 'canceled by an operator', args
                    FROM gone)
                SELECT id FROM gone ORDER BY id
                """
            ).map { try $0.decode(Int64.self) }
            for job in jobs {
                let act = QueueAct(by: person, "canceled job \(job)", of: AuditReference(AuditedJob(number: job)), because: reason)
                try await work.record(JobCanceled(act), by: Self.actor(person))
            }
            return jobs
        }
    }

    /// In one transaction, each with its entry; they keep their attempts and keys.
    public func runNow(_ selection: WaitingSelection, because reason: String, by person: Operator.ID) async throws -> [Int64] {
        let now = dateSource.now
        let condition = try Self.condition(selection, behind: now)
        return try await change { work in
            let jobs = try await work.postgres.query(
                """
                WITH meant AS (
                    SELECT j.id FROM jobs.job AS j JOIN jobs.kind AS k ON k.id = j.kind_id WHERE \(fragment: condition)
                    ORDER BY j.id LIMIT \(Int64(selection.limit)) FOR UPDATE OF j SKIP LOCKED),
                placed AS (SELECT id, (row_number() OVER (ORDER BY id) - 1) / \(Int64(selection.perMinute)) AS minute FROM meant),
                moved AS (
                    UPDATE jobs.job AS j SET run_at = least(j.run_at, \(now) + placed.minute * interval '1 minute')
                    FROM placed WHERE j.id = placed.id RETURNING j.id)
                SELECT id FROM moved ORDER BY id
                """
            ).map { try $0.decode(Int64.self) }
            for job in jobs {
                let act = QueueAct(by: person, "let job \(job) run at once", of: AuditReference(AuditedJob(number: job)), because: reason)
                try await work.record(JobRetried(act), by: Self.actor(person))
            }
            return jobs
        }
    }

    /// The worker sees within seconds that the lease is gone, stops the handler and refuses its result (OPS-066); a step of a saga is its saga's.
    public func stop(_ job: Int64, because reason: String, by person: Operator.ID) async throws {
        let now = dateSource.now
        try await change { work in
            let gone = try await work.postgres.execute(
                """
                WITH gone AS (DELETE FROM jobs.job WHERE id = \(job) AND lease_by IS NOT NULL AND saga_id IS NULL RETURNING *)
                INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id, reason, args)
                SELECT id, lane, kind_id, 2, attempt, lease_by, created_at, run_at, \(now), org, saga_id, 'stopped by an operator', args FROM gone
                """)
            guard gone == 1 else { throw try await Self.refusal(job, work) }
            let act = QueueAct(by: person, "stopped job \(job)", of: AuditReference(AuditedJob(number: job)), because: reason)
            try await work.record(JobCanceled(act), by: Self.actor(person))
        }
    }

    private static func condition(_ selection: WaitingSelection, behind now: Instant?) throws -> Statement {
        var condition: Statement = "j.lease_by IS NULL AND j.saga_id IS NULL"
        if let kind = selection.kind { condition += " AND (k.name = \(kind) OR starts_with(k.name, \(kind + "#")))" }
        if let name = selection.lane {
            guard let lane = Lane.allCases.first(where: { $0.name == name }) else { throw QueueRefusal.notFound }
            condition += " AND j.lane = \(lane.rawValue)"
        }
        if let text = selection.org {
            guard let org = OrgReference(text) else { throw QueueRefusal.notFound }
            condition += " AND j.org = \(org.uuid)"
        }
        if let instant = selection.enqueuedBefore { condition += " AND j.created_at < \(instant)" }
        if let now { condition += " AND j.run_at > \(now)" }
        return condition
    }
}
