public import Core
public import Jobs
internal import Postgres

/// Where a saga is.
struct SagaProgress: Sendable {
    struct Step: Sendable {
        let sequence: Int
        let name: String
        let isPivot: Bool
        let isCompensable: Bool
        let state: String
        let output: JSONValue?

        var isDone: Bool { state == "done" || state == "skipped" }
    }

    let kind: String
    let state: String
    let isUndoing: Bool
    let step: Int
    let context: EncodedJSON
    let firstError: String?
    let turnBackBecause: String?
    let steps: [Step]

    /// Whether there is no way back from a step any more: a point of no return lies behind it.
    func hasPassedPivot(at step: Step) -> Bool { steps.contains { $0.isPivot && $0.sequence < step.sequence && $0.isDone } }

    var outputs: [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: steps.compactMap { step in step.output.map { (step.name, $0) } })
    }
}

extension PostgresJobTransaction {
    /// Reads a saga with its steps; `nil` when there is none.
    func progress(of saga: SagaID) async throws -> SagaProgress? {
        let results = try await postgres.pipeline([
            "SELECT kind, state, is_undoing, step, context, first_error, turn_back_because FROM jobs.saga WHERE id = \(saga)",
            """
            SELECT sequence, name, is_pivot, is_compensable, state, output FROM jobs.saga_step WHERE saga_id = \(saga) ORDER BY sequence
            """,
        ])
        guard let row = results[0].first else { return nil }
        let (kind, state, isUndoing, step, context, firstError, turnBackBecause) = try row.decode(
            (String, String, Bool, Int32, EncodedJSON, String?, String?).self)
        let steps = try results[1].map { row in
            let (sequence, name, isPivot, isCompensable, state, output) = try row.decode(
                (Int32, String, Bool, Bool, String, JSONValue?).self)
            return SagaProgress.Step(
                sequence: Int(sequence), name: name, isPivot: isPivot, isCompensable: isCompensable, state: state, output: output)
        }
        return SagaProgress(
            kind: kind, state: state, isUndoing: isUndoing, step: Int(step), context: context, firstError: firstError,
            turnBackBecause: turnBackBecause, steps: steps)
    }

    /// A step has failed for good before the pivot: what was done or begun is undone, the last first.
    func beginUndoing(_ saga: SagaID, from step: Int, because reason: String) async throws {
        let now = dateSource.now
        try await postgres.execute(
            """
            UPDATE jobs.saga_step SET state = 'failed', error = \(reason), ended_at = \(now)
            WHERE saga_id = \(saga) AND sequence = \(Int32(step)) AND state = 'pending'
            """)
        try await postgres.execute(
            """
            UPDATE jobs.saga SET state = 'compensating', is_undoing = true, first_error = coalesce(first_error, \(reason)), updated_at = \(now)
            WHERE id = \(saga) AND state = 'running'
            """)
        try await undoNext(saga, below: step + 1)
    }

    /// Notes that a saga is to turn back, and has a step that waits for its turn look at that at once.
    ///
    /// A job that somebody works on is left alone: its row is not waited for, since its end takes job and saga in the other order.
    public func turnBack<Process: Saga>(_ saga: Process.Type, key: String, because reason: String) async throws -> SagaTurn {
        let rows = try await postgres.query(
            """
            SELECT s.id, s.state, s.turn_back_because IS NOT NULL AS is_told, EXISTS (
                SELECT FROM jobs.saga_step p WHERE p.saga_id = s.id AND p.is_pivot
                    AND (p.state IN ('done', 'skipped') OR p.sequence = s.step AND EXISTS (
                        SELECT FROM jobs.job j WHERE j.saga_id = s.id AND j.attempt > 0))) AS is_beyond
            FROM jobs.saga s WHERE s.kind = \(Process.name) AND s.key = \(key) AND s.state IN ('running', 'compensating', 'stuck')
            FOR UPDATE OF s
            """)
        guard let row = rows.first else { return .none }
        let (id, state, isTold, isBeyond) = try row.decode((SagaID, String, Bool, Bool).self)
        guard state == "running" else { return state == "stuck" ? .stuck : .undoing }
        guard !isBeyond else { return .goingOn }
        let now = dateSource.now
        try await postgres.execute(
            "UPDATE jobs.saga SET turn_back_because = coalesce(turn_back_because, \(reason)), updated_at = \(now) WHERE id = \(id)")
        try await hasten([id])
        return isTold ? .told : .turning
    }

    /// One that nobody knows, or that is over, is left alone.
    public func hasten<Process: Saga>(_ saga: Process.Type, key: String) async throws {
        let rows = try await postgres.query(
            "SELECT id FROM jobs.saga WHERE kind = \(Process.name) AND key = \(key) AND state IN ('running', 'compensating')")
        try await hasten(rows.map { try $0.decode(SagaID.self) })
    }

    private func hasten(_ sagas: [SagaID]) async throws {
        let now = dateSource.now
        try await postgres.execute(
            """
            UPDATE jobs.job SET run_at = \(now) WHERE id IN (
                SELECT id FROM jobs.job WHERE saga_id = ANY(\(sagas)) AND lease_by IS NULL AND run_at > \(now) FOR UPDATE SKIP LOCKED)
            """)
    }

    /// Ends the undoing of one step and begins that of the one before it.
    func finishUndoing(_ step: SagaStepLease) async throws {
        try await finish(step.lease)
        let now = dateSource.now
        let undone = try await postgres.execute(
            """
            UPDATE jobs.saga_step p SET state = 'compensated', ended_at = \(now) FROM jobs.saga s
            WHERE s.id = p.saga_id AND s.state = 'compensating' AND s.step = p.sequence
                AND p.saga_id = \(step.saga) AND p.sequence = \(Int32(step.step))
            """)
        guard undone == 1 else { throw JobLeaseLost(lease: step.lease) }
        try await undoNext(step.saga, below: step.step)
    }

    /// Enqueues the undoing of the last step below another one that has something to undo, or the end.
    func undoNext(_ saga: SagaID, below step: Int) async throws {
        let rows = try await postgres.query(
            """
            UPDATE jobs.saga SET updated_at = \(dateSource.now), step = coalesce((
                SELECT max(sequence) FROM jobs.saga_step
                WHERE saga_id = \(saga) AND sequence < \(Int32(step)) AND is_compensable AND state IN ('done', 'failed')), -1)
            WHERE id = \(saga) RETURNING step
            """)
        guard let next = try rows.first?.decode(Int32.self) else { return }
        try await enqueueStep(Int(next), of: saga, isUndoing: true)
    }

    /// Everything is undone and the handler was told.
    func endUndoing(_ step: SagaStepLease) async throws {
        try await finish(step.lease)
        let now = dateSource.now
        try await postgres.execute(
            """
            UPDATE jobs.saga SET state = 'compensated', ended_at = \(now), updated_at = \(now)
            WHERE id = \(step.saga) AND state = 'compensating'
            """)
    }

    /// A saga can go neither forward nor back: it waits for an operator.
    func stopSaga(_ saga: SagaID, because reason: String) async throws {
        try await postgres.execute(
            """
            UPDATE jobs.saga SET state = 'stuck', stuck_because = \(reason), first_error = coalesce(first_error, \(reason)),
                updated_at = \(dateSource.now)
            WHERE id = \(saga) AND state IN ('running', 'compensating')
            """)
    }

    /// Lets a stuck saga try its step again, in the direction in which it was going (OPS-074).
    ///
    /// - Returns: whether the saga was stuck.
    public func retryStuckSaga(_ saga: SagaID) async throws -> Bool {
        let rows = try await postgres.query(
            """
            UPDATE jobs.saga SET state = CASE WHEN is_undoing THEN 'compensating' ELSE 'running' END, stuck_because = NULL,
                updated_at = \(dateSource.now)
            WHERE id = \(saga) AND state = 'stuck' RETURNING step, is_undoing
            """)
        guard let row = rows.first else { return false }
        let (step, isUndoing) = try row.decode((Int32, Bool).self)
        return try await enqueueStep(Int(step), of: saga, isUndoing: isUndoing)
    }

    /// The same, only when it is stuck at this very step and direction.
    ///
    /// - Returns: the job of the step.
    func retryStuckSaga(_ saga: SagaID, at work: SagaStepWork) async throws -> JobID? {
        let rows = try await postgres.query(
            """
            SELECT kind FROM jobs.saga
            WHERE id = \(saga) AND state = 'stuck' AND step = \(Int32(work.step)) AND is_undoing = \(work.isUndoing) FOR UPDATE
            """)
        guard let row = rows.first, try await retryStuckSaga(saga) else { return nil }
        let key = Self.uniqueKey(of: work.step, of: saga, isUndoing: work.isUndoing)
        return try await postgres.query(
            """
            SELECT id FROM jobs.job WHERE unique_key
                = substr(sha256(convert_to(\(SagaStepWork.kind(of: row.decode(String.self))) || E'\\x1f' || \(key), 'UTF8')), 1, 16)
            """
        ).first.map { JobID(rawValue: try $0.decode(Int64.self)) }
    }

    /// Counts the step at which a saga is stuck as done, or as undone, and lets it go on behind it (OPS-074).
    ///
    /// - Returns: whether the saga was stuck.
    public func skipStuckStep(of saga: SagaID) async throws -> Bool {
        let now = dateSource.now
        let rows = try await postgres.query(
            """
            UPDATE jobs.saga SET state = CASE WHEN is_undoing THEN 'compensating' ELSE 'running' END, stuck_because = NULL, updated_at = \(now)
            WHERE id = \(saga) AND state = 'stuck' RETURNING step, is_undoing
            """)
        guard let row = rows.first else { return false }
        let (step, isUndoing) = try row.decode((Int32, Bool).self)
        try await postgres.execute(
            """
            UPDATE jobs.saga_step SET state = 'skipped', ended_at = \(now) WHERE saga_id = \(saga) AND sequence = \(step)
            """)
        if isUndoing { try await undoNext(saga, below: Int(step)) } else { try await goOn(saga, behind: Int(step)) }
        return true
    }
}
