public import Core
public import HTTPServer
public import Postgres
public import RateLimits
internal import Synchronization

/// Strict counts in PostgreSQL: a restart or a second node gives no new tries (SEC-005).
public final class PostgresStrictBuckets: StrictBuckets {
    private let client: PostgresClient
    private let taken = Atomic<Int>(0)

    /// Takes the client of the process.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// One statement decides and counts; callers of one bucket wait for each other on its row.
    ///
    /// - Throws: `PostgresError`; nothing was taken then.
    public func take(_ bucket: String, _ caller: Caller, _ rate: RateLimit, at now: Instant) async throws -> Taken {
        let (time, window) = (now.microsecondsSinceEpoch, rate.windowMicroseconds)
        let rows = try await client.query(
            """
            INSERT INTO limits.strict_bucket AS b (bucket, caller_kind, caller_high, caller_low, taken, is_admitted, expires_at)
            VALUES (\(bucket), \(Int16(caller.kind.rawValue)), \(Int64(bitPattern: caller.high)), \(Int64(bitPattern: caller.low)),
                ARRAY[\(time)::bigint], true, \(time + window))
            ON CONFLICT (bucket, caller_kind, caller_high, caller_low) DO UPDATE SET (taken, is_admitted, expires_at) = (
                SELECT CASE WHEN cardinality(kept) < \(Int32(clamping: rate.limit)) THEN kept || at ELSE kept END,
                    cardinality(kept) < \(Int32(clamping: rate.limit)), at + \(window)
                FROM (SELECT at, ARRAY(SELECT t FROM unnest(b.taken) AS t WHERE t > at - \(window) ORDER BY t) AS kept
                    -- A clock that goes back must not free places.
                    FROM (SELECT greatest(\(time)::bigint, b.taken[cardinality(b.taken)]) AS at) AS clock) AS window_of)
            RETURNING is_admitted, cardinality(taken) AS used, taken[1] AS oldest
            """)
        guard let row = rows.first else { throw StrictBucketLost() }
        let used = Int(try row.decode("used", as: Int32.self))
        let outcome = Taken(
            isAdmitted: try row.decode("is_admitted"), limit: rate.limit, remaining: max(0, rate.limit - used),
            resetsAt: Instant(microsecondsSinceEpoch: try row.decode("oldest", as: Int64.self) + window))
        if taken.wrappingAdd(1, ordering: .relaxed).newValue % 1_000 == 0 {
            // Tidying is no part of the count; what is left is removed the next time.
            _ = try? await removeExpired(at: now)
        }
        return outcome
    }

    /// Removes counts in whose window nothing is any more, at most a thousand at a time.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`
    @discardableResult
    public func removeExpired(at now: Instant) async throws -> Int {
        try await client.execute(
            """
            DELETE FROM limits.strict_bucket WHERE (bucket, caller_kind, caller_high, caller_low) IN (
                SELECT bucket, caller_kind, caller_high, caller_low FROM limits.strict_bucket
                WHERE expires_at < \(now.microsecondsSinceEpoch) LIMIT 1000 FOR UPDATE SKIP LOCKED)
            """)
    }
}

/// The database answered without a row, which its statement does not allow.
struct StrictBucketLost: Error {}
