import Core
import Jobs
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

/// A job with hardly any time.
private struct Sprint: Job {
    static let kind = "test.sprint"
    static let lane = Lane.lifecycle
    static let retryPolicy = RetryPolicy(maximumAttempts: 2, baseDelay: .seconds(3_600), maximumDelay: .seconds(3_600))
    static let timeout = Duration.milliseconds(200)
}

/// A job with time enough to ask for more, also where the machine is busy.
private struct Walk: Job {
    static let kind = "test.walk"
    static let lane = Lane.lifecycle
    static let timeout = Duration.seconds(5)
}

/// Something to wait at that no cancellation ends.
private final class Wall: Sendable {
    private let waiting = Mutex<(isOpen: Bool, continuations: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = waiting.withLock { waiting in
                if !waiting.isOpen { waiting.continuations.append(continuation) }
                return waiting.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let continuations = waiting.withLock { waiting in
            waiting.isOpen = true
            return waiting.continuations
        }
        for continuation in continuations { continuation.resume() }
    }
}

struct StuckTests {
    @Test(.timeLimit(.minutes(15))) func `OPS-064 a handler past its deadline is cancelled, and its job comes back as a failure`()
        async throws
    {
        try await Queue.with { queue in
            let stopped = Door()
            var registry = JobRegistry()
            registry.register(
                Handler(Sprint.self) { _, _ in
                    await Door().wait()
                    stopped.open()
                    try Task.checkCancellation()
                    return .completed
                })
            try await queue.enqueue(Sprint())
            try await queue.working(registry) { worker in
                await stopped.wait()
                try await queue.until("EXISTS (SELECT FROM jobs.job_error WHERE error LIKE 'took longer than%')")
                #expect(worker.health.warnings.isEmpty)
            }
            #expect(try await queue.count("job", where: "lease_by IS NULL AND attempt = 1") == 1)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-064 a handler that does not stop is counted as stuck, its slot replaced, and its late result worth nothing`() async throws {
        try await Queue.with { queue in
            let (wall, metrics) = (Wall(), Metrics())
            var registry = JobRegistry()
            registry.register(
                Handler(Sprint.self) { _, _ in
                    await wall.wait()
                    return .completed
                })
            registry.register(Handler(Walk.self) { _, _ in .completed })
            try await queue.enqueue(Sprint())
            try await queue.working(
                registry,
                {
                    $0.slots = [.lifecycle: 1]
                    $0.stuckAfter = .milliseconds(200)
                }, metrics: metrics
            ) { worker in
                try await queue.until("EXISTS (SELECT FROM jobs.job_error WHERE error LIKE 'did not stop%')")
                // The only slot does other work, although the handler still stands there.
                try await queue.enqueue(Walk())
                worker.wakeUp()
                try await queue.until("EXISTS (SELECT FROM jobs.job_history)")
                #expect(worker.health.warnings == ["handlers that do not stop: 1"])
                #expect(metrics.render().contains("trellis_jobs_stuck_handlers 1"))
                wall.open()
                try await eventually("the handler to stop") { worker.health.warnings.isEmpty }
                #expect(metrics.render().contains("trellis_jobs_stuck_handlers 0"))
            }
            #expect(try await queue.count("job_history", where: "true") == 1)
            #expect(try await queue.count("job", where: "lease_by IS NULL AND attempt = 1") == 1)
        }
    }

    @Test(.timeLimit(.minutes(15)), arguments: [false, true])
    func `OPS-056 a live handler extends its deadline, and only as long as the job is its own`(_ isStoppedFirst: Bool) async throws {
        try await Queue.with { queue in
            // Behind a wall the handler stays where it is also when it is stopped.
            let (extended, mayEnd, refused) = (Door(), Wall(), Door())
            var registry = JobRegistry()
            registry.register(
                Handler(Walk.self) { _, context in
                    try await context.extendDeadline(to: .seconds(3_600))
                    extended.open()
                    await mayEnd.wait()
                    await #expect {
                        try await context.extendDeadline(to: .seconds(1))
                    } throws: {
                        // The worker may have seen first that the job is another's, and have stopped the handler.
                        $0 is CancellationError || $0 is JobLeaseLost
                    }
                    refused.open()
                    return .completed
                })
            try await queue.enqueue(Walk())
            try await queue.working(registry) { worker in
                await extended.wait()
                try await queue.until("EXISTS (SELECT FROM jobs.job WHERE deadline > now() + interval '50 minutes')")
                let limit = worker.state.withLock { $0.running.values.first?.timeout }
                #expect((limit ?? .zero) >= .seconds(3_600))
                // Past the kind's own limit, and past a rescue's look at all deadlines, it is left alone.
                let rescue = Rescue(client: queue.database.systemClient, dateSource: queue.clock)
                try await queue.until("EXISTS (SELECT FROM jobs.job WHERE deadline < now() + interval '1 hour 24.5 seconds')")
                #expect(try await rescue.run(sweeping: true) == 0)
                #expect(worker.state.withLock { $0.running.values.allSatisfy { $0.interruption == nil } })
                try await queue.database.adminClient.execute("UPDATE jobs.job SET lease_token = lease_token + 1")
                if isStoppedFirst {
                    try await eventually("the handler to be stopped") {
                        worker.state.withLock { $0.running.values.contains { $0.interruption == .leaseLost } }
                    }
                }
                mayEnd.open()
                await refused.wait()
                #expect(try await queue.count("job", where: "deadline > now() + interval '50 minutes'") == 1)
            }
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-056 an hour in the queue is no age: the job runs once and is not rescued`() async throws {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Walk.self) { _, context in
                    record.add("\(context.attempt)")
                    return .completed
                })
            try await queue.enqueue(Walk())
            try await queue.database.adminClient.execute(
                "UPDATE jobs.job SET created_at = created_at - interval '1 hour', run_at = run_at - interval '1 hour'")
            queue.clock.advance(by: .hours(1))
            #expect(try await Rescue(client: queue.database.systemClient, dateSource: queue.clock).run(sweeping: true) == 0)
            try await queue.working(registry, { $0.rescue = .milliseconds(100) }) { _ in
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
            #expect(record.all == ["1"])
            #expect(try await queue.count("job_history", where: "attempt = 1") == 1)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-056 what a dead leader was at runs elsewhere within one and a half leases, thirty seconds of the twenty`() async throws {
        struct Killed: Error {}
        try await Queue.with { queue in
            let lease = Duration.seconds(4)
            var registry = JobRegistry()
            registry.register(Handler(Payment.self) { _, _ in .completed })
            for number in 0..<3 { try await queue.enqueue(Payment(number: number)) }
            let hit = Door()
            let dying = Task { [registry] in
                try await queue.working(
                    registry,
                    {
                        $0.takeOver(after: lease)
                        $0.faults = {
                            guard $0 == .beforeHandler else { return }
                            // It dies as the leader: one that died before would leave none to wait for.
                            try await queue.until("EXISTS (SELECT FROM jobs.leader)")
                            hit.open()
                            throw Killed()
                        }
                    }
                ) { _ in
                    await hit.wait()
                    throw Killed()
                }
            }
            await hit.wait()
            await #expect(throws: Killed.self) { try await dying.value }
            let died = ContinuousClock.now
            try await queue.working(registry, { $0.takeOver(after: lease) }) { _ in
                // A machine that is busy with other things is given what it loses by them.
                let busy = try await queue.slowestLook(until: "NOT EXISTS (SELECT FROM jobs.job)")
                #expect(died.duration(to: .now) <= lease * 1.5 + .seconds(20) + busy * 10)
            }
            #expect(try await queue.count("job_history", where: "outcome = 1") == 3)
        }
    }
}
