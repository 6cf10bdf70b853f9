import Core
import Jobs
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct EnqueueTests {
    @Test func `OPS-048 a rollback leaves no job, a commit keeps it`() async throws {
        struct GivenUp: Error {}
        try await Queue.with { queue in
            await #expect(throws: GivenUp.self) {
                try await queue.store.withTransaction { transaction in
                    try await transaction.enqueue(Note(text: "lost"))
                    throw GivenUp()
                }
            }
            #expect(try await queue.count("job") == 0)
            try await queue.enqueue(Note(text: "kept"))
            #expect(try await queue.count("job") == 1)
        }
    }

    @Test func `OPS-049 one live job for each kind and key, and the caller is told`() async throws {
        try await Queue.with { queue in
            #expect(try await queue.enqueue(Note(text: "1"), JobOptions(uniqueKey: "a")).job != nil)
            #expect(try await queue.enqueue(Note(text: "2"), JobOptions(uniqueKey: "a")) == .alreadyQueued)
            #expect(try await queue.enqueue(Payment(number: 1), JobOptions(uniqueKey: "a")).job != nil)
            let outcomes = try await queue.store.withTransaction { transaction in
                try await transaction.enqueue(["a", "b", "b", "c"].map { (job: Note(text: $0), options: JobOptions(uniqueKey: $0)) })
            }
            #expect(outcomes.map { $0.job != nil } == [false, true, false, true])
        }
    }

    @Test func `OPS-049 fifty callers with one key make one job`() async throws {
        try await Queue.with { queue in
            let inserted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask { try await queue.enqueue(Payment(number: number), JobOptions(uniqueKey: "one")).job != nil }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(inserted == 1)
            #expect(try await queue.count("job") == 1)
        }
    }

    @Test func `OPS-051 ten thousand jobs in one call, in order; a payload over 64 KiB is refused with its limit`() async throws {
        try await Queue.with { queue in
            let outcomes = try await queue.store.withTransaction { transaction in
                try await transaction.enqueue((0..<10_000).map { (job: Payment(number: $0), options: JobOptions.standard) })
            }
            let ids = outcomes.compactMap(\.job)
            #expect(ids.count == 10_000 && ids == ids.sorted())
            #expect(try await queue.count("job") == 10_000)
            await #expect(throws: JobPayloadTooLarge.self) {
                try await queue.enqueue(Note(text: String(repeating: "x", count: 65_536)))
            }
            #expect(try await queue.enqueue(Note(text: String(repeating: "x", count: 65_000))).job != nil)
        }
    }

    @Test func `a cancelled job leaves the queue for the history`() async throws {
        try await Queue.with { queue in
            try await queue.enqueue(Note(text: "a"), JobOptions(uniqueKey: "a"))
            #expect(try await queue.store.withTransaction { try await $0.cancelJob(Note.self, uniqueKey: "a") })
            #expect(try await queue.store.withTransaction { try await $0.cancelJob(Note.self, uniqueKey: "a") } == false)
            #expect(try await queue.count("job") == 0)
            #expect(try await queue.count("job_history", where: "outcome = 2") == 1)
        }
    }

    @Test func `finishing needs the lease as it is`() async throws {
        try await Queue.with { queue in
            let id = try #require(try await queue.enqueue(Note(text: "a")).job)
            try await queue.database.adminClient.execute("UPDATE jobs.job SET lease_by = 7, lease_token = 3")
            await #expect(throws: JobLeaseLost.self) {
                try await queue.store.withTransaction { try await $0.finish(JobLease(job: id, worker: 7, token: 2)) }
            }
            await #expect(throws: JobLeaseLost.self) {
                try await queue.store.withTransaction { try await $0.finish(JobLease(job: id, worker: 8, token: 3)) }
            }
            try await queue.store.withTransaction { try await $0.finish(JobLease(job: id, worker: 7, token: 3)) }
            #expect(try await queue.count("job_history", where: "outcome = 1") == 1)
        }
    }
}
