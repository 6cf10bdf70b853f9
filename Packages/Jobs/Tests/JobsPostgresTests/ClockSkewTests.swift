import Core
import Jobs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

struct ClockSkewTests {
    @Test(.timeLimit(.minutes(15)))
    func `OPS-088 a clock that is two seconds off warns, one thirty seconds off is not ready, and leases go by the database's`()
        async throws
    {
        try await Queue.with { queue in
            let ahead = Mutex<Duration>(.zero)
            var registry = JobRegistry()
            registry.register(Handler(Note.self) { _, _ in .completed })
            try await queue.working(
                registry,
                {
                    $0.heartbeat = .milliseconds(20)
                    $0.machineTime = { Instant.systemNow() + ahead.withLock(\.self) }
                }
            ) { worker in
                try await queue.until("EXISTS (SELECT FROM jobs.worker)")
                try await eventually("the worker to be ready") { worker.health.isReady }
                #expect(worker.health == WorkerHealth(obstacles: [], warnings: [], clockAhead: .zero))
                for (offset, isReady) in [(Duration.seconds(5), true), (.seconds(-5), true), (.seconds(40), false), (.seconds(-40), false)]
                {
                    ahead.withLock { $0 = offset }
                    // What was measured half way through the change belongs to neither.
                    try await eventually("a look at the clock") { abs((worker.health.clockAhead - offset).wholeMilliseconds) <= 1_000 }
                    #expect(worker.health.isReady == isReady, "\(offset)")
                    #expect((worker.health.warnings + worker.health.obstacles).contains { $0.hasPrefix("the clock differs") })
                }
                // Whatever the machine believes, its lease and its work go on.
                try await queue.until("EXISTS (SELECT FROM jobs.worker WHERE lease_until BETWEEN now() AND now() + interval '21 seconds')")
                try await queue.until("EXISTS (SELECT FROM jobs.worker WHERE clock_ahead_us < -30000000)")
                try await queue.enqueue(Note(text: "a"))
                worker.wakeUp()
                try await queue.until("EXISTS (SELECT FROM jobs.job_history)")
                #expect(try await Rescue(client: queue.database.systemClient, dateSource: queue.clock).run(sweeping: true) == 0)
                ahead.withLock { $0 = .zero }
                try await eventually("a look at the clock") { worker.health.clockAhead == .zero }
                #expect(worker.health.isReady)
            }
        }
    }
}
