import Core
import EventLoops
import Jobs
import JobsTesting
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

struct ScheduleControlTests {
    private struct Kept {
        let ticker: ScheduleTicker
        let missed: Record
    }

    private func kept(_ queue: Queue, _ missed: Schedule.Missed = .once) async throws -> Kept {
        let record = Record()
        let schedule = Schedule("test.sweep", try #require(CronExpression("*/5 * * * *")), missed: missed, job: Note(text: "sweep"))
        let ticker = ScheduleTicker(
            store: PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock), schedules: [schedule],
            dateSource: queue.clock, missed: { record.add($0) })
        try await ticker.register()
        return Kept(ticker: ticker, missed: record)
    }

    private func state(_ queue: Queue) async throws -> ScheduleState {
        try #require(try await queue.store.withTransaction { try await $0.schedule("test.sweep") })
    }

    @Test func `a schedule that is held fires nothing, and what was due meanwhile is not made up for when it goes on`() async throws {
        try await Queue.with { queue in
            let kept = try await kept(queue)
            func hold() async throws -> Bool {
                try await queue.store.withTransaction { try await $0.pauseSchedule("test.sweep", because: "the provider is down") }
            }
            #expect(try await hold())
            #expect(try await hold() == false)
            #expect(try await state(queue).pausedBecause == "the provider is down")
            queue.clock.advance(by: .hours(1))
            #expect(try await kept.ticker.fire() == 0)
            #expect(try await state(queue).isOverdue == false)
            #expect(kept.missed.all.isEmpty)
            #expect(try await queue.store.withTransaction { try await $0.resumeSchedule("test.sweep") })
            #expect(try await queue.store.withTransaction { try await $0.resumeSchedule("test.sweep") } == false)
            #expect(try await kept.ticker.fire() == 0)
            queue.clock.advance(by: .minutes(5))
            #expect(try await kept.ticker.fire() == 1)
            #expect(try await queue.count("job") == 1)
            #expect(try await queue.store.withTransaction { try await $0.pauseSchedule("test.other", because: "x") } == false)
        }
    }

    @Test func `a run that is asked for begins once, also of a schedule that is held, and ticks stay as they are`() async throws {
        try await Queue.with { queue in
            let kept = try await kept(queue)
            let before = try await state(queue)
            _ = try await queue.store.withTransaction { try await $0.pauseSchedule("test.sweep", because: "held") }
            #expect(try await queue.store.withTransaction { try await $0.requestRun(ofSchedule: "test.sweep") })
            #expect(try await queue.store.withTransaction { try await $0.requestRun(ofSchedule: "test.sweep") } == false)
            #expect(try await state(queue).isRunRequested)
            let fired = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await kept.ticker.fire() } }
                return try await group.reduce(0, +)
            }
            #expect(fired == 1)
            #expect(try await queue.count("job") == 1)
            let after = try await state(queue)
            #expect(!after.isRunRequested && after.lastTick == before.lastTick && after.nextTick == before.nextTick)
        }
    }

    @Test func `a schedule that has missed two ticks is shown as overdue and told of, and not after the first`() async throws {
        try await Queue.with { queue in
            let kept = try await kept(queue)
            let metrics = Metrics()
            try await queue.database.adminClient.execute(
                "INSERT INTO jobs.clock_state (generation, frozen_at) VALUES (1, \(queue.clock.now))")
            let figures = DatabaseFigures(
                client: queue.database.systemClient, figures: JobFigures.all, metrics: metrics, loop: queue.database.loops.next(),
                log: .silent)
            func overdue() async throws -> Bool {
                try await queue.database.adminClient.execute("UPDATE jobs.clock_state SET frozen_at = \(queue.clock.now)")
                await figures.refresh()
                return metrics.render().contains("\ntrellis_schedules_overdue 1")
            }
            let next = try #require(try await state(queue).nextTick)
            queue.clock.advance(to: next + .minutes(5) - .seconds(1))
            #expect(try await overdue() == false)
            #expect(try await state(queue).isOverdue == false)
            queue.clock.advance(by: .seconds(1))
            #expect(try await overdue())
            #expect(try await state(queue).isOverdue)
            #expect(try await kept.ticker.fire() == 1)
            #expect(kept.missed.all == ["test.sweep"])
            #expect(try await overdue() == false)
            queue.clock.advance(by: .minutes(5))
            #expect(try await kept.ticker.fire() == 1)
            #expect(kept.missed.all.count == 1)
        }
    }
}
