internal import Core
internal import FoundationEssentials
internal import Jobs
internal import Observability
internal import Postgres

/// One job on its way into the queue.
struct JobDraft {
    let options: JobOptions
    let args: EncodedJSON
    /// The trace that the job goes on with.
    let trace: String?
    /// Where it comes from.
    let origin: String?

    /// - Throws: ``JobPayloadTooLarge``
    init(
        _ payload: some Encodable, kind: String, options: JobOptions, trace: String?, origin: String?
    ) throws {
        self.trace = trace
        self.origin = origin
        args = try EncodedJSON(payload)
        self.options = options
        guard args.bytes.count <= JobPayloadTooLarge.limit else { throw JobPayloadTooLarge(kind: kind, bytes: args.bytes.count) }
    }

    /// A job that goes on with what makes it necessary.
    ///
    /// - Throws: ``JobPayloadTooLarge``
    init(_ payload: some Encodable, kind: String, options: JobOptions) throws {
        let cause = options.cause ?? .current
        try self.init(
            payload, kind: kind, options: options, trace: cause.trace?.description, origin: cause.origin?.handedOn)
    }
}

/// The statement that enqueues jobs of one kind: one round trip and one plan, however many there are, and a smaller plan for one.
struct JobInsertion {
    /// The kind by which unique keys count, whatever the version.
    let kind: String
    var version = 1
    let lane: Lane
    let maximumAttempts: Int
    let timeout: Duration
    var saga: SagaID?

    /// The most jobs of one org that are served in turn with others'; what comes on top waits until nobody else has work.
    static let share = 32

    /// Gives the number of the job, or no row where a job with its unique key lives already.
    func statement(_ draft: JobDraft, now: Instant) -> Statement {
        let options = draft.options
        let (runAt, name) = (options.runAt ?? now, StoredKind.name(kind, version: version))
        let inBurst: Statement =
            options.org.map {
                """
                (SELECT count(*) FROM (SELECT FROM jobs.job o WHERE o.org = \($0) AND o.lane = \(lane.rawValue) AND o.run_at <= \(runAt)
                    LIMIT \(Int64(Self.share))) waiting) >= \(Int64(Self.share))
                """
            } ?? "false"
        return """
            INSERT INTO jobs.job (id, lane, kind_id, priority, in_burst, max_attempts, timeout_ms, run_at, created_at, unique_key, serial_key,
                org, saga_id, trace, origin, args)
            VALUES (nextval('jobs.job_id_seq'), \(lane.rawValue), coalesce((SELECT k.id FROM jobs.kind k WHERE k.name = \(name)), jobs.kind_id(\(name))),
                \(options.priority.rawValue), \(fragment: inBurst), \(Int16(clamping: maximumAttempts)), \(Int32(clamping: timeout.wholeMilliseconds)),
                \(runAt), \(now), \(fragment: Self.digest(options.uniqueKey.map { kind + "\u{1F}" + $0 })), \(fragment: Self.digest(options.serialKey)),
                \(options.org), \(saga), \(draft.trace), \(draft.origin), \(draft.args))
            ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
            RETURNING id
            """
    }

    private static func digest(_ key: String?) -> Statement {
        guard let key else { return "NULL" }
        return "substr(sha256(convert_to(\(key), 'UTF8')), 1, 16)"
    }

    /// Gives for each draft the number of its job, or `NULL` where a job with its unique key lives already.
    func statement(_ drafts: [JobDraft], now: Instant) -> Statement {
        let orgs = drafts.map(\.options.org)
        let inBurst: Statement =
            orgs.contains { $0 != nil }
            ? """
            w.org IS NOT NULL AND row_number() OVER (PARTITION BY w.org ORDER BY w.n) + (
                SELECT count(*) FROM (SELECT FROM jobs.job o WHERE o.org = w.org AND o.lane = \(lane.rawValue) AND o.run_at <= w.run_at
                    LIMIT \(Int64(Self.share))) waiting) > \(Int64(Self.share))
            """ : "false"
        return """
            WITH given AS MATERIALIZED (
                SELECT nextval('jobs.job_id_seq') AS id, w.n, w.priority, w.run_at, w.org, w.trace, w.origin, w.args, \(fragment: inBurst) AS in_burst,
                    substr(sha256(convert_to(\(kind) || E'\\x1f' || w.unique_key, 'UTF8')), 1, 16) AS unique_key,
                    substr(sha256(convert_to(w.serial_key, 'UTF8')), 1, 16) AS serial_key
                FROM unnest(
                    \(drafts.map(\.options.priority.rawValue)), \(drafts.map { $0.options.runAt ?? now }), \(drafts.map(\.options.uniqueKey)),
                    \(drafts.map(\.options.serialKey)), \(orgs), \(drafts.map(\.trace)), \(drafts.map(\.origin)), \(drafts.map(\.args))
                ) WITH ORDINALITY AS w (priority, run_at, unique_key, serial_key, org, trace, origin, args, n)
            ), stored AS (
                INSERT INTO jobs.job (id, lane, kind_id, priority, in_burst, max_attempts, timeout_ms, run_at, created_at, unique_key, serial_key,
                    org, saga_id, trace, origin, args)
                SELECT g.id, \(lane.rawValue), (SELECT jobs.kind_id(\(StoredKind.name(kind, version: version)))), g.priority, g.in_burst, \(Int16(clamping: maximumAttempts)),
                    \(Int32(clamping: timeout.wholeMilliseconds)), g.run_at, \(now), g.unique_key, g.serial_key, g.org, \(saga), g.trace, g.origin, g.args
                FROM given g ORDER BY g.n
                ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
                RETURNING id
            )
            SELECT stored.id FROM given LEFT JOIN stored USING (id) ORDER BY given.n
            """
    }
}

extension JobInsertion {
    /// The insertion of jobs of a kind.
    init<Work: Job>(of kind: Work.Type) {
        self.init(
            kind: Work.kind, version: Work.version, lane: Work.lane, maximumAttempts: Work.retryPolicy.maximumAttempts,
            timeout: Work.timeout)
    }
}
