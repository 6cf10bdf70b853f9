public import Core
public import Jobs
public import JobsPostgres
public import Operations
internal import Orgs
public import Postgres

/// Forgets what need not be known of operations any more (OPS-031): steps and events 90 days after the end, the rest after 400.
public struct ForgetOperations: Job {
    /// `operations.forget`
    public static let kind = "operations.forget"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}
}

/// Gives back the stream places of nodes that died (OPS-138).
public struct ReleaseStreams: Job {
    /// `operations.release_streams`
    public static let kind = "operations.release_streams"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}
}

/// Forgets keys of requests whose time is over, and makes final what a process that died left open (OPS-137).
public struct ForgetRequestKeys: Job {
    /// `operations.forget_request_keys`
    public static let kind = "operations.forget_request_keys"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Orders it.
    public init() {}
}

/// The upkeep of operations, by SQL.
public struct OperationUpkeep: Sendable {
    /// How long steps and events are kept after the end of their operation.
    public static var storyKept: Duration { .days(90) }
    /// How long an operation itself is kept after its end.
    public static var rowKept: Duration { .days(400) }

    /// For how long a call may be under way, with its wait for a provider, before its process counts as dead.
    public static var callPatience: Duration { .minutes(2) }

    private let client: PostgresClient
    private let calls: any LeftCallAnswering
    private let page: Int64

    /// Makes the upkeep.
    ///
    /// - Parameters:
    ///   - client: as the system role.
    ///   - calls: who knows what became of calls without an operation.
    ///   - page: how many operations one transaction takes up, so that nobody waits for it.
    public init(client: PostgresClient, calls: any LeftCallAnswering, page: Int = 1_000) {
        self.client = client
        self.calls = calls
        self.page = Int64(page)
    }

    /// Adds the jobs to a worker's registry; a second time is a defect and ends the program.
    public func register(on registry: inout JobRegistry) {
        registry.register(ForgetOperationsHandler(upkeep: self))
        registry.register(ReleaseStreamsHandler(upkeep: self))
        registry.register(ForgetRequestKeysHandler(upkeep: self))
        guard let nightly = CronExpression("15 4 * * *"), let hourly = CronExpression("35 * * * *"),
            let often = CronExpression("* * * * *")
        else {
            preconditionFailure("every minute, every hour and every night are times")
        }
        registry.add(Schedule("operations.forget", nightly, missed: .once, job: ForgetOperations()))
        registry.add(Schedule("operations.forget_request_keys", hourly, missed: .once, job: ForgetRequestKeys()))
        registry.add(Schedule("operations.release_streams", often, missed: .skipped, job: ReleaseStreams()))
    }

    /// Forgets what is old enough; a second run finds nothing.
    ///
    /// - Returns: how many lost their story, and how many are gone.
    public func forget(at now: Instant) async throws -> (thinned: Int, removed: Int) {
        var (thinned, removed) = (0, 0)
        while true {
            let done = try await thin(before: now - Self.storyKept, at: now)
            thinned += done
            if done < Int(page) { break }
        }
        while true {
            let done = try await remove(before: now - Self.rowKept)
            removed += done
            if done < Int(page) { break }
        }
        return (thinned, removed)
    }

    private func thin(before end: Instant, at now: Instant) async throws -> Int {
        try await client.withTransaction(scope: .system) { transaction in
            let rows = try await transaction.query(
                """
                SELECT id FROM operations.operation WHERE ended_at <= \(end) AND thinned_at IS NULL
                ORDER BY ended_at LIMIT \(page) FOR UPDATE SKIP LOCKED
                """)
            let ids = try rows.map { try $0.decode("id", as: Operation.ID.self) }
            guard !ids.isEmpty else { return 0 }
            try await transaction.pipeline([
                "DELETE FROM operations.operation_event WHERE operation_id = ANY (\(ids))",
                "UPDATE operations.operation SET steps = '[]', thinned_at = \(now) WHERE id = ANY (\(ids))",
            ])
            return ids.count
        }
    }

    /// What another operation names as its parent goes with the last of those.
    private func remove(before end: Instant) async throws -> Int {
        try await client.execute(
            """
            DELETE FROM operations.operation WHERE id IN (
                SELECT o.id FROM operations.operation o
                WHERE o.ended_at <= \(end) AND o.thinned_at IS NOT NULL
                    AND NOT EXISTS (SELECT FROM operations.operation child WHERE child.parent_id = o.id)
                ORDER BY o.ended_at LIMIT \(page) FOR UPDATE SKIP LOCKED)
            """, scope: .system)
    }

    /// Forgets keys whose time is over, and settles those whose call was left by its process: once its operation is there, that is its answer,
    /// whatever becomes of it. One without an operation is answered by what the provider decided, and left open until it has.
    ///
    /// - Returns: how many were settled, and how many forgotten.
    public func forgetRequestKeys(at now: Instant) async throws -> (settled: Int, forgotten: Int) {
        var (settled, forgotten) = (0, 0)
        while true {
            let done = try await client.execute(
                """
                UPDATE operations.idempotency_record SET state = 'settled' WHERE scope_hash IN (
                    SELECT r.scope_hash FROM operations.idempotency_record r
                    JOIN operations.operation o ON o.id = r.operation_id
                    WHERE r.state = 'open' AND r.created_at <= \(now - Self.callPatience)
                    LIMIT \(page) FOR UPDATE OF r SKIP LOCKED)
                """, scope: .system)
            settled += done
            if done < Int(page) { break }
        }
        settled += try await settleLeftCalls(at: now)
        while true {
            let done = try await client.execute(
                """
                DELETE FROM operations.idempotency_record WHERE scope_hash IN (
                    SELECT scope_hash FROM operations.idempotency_record WHERE state = 'settled' AND expires_at <= \(now)
                    ORDER BY expires_at LIMIT \(page) FOR UPDATE SKIP LOCKED)
                """, scope: .system)
            forgotten += done
            if done < Int(page) { break }
        }
        return (settled, forgotten)
    }

    private func settleLeftCalls(at now: Instant) async throws -> Int {
        var (settled, last): (Int, Operation.ID?) = (0, nil)
        while true {
            let rows = try await client.query(
                """
                SELECT r.operation_id, r.org_id FROM operations.idempotency_record r
                WHERE r.state = 'open' AND r.created_at <= \(now - Self.callPatience) AND (\(last)::uuid IS NULL OR r.operation_id > \(last))
                    AND NOT EXISTS (SELECT FROM operations.operation o WHERE o.id = r.operation_id)
                ORDER BY r.operation_id LIMIT \(page)
                """, scope: .system)
            for row in rows {
                let (operation, org) = try row.decode((Operation.ID, Org.ID).self)
                last = operation
                guard let answer = try await calls.answer(toCallFor: operation, of: org) else { continue }
                settled += try await client.execute(
                    """
                    UPDATE operations.idempotency_record SET state = 'settled', status = \(Int16(answer.status)), body = \(answer.body)
                    WHERE operation_id = \(operation) AND state = 'open'
                    """, scope: .system)
            }
            if rows.count < Int(page) { return settled }
        }
    }

    /// Gives back places that nobody renewed; the server's clock decides, as when they were taken.
    ///
    /// - Returns: how many.
    @discardableResult
    public func releaseStreams() async throws -> Int {
        try await client.execute("DELETE FROM operations.stream_lease WHERE renewed_until < now()", scope: .system)
    }
}

struct ForgetOperationsHandler: JobHandler {
    let upkeep: OperationUpkeep

    func run(_ job: ForgetOperations, context: JobContext) async throws -> JobOutcome {
        _ = try await upkeep.forget(at: context.now)
        return .completed
    }
}

struct ReleaseStreamsHandler: JobHandler {
    let upkeep: OperationUpkeep

    func run(_ job: ReleaseStreams, context: JobContext) async throws -> JobOutcome {
        try await upkeep.releaseStreams()
        return .completed
    }
}

struct ForgetRequestKeysHandler: JobHandler {
    let upkeep: OperationUpkeep

    func run(_ job: ForgetRequestKeys, context: JobContext) async throws -> JobOutcome {
        _ = try await upkeep.forgetRequestKeys(at: context.now)
        return .completed
    }
}
