public import Admin
internal import Audit
internal import AuditPostgres
public import Core
internal import Jobs
public import JobsPostgres
public import Postgres

/// What operators do to the queue, by the queue's own commands; the change and its entry are one transaction.
public struct PostgresOperatorQueue: OperatorQueue {
    private let client: PostgresClient
    let dateSource: any DateSource
    private let notifier: JobNotifier?
    private let counted: Int64

    /// Makes it.
    ///
    /// - Parameters:
    ///   - notifier: tells workers after each commit; `nil` where they find out by looking.
    ///   - counted: how many jobs of each priority of a lane are counted.
    public init(client: PostgresClient, dateSource: any DateSource, notifier: JobNotifier? = nil, counted: Int = 10_000) {
        self.client = client
        self.dateSource = dateSource
        self.notifier = notifier
        self.counted = Int64(counted)
    }

    struct Work: PostgresJobTransaction, PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
        let wakeUps: JobWakeUps?
    }

    func change<Result: Sendable>(_ body: (Work) async throws -> Result) async throws -> Result {
        let (dateSource, wakeUps) = (dateSource, JobWakeUps())
        let result = try await client.withTransaction(scope: .system) { transaction in
            try await body(Work(postgres: transaction, dateSource: dateSource, wakeUps: wakeUps))
        }
        notifier?.notify(wakeUps)
        return result
    }

    func read<Result: Sendable>(_ body: (Work) async throws -> Result) async throws -> Result {
        let dateSource = dateSource
        return try await client.withTransaction(.init(isReadOnly: true), scope: .system) { transaction in
            try await body(Work(postgres: transaction, dateSource: dateSource, wakeUps: nil))
        }
    }

    // MARK: Lanes

    /// Jobs are counted in the order in which they are due, up to a limit, by the index of that order; the delays are those of jobs that ended in the last hour, of which the newest thousand of a lane count.
    public func lanes() async throws -> [LaneFigures] {
        let now = dateSource.now
        let rows = try await client.query(
            """
            SELECT l.lane::smallint AS lane, q.due, q.later, q.running, q.oldest, q.is_more, d.dead, p.reason, h.median, h.high
            FROM generate_series(1, 5) AS l (lane)
            CROSS JOIN LATERAL (
                SELECT sum(f.due)::bigint AS due, sum(f.later)::bigint AS later, sum(f.running)::bigint AS running, min(f.oldest) AS oldest,
                    bool_or(f.is_more) AS is_more
                FROM generate_series(1, 4) AS p (priority) CROSS JOIN unnest(ARRAY[false, true]) AS b (in_burst)
                CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE lease_by IS NULL AND run_at <= \(now)) AS due,
                        count(*) FILTER (WHERE lease_by IS NULL AND run_at > \(now)) AS later,
                        count(*) FILTER (WHERE lease_by IS NOT NULL) AS running,
                        min(run_at) FILTER (WHERE lease_by IS NULL AND run_at <= \(now)) AS oldest, count(*) = \(counted) AS is_more
                    FROM (SELECT j.lease_by, j.run_at FROM jobs.job AS j
                        WHERE j.lane = l.lane AND j.priority = p.priority AND j.in_burst = b.in_burst
                        ORDER BY j.run_at, j.id LIMIT \(counted)) AS counted) AS f) AS q
            CROSS JOIN LATERAL (
                SELECT count(*) AS dead FROM jobs.job_dead
                WHERE lane = l.lane AND requeued_as IS NULL AND discarded_because IS NULL) AS d
            CROSS JOIN LATERAL (
                SELECT (percentile_cont(0.5) WITHIN GROUP (ORDER BY wait) * 1000)::bigint AS median,
                    (percentile_cont(0.95) WITHIN GROUP (ORDER BY wait) * 1000)::bigint AS high
                FROM (SELECT extract(epoch FROM finished_at - run_at)::float8 AS wait FROM jobs.job_history
                    WHERE lane = l.lane AND recorded_at > now() - interval '1 hour' AND outcome = 1 ORDER BY recorded_at DESC LIMIT 1000) AS newest) AS h
            LEFT JOIN jobs.pause AS p ON p.lane = l.lane ORDER BY l.lane
            """, scope: .system)
        return try rows.map { row in
            guard let lane = Lane(rawValue: try row.decode("lane", as: Int16.self)) else { throw row["lane"].failure("is no lane") }
            return LaneFigures(
                name: lane.name, due: Int(try row.decode("due", as: Int64.self)), later: Int(try row.decode("later", as: Int64.self)),
                running: Int(try row.decode("running", as: Int64.self)), dead: Int(try row.decode("dead", as: Int64.self)),
                oldestDue: try row.decode("oldest"), delays: (median: try row.decode("median"), high: try row.decode("high")),
                heldBecause: try row.decode("reason"), isMore: try row.decode("is_more"))
        }
    }

    /// By name.
    public func heldKinds() async throws -> [(kind: String, reason: String)] {
        try await read { work in
            try await work.pauses().compactMap { pause in
                if case .kind(let name) = pause.part { (kind: name, reason: pause.reason) } else { nil }
            }
        }
    }

    /// From the commit on no worker claims anything of it.
    public func hold(_ part: HeldPart, because reason: String, by person: Operator.ID) async throws {
        let (held, data) = try Self.part(part)
        try await change { work in
            do {
                guard try await work.pause(held, because: reason) else { return }
            } catch is UnknownJobKind {
                throw QueueRefusal.notFound
            }
            try await work.record(
                QueuePaused(QueueAct(by: person, "held a part of the queue", of: nil, data: data, because: reason)), by: Self.actor(person))
        }
    }

    /// What waited goes on in its order.
    public func letGo(_ part: HeldPart, because reason: String, by person: Operator.ID) async throws {
        let (held, data) = try Self.part(part)
        try await change { work in
            guard try await work.resume(held) else { return }
            try await work.record(
                QueueResumed(QueueAct(by: person, "let a part of the queue go", of: nil, data: data, because: reason)),
                by: Self.actor(person))
        }
    }

    private static func part(_ part: HeldPart) throws -> (QueuePart, [String: JSONValue]) {
        switch part {
        case .lane(let name):
            guard let lane = Lane.allCases.first(where: { $0.name == name }) else { throw QueueRefusal.notFound }
            return (.lane(lane), ["lane": .string(name)])
        case .kind(let name): return (.kind(name), ["kind": .string(name)])
        }
    }

    // MARK: Schedules

    /// By name.
    public func schedules() async throws -> [ScheduleFigures] {
        try await read { work in
            try await work.schedules().map {
                ScheduleFigures(
                    name: $0.name, expression: $0.expression, lastTick: $0.lastTick, nextTick: $0.nextTick, heldBecause: $0.pausedBecause,
                    isRunRequested: $0.isRunRequested, isOverdue: $0.isOverdue)
            }
        }
    }

    /// The worker that keeps schedules begins it within a second.
    public func run(schedule name: String, because reason: String, by person: Operator.ID) async throws {
        try await changeSchedule(name) { work in
            guard try await work.requestRun(ofSchedule: name) else { return }
            try await work.record(ScheduleRunRequested(Self.act(person, "asked for a run", name, reason)), by: Self.actor(person))
        }
    }

    /// No tick of it enqueues anything.
    public func hold(schedule name: String, because reason: String, by person: Operator.ID) async throws {
        try await changeSchedule(name) { work in
            guard try await work.pauseSchedule(name, because: reason) else { return }
            try await work.record(SchedulePaused(Self.act(person, "held a schedule", name, reason)), by: Self.actor(person))
        }
    }

    /// What it missed is not made up for.
    public func letGo(schedule name: String, because reason: String, by person: Operator.ID) async throws {
        try await changeSchedule(name) { work in
            guard try await work.resumeSchedule(name) else { return }
            try await work.record(ScheduleResumed(Self.act(person, "let a schedule go", name, reason)), by: Self.actor(person))
        }
    }

    private func changeSchedule(_ name: String, _ body: (Work) async throws -> Void) async throws {
        try await change { work in
            guard try await work.schedule(name) != nil else { throw QueueRefusal.notFound }
            try await body(work)
        }
    }

    private static func act(_ person: Operator.ID, _ words: String, _ schedule: String, _ reason: String) -> QueueAct {
        QueueAct(by: person, words, of: AuditReference(AuditedSchedule(name: schedule)), because: reason)
    }

    // MARK: Jobs

    /// The most frequent first.
    public func deadGroups() async throws -> [DeadGroup] {
        try await client.query(
            """
            SELECT k.name AS kind, d.lane, split_part(left(d.reason, 200), E'\\n', 1) AS reason, count(*) AS count, min(d.died_at) AS first,
                max(d.died_at) AS last
            FROM jobs.job_dead AS d JOIN jobs.kind AS k ON k.id = d.kind_id
            WHERE d.requeued_as IS NULL AND d.discarded_because IS NULL GROUP BY 1, 2, 3 ORDER BY count DESC, kind, reason LIMIT 200
            """, scope: .system
        ).map { row in
            DeadGroup(
                kind: try row.decode("kind"), lane: Lane(rawValue: try row.decode("lane", as: Int16.self))?.name ?? "unknown",
                reason: try row.decode("reason"), count: Int(try row.decode("count", as: Int64.self)), first: try row.decode("first"),
                last: try row.decode("last"))
        }
    }

    /// The letter stays and names the new job.
    public func retry(_ job: Int64, because reason: String, by person: Operator.ID) async throws -> Int64 {
        try await change { work in
            guard let new = try await work.requeueDeadLetter(JobID(rawValue: job)) else { throw try await Self.refusal(job, work) }
            try await Self.record(requeued: job, as: new, because: reason, by: person, in: work)
            return new.rawValue
        }
    }

    /// In one transaction, each with its entry.
    public func retry(_ selection: DeadSelection, because reason: String, by person: Operator.ID) async throws -> [(old: Int64, new: Int64)]
    {
        let query = try Self.query(selection)
        return try await change { work in
            let jobs = try await work.requeueDeadLetters(query, perMinute: selection.perMinute)
            for pair in jobs {
                try await Self.record(requeued: pair.letter.rawValue, as: pair.job, because: reason, by: person, in: work)
            }
            return jobs.map { (old: $0.letter.rawValue, new: $0.job.rawValue) }
        }
    }

    /// In one statement.
    public func letters(of selection: DeadSelection) async throws -> [Int64] {
        let query = try Self.query(selection)
        return try await read { work in try await work.openDeadLetters(query).map(\.rawValue) }
    }

    /// In one transaction, each with its entry.
    public func discard(_ selection: DeadSelection, because reason: String, by person: Operator.ID) async throws -> [Int64] {
        let query = try Self.query(selection)
        return try await change { work in
            let jobs = try await work.discardDeadLetters(query, because: reason).map(\.rawValue)
            for job in jobs { try await Self.record(discarded: job, because: reason, by: person, in: work) }
            return jobs
        }
    }

    private static func query(_ selection: DeadSelection) throws -> DeadLetterQuery {
        let lane = try selection.lane.map { name in
            guard let lane = Lane.allCases.first(where: { $0.name == name }) else { throw QueueRefusal.notFound }
            return lane
        }
        return DeadLetterQuery(kind: selection.kind, lane: lane, reason: selection.reason, limit: selection.limit)
    }

    private static func record(discarded job: Int64, because reason: String, by person: Operator.ID, in work: Work) async throws {
        let act = QueueAct(by: person, "laid job \(job) aside", of: AuditReference(AuditedJob(number: job)), because: reason)
        try await work.record(JobDiscarded(act), by: actor(person))
    }

    private static func record(
        requeued old: Int64, as new: JobID, because reason: String, by person: Operator.ID, in work: Work
    ) async throws {
        let act = QueueAct(
            by: person, "let job \(old) run again as \(new.rawValue)", of: AuditReference(AuditedJob(number: old)),
            data: ["requeued_as": .string(String(new.rawValue))], because: reason)
        try await work.record(DeadLetterRequeued(act), by: actor(person))
    }

    /// It is not listed as open any more, and stays.
    public func discard(_ job: Int64, because reason: String, by person: Operator.ID) async throws {
        try await change { work in
            guard try await work.discardDeadLetter(JobID(rawValue: job), because: reason) else { throw try await Self.refusal(job, work) }
            try await Self.record(discarded: job, because: reason, by: person, in: work)
        }
    }

    /// A job at work is not taken away from its worker; a step of a saga is its saga's.
    public func cancel(_ job: Int64, because reason: String, by person: Operator.ID) async throws {
        let now = dateSource.now
        try await change { work in
            let gone = try await work.postgres.execute(
                """
                WITH gone AS (DELETE FROM jobs.job WHERE id = \(job) AND lease_by IS NULL AND saga_id IS NULL RETURNING *)
                INSERT INTO jobs.job_history (id, lane, kind_id, outcome, attempt, worker, created_at, run_at, finished_at, org, saga_id, reason, args)
                SELECT id, lane, kind_id, 2, attempt, lease_by, created_at, run_at, \(now), org, saga_id, 'canceled by an operator', args FROM gone
                """)
            guard gone == 1 else { throw try await Self.refusal(job, work) }
            let act = QueueAct(by: person, "canceled job \(job)", of: AuditReference(AuditedJob(number: job)), because: reason)
            try await work.record(JobCanceled(act), by: Self.actor(person))
        }
    }

    /// Keeps its attempts and keys.
    public func runNow(_ job: Int64, because reason: String, by person: Operator.ID) async throws {
        let now = dateSource.now
        try await change { work in
            let moved = try await work.postgres.execute(
                "UPDATE jobs.job SET run_at = least(run_at, \(now)) WHERE id = \(job) AND lease_by IS NULL")
            guard moved == 1 else { throw try await Self.refusal(job, work) }
            let act = QueueAct(by: person, "let job \(job) run at once", of: AuditReference(AuditedJob(number: job)), because: reason)
            try await work.record(JobRetried(act), by: Self.actor(person))
        }
    }

    /// In the direction in which it was going.
    public func retrySaga(_ saga: String, because reason: String, by person: Operator.ID) async throws {
        guard let id = SagaID(saga), let audited = AuditedSaga.ID(saga) else { throw QueueRefusal.notFound }
        try await change { work in
            guard try await work.retryStuckSaga(id) else { throw try await Self.refusal(ofSaga: id, work) }
            let act = QueueAct(by: person, "let a step be tried again", of: AuditReference(audited), because: reason)
            try await work.record(SagaStepRetried(act), by: Self.actor(person))
        }
    }

    private static func refusal(ofSaga id: SagaID, _ work: Work) async throws -> QueueRefusal {
        let rows = try await work.postgres.query("SELECT state FROM jobs.saga WHERE id = \(id)")
        guard let row = rows.first else { return .notFound }
        return .state(try row.decode(String.self))
    }

    static func refusal(_ job: Int64, _ work: Work) async throws -> QueueRefusal {
        let rows = try await work.postgres.query(
            """
            SELECT CASE WHEN lease_by IS NULL THEN 'waiting' ELSE 'running' END AS state FROM jobs.job WHERE id = \(job)
            UNION ALL SELECT CASE WHEN requeued_as IS NOT NULL THEN 'requeued' WHEN discarded_because IS NOT NULL THEN 'discarded' ELSE 'dead' END
                FROM jobs.job_dead WHERE id = \(job)
            UNION ALL SELECT CASE outcome WHEN 1 THEN 'done' ELSE 'canceled' END FROM jobs.job_history WHERE id = \(job)
            """)
        guard let row = rows.first else { return .notFound }
        return .state(try row.decode(String.self))
    }

    static func actor(_ person: Operator.ID) -> AuditActor { .operator(AuditReference(person)) }
}
