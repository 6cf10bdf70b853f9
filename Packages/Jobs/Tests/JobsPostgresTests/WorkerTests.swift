import Core
import Jobs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

struct WorkerTests {
    @Test(.timeLimit(.minutes(15))) func `OPS-055 two workers do each of two thousand jobs once`() async throws {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, _ in
                    record.add("\(job.number)")
                    return .completed
                })
            _ = try await queue.store.withTransaction { transaction in
                try await transaction.enqueue((0..<2_000).map { (job: Payment(number: $0), options: JobOptions.standard) })
            }
            try await queue.working(registry, { $0.slots = [.money: 50] }) { _ in
                try await queue.working(registry, { $0.slots = [.money: 50] }) { _ in
                    try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
                }
            }
            #expect(record.all.count == 2_000 && Set(record.all).count == 2_000)
            #expect(try await queue.count("job_history", where: "outcome = 1 AND attempt = 1") == 2_000)
            #expect(try await queue.count("worker") == 0)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-050 a job is not begun before its instant`() async throws {
        try await Queue.with { queue in
            var registry = JobRegistry()
            registry.register(Handler(Note.self) { _, _ in .completed })
            try await queue.enqueue(Note(text: "later"), JobOptions(runAt: queue.clock.now + .hours(1)))
            try await queue.enqueue(Note(text: "now"))
            try await queue.working(registry) { worker in
                try await queue.until("(SELECT count(*) FROM jobs.job) = 1")
                queue.clock.advance(by: .hours(1))
                worker.wakeUp()
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-061 failures come back by the policy, and are dead letters in the end with every error kept`()
        async throws
    {
        struct Broken: Error {}
        try await Queue.with { queue in
            var registry = JobRegistry()
            registry.register(Handler(Note.self) { _, _ in throw Broken() })
            try await queue.enqueue(Note(text: "a"))
            try await queue.working(registry) { worker in
                try await queue.until("EXISTS (SELECT FROM jobs.job WHERE lease_by IS NULL AND attempt = 1)")
                #expect(try await queue.count("job", where: "run_at = \(queue.clock.now + .seconds(2))") == 1)
                queue.clock.advance(by: .seconds(2))
                worker.wakeUp()
                try await queue.until("EXISTS (SELECT FROM jobs.job WHERE lease_by IS NULL AND attempt = 2)")
                #expect(try await queue.count("job", where: "run_at = \(queue.clock.now + .seconds(4))") == 1)
                queue.clock.advance(by: .seconds(4))
                worker.wakeUp()
                try await queue.until("EXISTS (SELECT FROM jobs.job_dead)")
            }
            #expect(try await queue.count("job") == 0)
            #expect(try await queue.count("job_error") == 3)
            #expect(try await queue.count("job_dead", where: "attempt = 3") == 1)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `a snooze uses no attempt; cancelled and discarded are values`() async throws {
        try await Queue.with { queue in
            let start = queue.clock.now
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { job, context in
                    switch job.text {
                    case "snooze": context.now < start + .hours(1) ? .snoozed(until: start + .hours(1)) : .completed
                    case "cancel": .cancelled(reason: "nobody wants it")
                    default: .discarded(reason: "impossible")
                    }
                })
            for text in ["snooze", "cancel", "discard"] { try await queue.enqueue(Note(text: text)) }
            try await queue.working(registry) { worker in
                try await queue.until("(SELECT count(*) = 1 AND bool_and(snoozes = 1 AND attempt = 0 AND lease_by IS NULL) FROM jobs.job)")
                queue.clock.advance(by: .hours(1))
                worker.wakeUp()
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
            #expect(try await queue.count("job_history", where: "outcome = 1 AND attempt = 1") == 1)
            #expect(try await queue.count("job_history", where: "outcome = 2 AND reason = 'nobody wants it'") == 1)
            #expect(try await queue.count("job_dead", where: "reason = 'impossible'") == 1)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-067 jobs with one serial key run one after the other, in order, over two workers and a retry`()
        async throws
    {
        struct Once: Error {}
        try await Queue.with { queue in
            let record = Record()
            let underWay = Mutex(0)
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, context in
                    #expect(
                        underWay.withLock {
                            $0 += 1; return $0
                        } == 1)
                    defer { underWay.withLock { $0 -= 1 } }
                    if job.number == 3, context.attempt == 1 { return .retry(after: .zero) }
                    record.add("\(job.number)")
                    return .completed
                })
            _ = try await queue.store.withTransaction { transaction in
                try await transaction.enqueue((0..<20).map { (job: Payment(number: $0), options: JobOptions(serialKey: "one")) })
            }
            try await queue.working(registry) { _ in
                try await queue.working(registry) { _ in try await queue.until("NOT EXISTS (SELECT FROM jobs.job)") }
            }
            #expect(record.all == (0..<20).map(String.init))
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-058 a burst of one org does not hold up another org's first job`() async throws {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { job, _ in
                    record.add(job.text)
                    return .completed
                })
            let (loud, quiet) = (
                Identifier<SagaEntity>.make(at: queue.clock.now).uuid, Identifier<SagaEntity>.make(at: queue.clock.now).uuid
            )
            _ = try await queue.store.withTransaction { transaction in
                try await transaction.enqueue((0..<1_000).map { _ in (job: Note(text: "loud"), options: JobOptions(org: loud)) })
            }
            try await queue.enqueue(Note(text: "quiet"), JobOptions(org: quiet))
            try await queue.working(registry, { $0.slots = [.mail: 8] }) { _ in try await queue.until("NOT EXISTS (SELECT FROM jobs.job)") }
            let place = try #require(record.all.firstIndex(of: "quiet"))
            #expect(place < 100)
            #expect(record.all.count == 1_001)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-059 a flood of mails leaves money its slots`() async throws {
        try await Queue.with { queue in
            let door = Door()
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { _, _ in
                    await door.wait()
                    return .completed
                })
            registry.register(Handler(Payment.self) { _, _ in .completed })
            _ = try await queue.store.withTransaction { transaction in
                try await transaction.enqueue((0..<100).map { (job: Note(text: "\($0)"), options: JobOptions.standard) })
            }
            try await queue.working(registry, { $0.drain = .zero }) { worker in
                try await queue.until("(SELECT count(*) FROM jobs.job WHERE lease_by IS NOT NULL) = 8")
                try await queue.enqueue(Payment(number: 1))
                worker.wakeUp()
                try await queue.until("EXISTS (SELECT FROM jobs.job_history WHERE lane = 1)")
                door.open()
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `OPS-083 OPS-084 a shutdown gives jobs back without the loss of an attempt, and takes 25 s at most`()
        async throws
    {
        // Two seconds more are given to those that are told to stop, and the rest is for writing what came of them.
        #expect(WorkerConfiguration().drain == .seconds(20))
        try await Queue.with { queue in
            let begun = Door()
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { _, _ in
                    begun.open()
                    await Door().wait()
                    try Task.checkCancellation()
                    return .completed
                })
            try await queue.enqueue(Note(text: "long"))
            try await queue.working(registry, { $0.drain = .zero }) { _ in await begun.wait() }
            #expect(try await queue.count("job", where: "lease_by IS NULL AND attempt = 0 AND crash_count = 0") == 1)
            #expect(try await queue.count("worker") == 0)
            #expect(try await queue.count("leader") == 0)
        }
    }
}
