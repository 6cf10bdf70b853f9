import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct HealthTests {
    @Test func `OPS-085 a lane that waits longer than it may, what was given up and what is stuck are reasons, and what is held is none`()
        async throws
    {
        try await Queue.with { queue in
            func reasons() async throws -> [String] {
                try await QueueHealth.reasons(in: queue.database.client, now: queue.clock.now)
            }
            #expect(Lane.allCases.map(\.alertsAfter) == [.seconds(30), .seconds(30), .seconds(30), .minutes(5), .minutes(30)])
            try await queue.enqueue(Payment(number: 1))
            try await queue.enqueue(Note(text: "a"))
            try await queue.enqueue(Payment(number: 2), JobOptions(runAt: queue.clock.now + .days(9)))
            queue.clock.advance(by: .seconds(30) - .microseconds(1))
            #expect(try await reasons() == [])
            queue.clock.advance(by: .microseconds(1))
            #expect(try await reasons() == ["lane_delay money"])
            queue.clock.advance(by: .minutes(5))
            #expect(try await reasons() == ["lane_delay money", "lane_delay mail"])
            _ = try await queue.store.withTransaction { transaction in
                try await transaction.pause(.lane(.money), because: "a test")
                try await transaction.pause(.kind(Note.kind), because: "a test")
            }
            #expect(try await reasons() == [])
            try await queue.database.adminClient.execute(
                """
                INSERT INTO jobs.job_dead (id, lane, kind_id, attempt, crash_count, created_at, run_at, died_at, reason, args, discarded_because)
                SELECT n, 1, 1, 1, 0, now(), now(), now(), 'failed', '{}', CASE n WHEN 3 THEN 'seen to' END FROM generate_series(1, 3) AS n
                """)
            try await queue.database.adminClient.execute(
                """
                INSERT INTO jobs.saga (id, kind, key, context, state, stuck_because, step, created_at, updated_at)
                VALUES (gen_random_uuid(), 'a', 'a', '{}', 'stuck', 'no way', 0, now(), now()),
                    (gen_random_uuid(), 'a', 'b', '{}', 'running', NULL, 0, now(), now())
                """)
            #expect(try await reasons() == ["dead_letters 2", "stuck_sagas 1"])
        }
    }
}
