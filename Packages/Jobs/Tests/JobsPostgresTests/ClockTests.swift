import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct ClockTests {
    private static func withFrozenClock(
        _ body: (Queue, SandboxClock, PostgresJobStore) async throws -> Void
    ) async throws {
        try await Queue.with { queue in
            let database = queue.database
            let clock = SandboxClock(client: database.systemClient, database: database.configuration(role: .system), loops: database.loops)
            try await clock.load()
            try await clock.freeze()
            try await body(queue, clock, PostgresJobStore(client: database.systemClient, dateSource: clock))
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-091 the clock visits each due instant and the work of one is done before the next`()
        async throws
    {
        try await Self.withFrozenClock { queue, clock, store in
            let start = clock.now
            let record = Record()
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
            try await store.withTransaction { try await $0.enqueue(Payment(number: 1), JobOptions(runAt: start + .hours(1))) }
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

    @Test(.timeLimit(.minutes(15)), arguments: [QueuePart.lane(Payment.lane), .kind(Payment.kind)])
    func `OPS-068 the clock does not wait for what is held, which is done when it is let go`(part: QueuePart) async throws {
        try await Self.withFrozenClock { queue, clock, store in
            let start = clock.now
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, _ in
                    record.add("\(job.number)")
                    return .completed
                })
            _ = try await store.withTransaction { transaction in
                try await transaction.enqueue(Payment(number: 1), JobOptions(runAt: start + .hours(1)))
                try await transaction.pause(part, because: "a test")
            }
            try await queue.working(registry, dateSource: clock) { _ in
                _ = try await clock.advance(to: start + .hours(2), followers: [], schedules: [], notifier: queue.notifier)
                #expect(record.all.isEmpty)
                _ = try await store.withTransaction { try await $0.resume(part) }
                _ = try await clock.advance(to: start + .hours(3), followers: [], schedules: [], notifier: queue.notifier)
                #expect(record.all == ["1"])
            }
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-091 what is due is done without a move, and the next due instant is told`() async throws {
        try await Self.withFrozenClock { queue, clock, store in
            let start = clock.now
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, _ in
                    record.add("\(job.number)")
                    return .completed
                })
            func next(_ limit: Duration) async throws -> Instant? {
                try await clock.nextDue(notAfter: start + limit, followers: [], schedules: [])
            }
            _ = try await store.withTransaction { transaction in
                try await transaction.enqueue(Payment(number: 1), JobOptions(runAt: start))
                try await transaction.enqueue(Payment(number: 2), JobOptions(runAt: start + .days(40)))
            }
            try await queue.working(registry, dateSource: clock) { _ in
                let drained = try await clock.drain(followers: [], schedules: [], notifier: queue.notifier)
                #expect(record.all == ["1"] && clock.now == start && drained.from == start && drained.to == start)
                #expect(drained.visited.isEmpty && drained.jobs == [.init(kind: Payment.kind, outcome: "completed", count: 1)])
                #expect(try await next(.days(39)) == nil)
                #expect(try await next(.days(40)) == start + .days(40))
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
            #expect(try await second.isCurrent())
            try await first.move(to: Instant.systemNow() + .days(31))
            #expect(try await !second.isCurrent())
            let following = Task { try await second.run() }
            try await eventually("the second clock") { second.generation >= first.generation }
            #expect(second.now - .systemNow() > .days(30))
            following.cancel()
            _ = await following.result
        }
    }
}
