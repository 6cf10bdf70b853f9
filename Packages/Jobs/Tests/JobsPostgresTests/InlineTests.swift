import Core
import Jobs
import JobsTesting
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct InlineTests {
    private func registry(_ record: Record) -> JobRegistry {
        var registry = JobRegistry()
        registry.register(
            Handler(Note.self) { job, _ in
                record.add(job.text)
                return .completed
            })
        return registry
    }

    @Test func `OPS-087 inline, what a transaction enqueues is done before the call returns, and nothing of it when it is undone`()
        async throws
    {
        struct GivenUp: Error {}
        try await Queue.with { queue in
            let record = Record()
            let jobs = InlineJobs(client: queue.database.systemClient, registry: registry(record), dateSource: queue.clock)
            let done = try await jobs.withTransaction { transaction in
                try await transaction.enqueue(Note(text: "a"))
                try await transaction.enqueue(Note(text: "later"), JobOptions(runAt: queue.clock.now + .hours(1)))
            }
            #expect(done.runs.map(\.description) == ["\(Note.kind) completed"])
            await #expect(throws: GivenUp.self) {
                try await jobs.withTransaction { transaction in
                    try await transaction.enqueue(Note(text: "never"))
                    throw GivenUp()
                }
            }
            #expect(record.all == ["a"])
        }
    }

    @Test func `OPS-087 recorded, jobs are asked for and not run; drained by hand they run when the test says so`() async throws {
        try await Queue.with { queue in
            let record = Record()
            try await queue.enqueue(Note(text: "a"))
            #expect(try await enqueued(Note.self, by: queue.database.systemClient).map(\.job) == [Note(text: "a")])
            #expect(try await enqueued(Payment.self, by: queue.database.systemClient).isEmpty)
            #expect(record.all.isEmpty)
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry(record), dateSource: queue.clock)
            #expect(try await worker.drain().map(\.description) == ["\(Note.kind) completed"])
            #expect(record.all == ["a"])
            #expect(try await enqueued(Note.self, by: queue.database.systemClient).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-087 a program of its own enqueues and works in one process`() async throws {
        try await Queue.with { queue in
            let record = Record()
            let notifier = queue.notifier
            let store = PostgresJobStore(client: queue.database.client, dateSource: queue.clock, notifier: notifier)
            try await queue.working(registry(record), notifier: notifier) { _ in
                try await store.withTransaction { try await $0.enqueue(Note(text: "hello")) }
                try await queue.until("EXISTS (SELECT FROM jobs.job_history)")
            }
            #expect(record.all == ["hello"])
        }
    }
}
