public import Core
public import Jobs
internal import Postgres

/// The parameters of the job that does or undoes a step.
struct SagaStepWork: Codable, Hashable {
    let saga: SagaID
    let step: Int
    let isUndoing: Bool

    static func kind(of saga: String) -> String { "saga:" + saga }
}

extension PostgresJobTransaction {
    /// Starts a saga, or finds the live one of the same kind and key.
    public func startSaga<Process: Saga>(_ saga: Process.Type, key: String, context: Process.Context) async throws -> SagaID {
        let now = dateSource.now
        let id = SagaID.make(at: now)
        let started = try await postgres.execute(
            """
            INSERT INTO jobs.saga (id, kind, version, key, state, context, created_at, updated_at)
            VALUES (\(id), \(Process.name), \(Int16(clamping: Process.version)), \(key), 'running', \(try EncodedJSON(context)), \(now), \(now))
            ON CONFLICT (kind, key) WHERE state IN ('running', 'compensating', 'stuck') DO NOTHING
            """)
        guard started == 1 else {
            let rows = try await postgres.query(
                """
                SELECT id FROM jobs.saga WHERE kind = \(Process.name) AND key = \(key) AND state IN ('running', 'compensating', 'stuck')
                """)
            guard let row = rows.first else { return try await startSaga(saga, key: key, context: context) }
            return try row.decode(SagaID.self)
        }
        let steps = Process.steps
        try await postgres.execute(
            """
            INSERT INTO jobs.saga_step (saga_id, sequence, name, is_pivot, is_compensable, max_attempts, timeout_ms)
            SELECT \(id), s.n - 1, s.name, s.is_pivot, s.is_compensable, s.max_attempts, s.timeout_ms
            FROM unnest(\(steps.map(\.name)), \(steps.map(\.isPivot)), \(steps.map(\.isCompensable)),
                \(steps.map { Int16(clamping: $0.retryPolicy.maximumAttempts) }), \(steps.map { Int32(clamping: $0.timeout.wholeMilliseconds) })
            ) WITH ORDINALITY AS s (name, is_pivot, is_compensable, max_attempts, timeout_ms, n)
            """)
        try await enqueueStep(0, of: id, isUndoing: false)
        return id
    }

    /// Ends the step that this transaction's handler works on, together with what it wrote, and enqueues the next one.
    ///
    /// - Throws: `JobLeaseLost`
    public func finishStep(_ step: SagaStepLease, output: JSONValue) async throws {
        await SagaFaults.current?(.done)
        try await finish(step.lease)
        let now = dateSource.now
        let done = try await postgres.execute(
            """
            UPDATE jobs.saga_step p SET state = 'done', output = \(output), ended_at = \(now)
            FROM jobs.saga s
            WHERE s.id = p.saga_id AND s.state = 'running' AND s.step = p.sequence
                AND p.saga_id = \(step.saga) AND p.sequence = \(Int32(step.step)) AND p.state = 'pending'
            """)
        guard done == 1 else { throw JobLeaseLost(lease: step.lease) }
        try await goOn(step.saga, behind: step.step)
    }

    /// Begins the step behind one that is done or skipped, or ends the saga.
    func goOn(_ saga: SagaID, behind step: Int) async throws {
        let next = step + 1
        if try await enqueueStep(next, of: saga, isUndoing: false) {
            try await postgres.execute("UPDATE jobs.saga SET step = \(Int32(next)), updated_at = \(dateSource.now) WHERE id = \(saga)")
        } else {
            let now = dateSource.now
            try await postgres.execute(
                "UPDATE jobs.saga SET state = 'completed', ended_at = \(now), updated_at = \(now) WHERE id = \(saga)")
        }
    }

    static func uniqueKey(of step: Int, of saga: SagaID, isUndoing: Bool) -> String { "\(saga) \(step) \(isUndoing)" }

    /// Enqueues the job of a step, when there is such a step; -1 is the end of undoing.
    @discardableResult
    func enqueueStep(_ step: Int, of saga: SagaID, isUndoing: Bool) async throws -> Bool {
        let rows = try await postgres.query(
            """
            SELECT s.kind, s.version, coalesce(p.max_attempts, 30000::smallint), coalesce(p.timeout_ms, 60000)
            FROM jobs.saga s LEFT JOIN jobs.saga_step p ON p.saga_id = s.id AND p.sequence = \(Int32(step))
            WHERE s.id = \(saga) AND (p.sequence IS NOT NULL OR \(step) = -1)
            """)
        guard let row = rows.first else { return false }
        let (kind, version, attempts, timeout) = try row.decode((String, Int16, Int16, Int32).self)
        let jobKind = SagaStepWork.kind(of: kind)
        // A step may be given up, its undoing never is.
        let limit = isUndoing ? RetryPolicy.untilDone.maximumAttempts : Int(attempts)
        var insertion = JobInsertion(
            kind: jobKind, version: Int(version), lane: .lifecycle, maximumAttempts: limit, timeout: .milliseconds(Int64(timeout)))
        insertion.saga = saga
        let key = Self.uniqueKey(of: step, of: saga, isUndoing: isUndoing)
        let work = SagaStepWork(saga: saga, step: step, isUndoing: isUndoing)
        _ = try await enqueue([try JobDraft(work, kind: jobKind, options: JobOptions(uniqueKey: key))], by: insertion)
        return true
    }
}
