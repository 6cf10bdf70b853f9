public import Core
internal import Jobs
public import Postgres

/// What of the queue somebody should look at although every process works: work that waits too long, was given up, or is stuck (OPS-085).
public enum QueueHealth {
    /// The reasons, each one line: `lane_delay` with the lane, `dead_letters` and `stuck_sagas` with how many. What an operator holds is none.
    ///
    /// - Throws: `PostgresError` when the queue cannot be read.
    public static func reasons(in client: PostgresClient, now: Instant) async throws -> [String] {
        let lanes = Lane.allCases
        let delayed = try await client.query(
            """
            SELECT l.lane FROM unnest(\(lanes.map(\.rawValue)), \(lanes.map { now - $0.alertsAfter })) AS l (lane, before)
            WHERE NOT EXISTS (SELECT FROM jobs.pause p WHERE p.lane = l.lane) AND EXISTS (
                SELECT FROM generate_series(1, 4) AS p (priority) CROSS JOIN unnest(ARRAY[false, true]) AS b (in_burst)
                CROSS JOIN LATERAL (
                    SELECT FROM jobs.job j
                    WHERE j.lane = l.lane AND j.priority = p.priority AND j.in_burst = b.in_burst AND j.run_at <= l.before
                        AND j.lease_by IS NULL
                        AND NOT EXISTS (
                            SELECT FROM jobs.pause held JOIN jobs.kind k ON k.id = held.kind_id JOIN jobs.kind mine ON mine.id = j.kind_id
                            WHERE mine.name = k.name OR starts_with(mine.name, k.name || '#'))
                    LIMIT 1) AS waiting)
            ORDER BY l.lane
            """, scope: .system)
        let counts = try await client.query(
            """
            SELECT (SELECT count(*) FROM jobs.job_dead WHERE requeued_as IS NULL AND discarded_because IS NULL) AS dead,
                (SELECT count(*) FROM jobs.saga WHERE state = 'stuck') AS stuck
            """, scope: .system)
        var reasons = try delayed.compactMap { Lane(rawValue: try $0.decode(Int16.self)).map { "lane_delay \($0.name)" } }
        if let row = counts.first {
            for (name, word) in [("dead", "dead_letters"), ("stuck", "stuck_sagas")] {
                let count = try row.decode(name, as: Int64.self)
                if count > 0 { reasons.append("\(word) \(count)") }
            }
        }
        return reasons
    }
}
