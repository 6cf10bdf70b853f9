import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

/// The last day that was counted, so that one run makes up for days that were missed.
private struct CountDays: Job {
    static let kind = "test.count_days"
    static let lane = Lane.maintenance
}

struct ClockJumpTests {
    private func sandbox(_ queue: Queue) async throws -> SandboxClock {
        let database = queue.database
        let clock = SandboxClock(client: database.systemClient, database: database.configuration(role: .system), loops: database.loops)
        try await clock.load()
        try await clock.freeze()
        return clock
    }

    /// Thirty hours with a chain of jobs each ten hours after the other, and a schedule that makes up for missed days with one run.
    private func move(_ move: ClockMove) async throws -> (visited: Int, chain: [String], counted: Int, end: Duration) {
        try await Queue.with { queue in
            let clock = try await sandbox(queue)
            let start = clock.now
            let store = PostgresJobStore(client: queue.database.systemClient, dateSource: clock)
            let (chain, counted) = (Record(), Record())
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, context in
                    chain.add("\(job.number)")
                    let due = start + .hours(10 * (job.number + 1))
                    try await store.withTransaction { try await $0.enqueue(Payment(number: job.number + 1), JobOptions(runAt: due)) }
                    return .completed
                })
            registry.register(
                Handler(CountDays.self) { _, _ in
                    counted.add("")
                    return .completed
                })
            let schedule = Schedule("test.days", try #require(CronExpression("0 * * * *")), missed: .once, job: CountDays())
            registry.add(schedule)
            try await store.withTransaction { try await $0.enqueue(Payment(number: 1), JobOptions(runAt: start + .hours(10))) }
            return try await queue.working(registry, dateSource: clock) { _ in
                let done = try await clock.advance(
                    to: start + .hours(95), followers: [], schedules: [schedule], notifier: queue.notifier, move: move)
                return (done.visited.count, chain.all, counted.all.count, clock.now - start)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-092 a jump moves at once and ends where stepping does, with what may be made up for done once`()
        async throws
    {
        let stepped = try await move(.stepping)
        let jumped = try await move(.jumping)
        #expect(jumped.visited == 1 && stepped.visited > 9)
        #expect(jumped.chain == (1...9).map(String.init) && stepped.chain == jumped.chain)
        #expect(jumped.counted == 1 && stepped.counted >= 4)
        #expect(jumped.end == .hours(95) && stepped.end == .hours(95))
    }

    @Test(.timeLimit(.minutes(15))) func `a move that is to stop at a failure stands at the instant of the first dead letter`() async throws
    {
        try await Queue.with { queue in
            let clock = try await sandbox(queue)
            let start = clock.now
            let store = PostgresJobStore(client: queue.database.systemClient, dateSource: clock)
            var registry = JobRegistry()
            registry.register(Handler(Payment.self) { job, _ in job.number == 2 ? .discarded(reason: "no money") : .completed })
            for number in 1...3 {
                _ = try await store.withTransaction {
                    try await $0.enqueue(Payment(number: number), JobOptions(runAt: start + .hours(number)))
                }
            }
            try await queue.working(registry, dateSource: clock) { _ in
                let done = try await clock.advance(
                    to: start + .hours(9), followers: [], schedules: [], notifier: queue.notifier, stopsAtFailure: true)
                #expect(done.hasStopped && done.to == start + .hours(2) && clock.now == start + .hours(2))
                #expect(done.jobs.map(\.outcome) == ["completed", "dead"])
                let rest = try await clock.advance(
                    to: start + .hours(9), followers: [], schedules: [], notifier: queue.notifier, stopsAtFailure: true)
                #expect(!rest.hasStopped && rest.to == start + .hours(9))
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-089 what the figures call due goes by the business time, where it stands still and where it is ahead`()
        async throws
    {
        try await Queue.with { queue in
            let clock = try await sandbox(queue)
            let store = PostgresJobStore(client: queue.database.systemClient, dateSource: clock)
            try await store.withTransaction { try await $0.enqueue(Note(text: "a"), JobOptions(runAt: clock.now + .days(30))) }
            func due() async throws -> Int {
                let figure = try #require(JobFigures.all.first { $0.name == "trellis_jobs_due" })
                let rows = try await queue.database.systemClient.query(figure.statement)
                return Int(try rows.reduce(0) { try $0 + $1.decode("value", as: Int64.self) })
            }
            #expect(try await due() == 0)
            try await clock.move(to: clock.now + .days(31))
            #expect(try await due() == 1)
        }
    }
}
