import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct LeadershipTests {
    @Test func `OPS-081 a leader that was paused leads no more, whoever led meanwhile, and each new term has a number of its own`()
        async throws
    {
        try await Queue.with { queue in
            let leadership = Leadership(client: queue.database.systemClient, lease: .seconds(15))
            let first = try #require(try await leadership.hold(as: 1, term: nil))
            #expect(try await leadership.hold(as: 1, term: first) == first)
            #expect(try await leadership.hold(as: 2, term: nil) == nil)
            // Worker 1 is paused for longer than its lease.
            let pause: Statement = "UPDATE jobs.leader SET until = now() - interval '1 second'"
            try await queue.database.adminClient.execute(pause)
            let second = try #require(try await leadership.hold(as: 2, term: nil))
            #expect(second > first)
            #expect(try await leadership.hold(as: 1, term: first) == nil)
            // And also when it finds its own name there again, under a later term.
            try await queue.database.adminClient.execute(pause)
            let third = try #require(try await leadership.hold(as: 1, term: nil))
            #expect(third > second)
            try await queue.database.adminClient.execute("UPDATE jobs.leader SET term = term + 1")
            #expect(try await leadership.hold(as: 1, term: third) == nil)
        }
    }

    @Test func `OPS-081 of twenty who find nobody leading one begins a term`() async throws {
        try await Queue.with { queue in
            let leadership = Leadership(client: queue.database.systemClient, lease: .seconds(15))
            let leaders = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for worker in 1...20 { group.addTask { try await leadership.hold(as: Int32(worker), term: nil) } }
                return try await group.reduce(into: 0) { $0 += $1 == nil ? 0 : 1 }
            }
            #expect(leaders == 1)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-081 a paused leader that still does its chores beside the new one harms nothing`()
        async throws
    {
        try await Queue.with { queue in
            let schedule = Schedule(
                "test.sweep", try #require(CronExpression("*/5 * * * *")), missed: .each(limit: 100), job: Note(text: "sweep"))
            try await queue.enqueue(Payment(number: 1))
            try await queue.database.adminClient.execute("UPDATE jobs.job SET lease_by = 4711, lease_token = 1, attempt = 1")
            let store = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            let ticker = ScheduleTicker(store: store, schedules: [schedule], dateSource: queue.clock)
            try await ticker.register()
            queue.clock.advance(by: .hours(1))
            let rescue = Rescue(client: queue.database.systemClient, dateSource: queue.clock)
            let (ticks, rescued) = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for _ in 0..<2 {
                    group.addTask { (try await ticker.fire(), 0) }
                    group.addTask { (0, try await rescue.run(sweeping: true)) }
                    group.addTask {
                        try await queue.database.systemClient.execute("SELECT jobs.keep_history(14)")
                        return (0, 0)
                    }
                }
                return try await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
            }
            #expect(ticks == 12 && rescued == 1)
            #expect(try await queue.count("cron_tick") == 12)
            #expect(try await queue.count("job", where: "crash_count = 1 AND lease_token = 2 AND lease_by IS NULL") == 1)
        }
    }

    @Test func `OPS-081 days of history are made once, however many make them at once`() async throws {
        try await Queue.with { queue in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await queue.database.systemClient.execute("SELECT jobs.keep_history(14)") }
                }
                try await group.waitForAll()
            }
            let days = try await queue.database.adminClient.query(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = 'jobs.job_history'::regclass")
            #expect(try days[0].decode(Int64.self) == 4)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-082 four workers and four that enqueue share one database without names or an election by hand`()
        async throws
    {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, _ in
                    record.add("\(job.number)")
                    return .completed
                })
            let known = registry
            func work(_ more: Int) async throws {
                try await queue.working(known) { _ in
                    if more > 1 { return try await work(more - 1) }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for api in 0..<4 {
                            group.addTask {
                                for number in 0..<50 { try await queue.enqueue(Payment(number: api * 50 + number)) }
                            }
                        }
                        try await group.waitForAll()
                    }
                    try await queue.until("(SELECT count(*) FROM jobs.worker) = 4 AND EXISTS (SELECT FROM jobs.leader)")
                    try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
                    #expect(try await queue.count("leader") == 1)
                }
            }
            try await work(4)
            #expect(record.all.count == 200 && Set(record.all).count == 200)
            #expect(try await queue.count("worker") + queue.count("leader") == 0)
        }
    }
}
