import Core
import Jobs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

struct CrashTests {
    struct Killed: Error {}

    @Test(.timeLimit(.minutes(15)), arguments: FaultPoint.allCases)
    func `OPS-055 a worker killed anywhere loses no job and doubles none that finished in the database`(_ point: FaultPoint) async throws {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, _ in
                    record.add("\(job.number)")
                    return .completed
                })
            for number in 0..<5 { try await queue.enqueue(Payment(number: number)) }
            let (hit, dead) = (Door(), Door())
            let dying = Task { [registry] in
                try await queue.working(
                    registry,
                    {
                        $0.faults = {
                            guard $0 == point else { return }
                            hit.open()
                            throw Killed()
                        }
                    }
                ) { worker in
                    // The worker ends by itself; what it throws comes out below.
                    try await queue.until("EXISTS (SELECT FROM jobs.worker)")
                    await dead.wait()
                }
            }
            try await queue.until("EXISTS (SELECT FROM jobs.worker)")
            await hit.wait()
            dead.open()
            await #expect(throws: Killed.self) { try await dying.value }
            try await queue.database.adminClient.execute("UPDATE jobs.worker SET lease_until = now() - interval '1 second'")
            try await queue.working(registry, { $0.rescue = .milliseconds(100) }) { _ in
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
            #expect(Set(record.all).count == 5)
            #expect(try await queue.count("job_history") == 5)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-057 a result with an old fence is refused`() async throws {
        try await Queue.with { queue in
            let (begun, mayEnd) = (Door(), Door())
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { _, _ in
                    begun.open()
                    await mayEnd.wait()
                    return .completed
                })
            try await queue.enqueue(Note(text: "a"))
            try await queue.working(registry) { worker in
                await begun.wait()
                // Somebody has rescued the job meanwhile.
                try await queue.database.adminClient.execute(
                    "UPDATE jobs.job SET lease_by = NULL, lease_token = lease_token + 1, run_at = run_at + interval '1 hour'")
                mayEnd.open()
                try await eventually("the handler to end") { worker.state.withLock { $0.running.isEmpty } }
            }
            #expect(try await queue.count("job_history") == 0)
            #expect(try await queue.count("job", where: "lease_by IS NULL AND attempt = 1") == 1)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-063 a job that ends its process three times is a dead letter`() async throws {
        try await Queue.with { queue in
            try await queue.enqueue(Note(text: "poison"))
            let rescue = Rescue(client: queue.database.systemClient, dateSource: queue.clock)
            for _ in 0..<3 {
                try await queue.database.adminClient.execute("UPDATE jobs.job SET lease_by = 4711, attempt = attempt + 1")
                #expect(try await rescue.run(sweeping: true) == 1)
            }
            #expect(try await queue.count("job") == 0)
            #expect(try await queue.count("job_dead", where: "crash_count = 3 AND reason LIKE 'poison%'") == 1)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `a worker that was taken for dead stops its handlers and comes back under a new identity`()
        async throws
    {
        try await Queue.with { queue in
            let (begun, stopped) = (Door(), Door())
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { _, context in
                    guard context.attempt == 1 else { return .completed }
                    begun.open()
                    await Door().wait()
                    stopped.open()
                    return .completed
                })
            try await queue.enqueue(Note(text: "a"))
            try await queue.working(registry, { $0.heartbeat = .milliseconds(50) }) { _ in
                await begun.wait()
                // As a rescue does it: both at once.
                try await queue.database.adminClient.execute(
                    """
                    WITH gone AS (DELETE FROM jobs.worker RETURNING id)
                    UPDATE jobs.job SET lease_by = NULL, lease_token = lease_token + 1 FROM gone WHERE lease_by = gone.id
                    """)
                await stopped.wait()
                try await queue.until("EXISTS (SELECT FROM jobs.job_history WHERE attempt > 1)")
            }
        }
    }
}
