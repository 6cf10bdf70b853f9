public import Core
public import HTTPServer
public import Postgres
public import RateLimits

/// Overrides in PostgreSQL, where every node reads them.
public struct PostgresRateLimitOverrides: RateLimitControl {
    private let client: PostgresClient

    /// Takes the client of the process.
    public init(client: PostgresClient) {
        self.client = client
    }

    /// What holds at an instant.
    ///
    /// - Throws: `PostgresError`
    public func overrides(at now: Instant) async throws -> [RateLimitOverride] {
        try await client.query(
            "SELECT * FROM limits.override WHERE until > \(now) ORDER BY caller_kind, caller_high, caller_low, category"
        ).compactMap { row in
            guard let kind = Caller.Kind(rawValue: UInt8(clamping: try row.decode("caller_kind", as: Int16.self))) else { return nil }
            let category = try row.decode("category", as: String.self)
            return RateLimitOverride(
                caller: Caller(
                    kind, high: UInt64(bitPattern: try row.decode("caller_high", as: Int64.self)),
                    low: UInt64(bitPattern: try row.decode("caller_low", as: Int64.self))),
                category: category.isEmpty ? nil : category, limit: try row.decode("max_requests", as: Int32?.self).map { Int($0) },
                until: try row.decode("until"))
        }
    }

    /// Sets one in place of what held for the same caller and category; what the caller has used up of strict counts is given back.
    ///
    /// - Throws: `PostgresError`, for an end more than seven days away as well.
    public func set(_ override: RateLimitOverride, at now: Instant) async throws {
        let caller = override.caller
        try await client.withTransaction(scope: .system) { transaction in
            try await transaction.execute(
                """
                INSERT INTO limits.override (caller_kind, caller_high, caller_low, category, max_requests, until, set_at)
                VALUES (\(Int16(caller.kind.rawValue)), \(Int64(bitPattern: caller.high)), \(Int64(bitPattern: caller.low)),
                    \(override.category ?? ""), \(override.limit.map { Int32(clamping: $0) }), \(override.until), \(now))
                ON CONFLICT (caller_kind, caller_high, caller_low, category) DO UPDATE
                SET max_requests = excluded.max_requests, until = excluded.until, set_at = excluded.set_at
                """)
            try await transaction.execute(
                """
                DELETE FROM limits.strict_bucket
                WHERE caller_kind = \(Int16(caller.kind.rawValue)) AND caller_high = \(Int64(bitPattern: caller.high))
                    AND caller_low = \(Int64(bitPattern: caller.low))
                    AND (\(override.category)::text IS NULL OR split_part(bucket, ' ', 1) = \(override.category))
                """)
            try await transaction.execute("DELETE FROM limits.override WHERE until < \(now)")
        }
    }

    /// Ends all of a caller.
    ///
    /// - Returns: how many.
    /// - Throws: `PostgresError`
    public func clear(_ caller: Caller) async throws -> Int {
        try await client.execute(
            """
            DELETE FROM limits.override WHERE caller_kind = \(Int16(caller.kind.rawValue))
                AND caller_high = \(Int64(bitPattern: caller.high)) AND caller_low = \(Int64(bitPattern: caller.low))
            """)
    }
}
