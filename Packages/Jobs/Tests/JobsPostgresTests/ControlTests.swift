import Core
import Jobs
import JobsTesting
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

struct ControlTests {
    private func registry(_ record: Record) -> JobRegistry {
        var registry = JobRegistry()
        registry.register(
            Handler(Note.self) { job, _ in
                record.add(job.text)
                return .completed
            })
        registry.register(
            Handler(Payment.self) { job, _ in
                record.add("\(job.number)")
                return .completed
            })
        return registry
    }

    @Test(.timeLimit(.minutes(15))) func `a held lane or kind takes jobs in, runs none on any worker, and goes on in order`() async throws {
        try await Queue.with { queue in
            let record = Record()
            let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            // A name that was mistyped holds nothing, and says so.
            await #expect(throws: UnknownJobKind(name: "test.nite")) {
                try await queue.store.withTransaction { try await $0.pause(.kind("test.nite"), because: "relay is down") }
            }
            let manual = ManualWorker(client: queue.database.systemClient, registry: registry(record), dateSource: queue.clock)
            try await manual.drain()
            #expect(try await queue.store.withTransaction { try await $0.pause(.kind(Note.kind), because: "relay is down") })
            #expect(try await queue.store.withTransaction { try await $0.pause(.kind(Note.kind), because: "again") } == false)
            #expect(try await queue.store.withTransaction { try await $0.pause(.lane(.money), because: "books are closed") })
            for text in ["a", "b", "c"] { try await queue.enqueue(Note(text: text)) }
            try await queue.enqueue(Payment(number: 1))
            #expect(try await manual.drain().isEmpty)
            queue.clock.advance(by: .days(1))
            #expect(try await manual.drain().isEmpty)
            #expect(try await queue.count("job", where: "attempt = 0 AND lease_by IS NULL") == 4)
            #expect(try await system.withTransaction { try await $0.pauses().map(\.part) } == [.lane(.money), .kind(Note.kind)])
            let workers = registry(record)
            try await queue.working(workers, { $0.slots = [.mail: 1, .money: 1] }) { worker in
                #expect(try await queue.store.withTransaction { try await $0.resume(.kind(Note.kind)) })
                worker.wakeUp()
                try await queue.until("(SELECT count(*) FROM jobs.job) = 1")
                #expect(record.all == ["a", "b", "c"])
                #expect(try await queue.store.withTransaction { try await $0.resume(.lane(.money)) })
                #expect(try await queue.store.withTransaction { try await $0.resume(.lane(.money)) } == false)
                worker.wakeUp()
                try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            }
            #expect(record.all == ["a", "b", "c", "1"])
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-066 a waiting job is cancelled at once, a running one within five seconds`() async throws {
        try await Queue.with { queue in
            let (begun, stopped) = (Door(), Door())
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { _, _ in
                    begun.open()
                    await Door().wait()
                    stopped.open()
                    return .completed
                })
            try await queue.enqueue(Note(text: "waits"), JobOptions(runAt: queue.clock.now + .hours(1), uniqueKey: "waits"))
            try await queue.enqueue(Note(text: "runs"), JobOptions(uniqueKey: "runs"))
            try await queue.working(registry) { worker in
                await begun.wait()
                let isCancelled = try await queue.store.withTransaction { try await $0.cancelJob(Note.self, uniqueKey: "waits") }
                #expect(isCancelled)
                #expect(try await queue.count("job") == 1)
                #expect(try await queue.count("job_history", where: "outcome = 2 AND args->>'text' = 'waits'") == 1)
                let asked = ContinuousClock.now
                #expect(try await queue.store.withTransaction { try await $0.cancelJob(Note.self, uniqueKey: "runs") })
                await stopped.wait()
                // A busy machine gets some more than five seconds; the handler itself waits for ever.
                #expect(asked.duration(to: .now) < .seconds(120))
                try await eventually("the handler to end") { worker.state.withLock { $0.running.isEmpty } }
            }
            #expect(try await queue.store.withTransaction { try await $0.cancelJob(Note.self, uniqueKey: "runs") } == false)
            // What the handler gave back after all is refused: it was cancelled, once.
            #expect(try await queue.count("job_history") == 2)
            #expect(try await queue.count("job_history", where: "outcome = 2") == 2)
            #expect(try await queue.count("job_dead") == 0)
        }
    }

    @Test func `OPS-066 of many who cancel one job one has done it`() async throws {
        try await Queue.with { queue in
            try await queue.enqueue(Note(text: "a"), JobOptions(uniqueKey: "a"))
            let done = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await queue.store.withTransaction { try await $0.cancelJob(Note.self, uniqueKey: "a") } }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(done == 1)
            #expect(try await queue.count("job_history") == 1)
        }
    }

    @Test func `a dead letter keeps what it was, runs again once for all who ask, and is laid aside once`() async throws {
        try await Queue.with { queue in
            var registry = JobRegistry()
            registry.register(Handler(Note.self) { job, context in context.lease.job.rawValue < 3 ? .discarded(reason: "no") : .completed })
            let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            try await queue.enqueue(Note(text: "a"), JobOptions(priority: .urgent, uniqueKey: "k", serialKey: "s"))
            try await queue.enqueue(Note(text: "b"))
            let manual = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            try await manual.drain()
            let letters = try await queue.database.adminClient.query("SELECT id FROM jobs.job_dead ORDER BY id").map {
                JobID(rawValue: try $0.decode(Int64.self))
            }
            try #require(letters.count == 2)
            let again = try await withThrowingTaskGroup(of: JobID?.self) { group in
                for _ in 0..<8 { group.addTask { try await system.withTransaction { try await $0.requeueDeadLetter(letters[0]) } } }
                return try await group.reduce(into: [JobID]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(again.count == 1)
            #expect(
                try await queue.count(
                    "job", where: "priority = 1 AND unique_key IS NOT NULL AND serial_key IS NOT NULL AND max_attempts = 3")
                    == 1)
            #expect(try await queue.enqueue(Note(text: "x"), JobOptions(uniqueKey: "k")) == .alreadyQueued)
            #expect(try await system.withTransaction { try await $0.discardDeadLetter(letters[1], because: "was a test") })
            #expect(try await system.withTransaction { try await $0.discardDeadLetter(letters[1], because: "twice") } == false)
            #expect(try await system.withTransaction { try await $0.requeueDeadLetter(letters[1]) } == nil)
            try await manual.drain()
            #expect(try await queue.count("job_history", where: "args->>'text' = 'a' AND outcome = 1") == 1)
            #expect(try await queue.count("job_dead", where: "requeued_as = \(again[0].rawValue)") == 1)
        }
    }
}
