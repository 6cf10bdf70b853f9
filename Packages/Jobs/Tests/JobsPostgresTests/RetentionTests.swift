import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

/// What is forgotten of jobs. History goes by the days of the server; letters by the queue's clock, which stands still.
@Suite struct RetentionTests {
    /// Two days of long ago as they were made then, each with a row, and a row of a day that had no table.
    private func sow(_ queue: Queue) async throws {
        let admin = queue.database.adminClient
        try await queue.enqueue(Note(text: "one"))
        let owner: String = try #require(
            try await admin.query("SELECT relowner::regrole::text FROM pg_class WHERE oid = 'jobs.job_history'::regclass").first
        ).decode(String.self)
        for day in ["2020_01_01", "2020_01_02"] {
            let (table, first) = ("job_history_" + day, day.replacing("_", with: "-"))
            let statements = [
                "CREATE TABLE jobs.\(table) PARTITION OF jobs.job_history FOR VALUES FROM ('\(first)') TO ('\(first) 23:59:59')",
                "ALTER TABLE jobs.\(table) OWNER TO \(owner)",
            ]
            for statement in statements { try await admin.execute(Statement(statement)) }
        }
        try await admin.execute(
            """
            INSERT INTO jobs.job_history (recorded_at, id, lane, kind_id, outcome, attempt, created_at, run_at, finished_at, args)
            SELECT at, j.id, j.lane, j.kind_id, 1, 1, at, at, at, '{}' FROM jobs.job j,
                unnest(ARRAY['2020-01-01', '2020-01-02', '2019-06-01']::timestamptz[]) AS at
            """)
    }

    private func days(_ queue: Queue) async throws -> Int {
        Int(
            try #require(
                try await queue.database.adminClient.query(
                    "SELECT count(*) FROM pg_inherits WHERE inhparent = 'jobs.job_history'::regclass AND inhrelid::regclass::text LIKE '%2020%'"
                ).first
            ).decode(Int64.self))
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-139 at 4:15 history goes by whole days, and what somebody reads is neither waited for nor held up`() async throws {
        #expect(ForgetJobs.schedule?.cron.description == "15 4 * * *" && ForgetJobs.schedule?.missed == .once)
        try await Queue.with { queue in
            try await sow(queue)
            let retention = JobRetention(client: queue.database.systemClient, page: 1)
            try await queue.database.adminClient.withTransaction(scope: .system) { reader in
                _ = try await reader.query("SELECT count(*) FROM jobs.job_history")
                // It comes back while the reader still holds its locks: nothing waits for them, and so nothing waits behind that.
                try await retention.forget(at: queue.clock.now)
                try await queue.database.systemClient.execute("SELECT jobs.keep_history(30)", scope: .system)
                let waiting = try await reader.query(
                    """
                    SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    """)
                #expect(waiting.isEmpty)
            }
            #expect(try await days(queue) == 2)
            try await retention.forget(at: queue.clock.now)
            #expect(try await days(queue) == 0)
            #expect(try await queue.count("job_history") == 0)
            let limits = try await queue.database.adminClient.query(
                """
                SELECT 'lock_timeout=100ms' = ANY (proconfig) AS is_limited FROM pg_proc
                WHERE pronamespace = 'jobs'::regnamespace AND proname IN ('forget_history', 'keep_history')
                """)
            #expect(try limits.map { try $0.decode("is_limited", as: Bool.self) } == [true, true])
        }
    }

    @Test func `OPS-139 each step of forgetting is a transaction of its own: one day, or one page`() async throws {
        try await Queue.with { queue in
            try await sow(queue)
            func step() async throws -> Bool {
                try #require(
                    try await queue.database.systemClient.query("SELECT jobs.forget_history(30, 2)", scope: .system).first
                ).decode(Bool.self)
            }
            #expect(try await step())
            #expect(try await days(queue) == 1)
            #expect(try await step())
            #expect(try await days(queue) == 0)
            #expect(try await queue.count("job_history_other") == 1)
            #expect(try await step() == false)
            #expect(try await queue.count("job_history_other") == 0)
        }
    }
}
