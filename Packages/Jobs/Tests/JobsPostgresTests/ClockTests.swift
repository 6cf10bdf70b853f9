import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct ClockTests {
    @Test(.timeLimit(.minutes(1))) func `OPS-091 the clock visits each due instant and the work of one is done before the next`()
        async throws
    {
        try await Queue.with { queue in
            let database = queue.database
            let clock = SandboxClock(client: database.systemClient, database: database.configuration(role: .system), loops: database.loops)
            try await clock.load()
            try await clock.freeze()
            let start = clock.now
            let record = Record()
            let store = PostgresJobStore(client: database.systemClient, dateSource: clock)
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, context in
                    record.add("\(job.number) at \((context.now - start).wholeMilliseconds / 3_600_000)")
                    if job.number < 3 {
                        _ = try await store.withTransaction { transaction in
                            try await transaction.enqueue(Payment(number: job.number + 1), JobOptions(runAt: context.now + .hours(10)))
                        }
                    }
                    return .completed
                })
            _ = try await store.withTransaction { try await $0.enqueue(Payment(number: 1), JobOptions(runAt: start + .hours(1))) }
            try await queue.working(registry, dateSource: clock) { _ in
                let moved = try await clock.advance(
                    to: start + .days(2), followers: [], schedules: [], notifier: queue.notifier)
                #expect(moved.visited.map { ($0 - start).wholeMilliseconds / 3_600_000 } == [1, 11, 21, 45, 48])
                #expect(moved.jobs.map(\.count) == [3])
            }
            #expect(record.all == ["1 at 1", "2 at 11", "3 at 21"])
            #expect(clock.now == start + .days(2))
            await #expect(throws: ClockError.notForward(now: clock.now)) {
                try await clock.advance(to: start, followers: [], schedules: [], notifier: queue.notifier)
            }
            await #expect(throws: ClockError.self) {
                try await clock.advance(to: start + .days(4_000), followers: [], schedules: [], notifier: queue.notifier)
            }
        }
    }

    @Test func `OPS-090 a second process follows the clock`() async throws {
        try await Queue.with { queue in
            let database = queue.database
            func clock() -> SandboxClock {
                SandboxClock(client: database.systemClient, database: database.configuration(role: .system), loops: database.loops)
            }
            let (first, second) = (clock(), clock())
            try await first.load()
            try await second.load()
            let following = Task { try await second.run() }
            try await first.move(to: Instant.systemNow() + .days(31))
            while second.generation < first.generation { await Task.yield() }
            #expect(second.now - .systemNow() > .days(30))
            following.cancel()
            _ = await following.result
        }
    }
}
