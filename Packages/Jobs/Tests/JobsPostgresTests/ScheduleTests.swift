import Core
import Jobs
import JobsTesting
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct ScheduleTests {
    private func schedule(_ missed: Schedule.Missed) throws -> Schedule {
        Schedule("test.sweep", try #require(CronExpression("*/5 * * * *")), missed: missed, job: Note(text: "sweep"))
    }

    @Test func `OPS-079 eight leaders fire a tick once`() async throws {
        try await Queue.with { queue in
            let ticker = ScheduleTicker(
                store: PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock), schedules: [try schedule(.once)],
                dateSource: queue.clock)
            try await ticker.register()
            queue.clock.advance(by: .minutes(5))
            let fired = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await ticker.fire() } }
                return try await group.reduce(0, +)
            }
            #expect(fired == 1)
            #expect(try await queue.count("job") == 1)
            #expect(try await queue.count("cron_tick", where: "job_id IS NOT NULL") == 1)
        }
    }

    @Test func `OPS-098 a tick waits until what the last one enqueued to go on has ended`() async throws {
        try await Queue.with { queue in
            let walk = Schedule(
                "test.sweep", try #require(CronExpression("*/5 * * * *")), missed: .once, job: Note(text: "tick"), serialKey: "walk")
            let store = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            let ticker = ScheduleTicker(store: store, schedules: [walk], dateSource: queue.clock)
            try await ticker.register()
            _ = try await store.withTransaction {
                try await $0.enqueue(Note(text: "page"), JobOptions(uniqueKey: "page", serialKey: "walk"))
            }
            queue.clock.advance(by: .minutes(5))
            #expect(try await ticker.fire() == 1)
            let keys = try await queue.database.adminClient.query("SELECT DISTINCT serial_key FROM jobs.job WHERE serial_key IS NOT NULL")
            #expect(try await queue.count("job") == 2)
            #expect(try await queue.count("job", where: "serial_key IS NOT NULL") == 2)
            #expect(keys.count == 1)
        }
    }

    @Test(arguments: [(Schedule.Missed.skipped, 0), (.once, 1), (.each(limit: 3), 3)])
    func `OPS-079 missed ticks are made up for by policy`(_ missed: Schedule.Missed, ticks: Int) async throws {
        try await Queue.with { queue in
            let ticker = ScheduleTicker(
                store: PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock), schedules: [try schedule(missed)],
                dateSource: queue.clock)
            try await ticker.register()
            queue.clock.advance(by: .hours(1) + .minutes(2))
            #expect(try await ticker.fire() == ticks)
            #expect(try await ticker.fire() == 0)
            #expect(try await queue.count("cron_tick") == ticks)
        }
    }
}
