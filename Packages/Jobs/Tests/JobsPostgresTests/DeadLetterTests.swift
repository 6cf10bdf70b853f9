import Core
import Jobs
import JobsTesting
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct DeadLetterTests {
    private struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    /// Jobs that were given up: three of mails after three attempts each, one of money at once.
    private func letters(_ queue: Queue) async throws -> JobRegistry {
        var registry = JobRegistry()
        registry.register(Handler(Note.self) { job, context in throw Broken(description: "\(job.text) at \(context.attempt)") })
        registry.register(Handler(Payment.self) { _, _ in .discarded(reason: "refused for good") })
        for text in ["a", "b", "c"] { try await queue.enqueue(Note(text: text)) }
        try await queue.enqueue(Payment(number: 7))
        let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
        for _ in 0..<4 {
            try await worker.drain()
            queue.clock.advance(by: .minutes(2))
        }
        #expect(try await queue.count("job_dead") == 4)
        return registry
    }

    private func find(_ queue: Queue, _ query: DeadLetterQuery) async throws -> [DeadLetter] {
        try await queue.store.withTransaction { try await $0.deadLetters(query) }
    }

    @Test func `a letter keeps parameters, every error with its attempt and node, and can be found by kind, lane and reason`()
        async throws
    {
        try await Queue.with { queue in
            _ = try await letters(queue)
            let all = try await find(queue, DeadLetterQuery())
            #expect(all.count == 4 && all.map(\.id) == all.map(\.id).sorted(by: >))
            let one = try #require(all.first { $0.payload["text"] == "b" })
            #expect(one.kind == Note.kind && one.lane == .mail && one.attempts == 3 && one.isOpen)
            #expect(one.failures.map(\.attempt) == [1, 2, 3])
            #expect(one.failures.map { $0.error.contains("b at \($0.attempt)") } == [true, true, true])
            #expect(one.failures.allSatisfy { $0.worker != nil } && one.worker != nil)
            #expect(try await find(queue, DeadLetterQuery(kind: Payment.kind)).map(\.reason) == ["refused for good"])
            #expect(try await find(queue, DeadLetterQuery(lane: .mail)).count == 3)
            #expect(try await find(queue, DeadLetterQuery(reason: "c at 3")).map(\.payload) == [["text": "c"]])
            let page = try await find(queue, DeadLetterQuery(limit: 2))
            #expect(try await find(queue, DeadLetterQuery(before: page[1].id)).map(\.id) == all.suffix(2).map(\.id))
        }
    }

    @Test func `many letters are counted first and come back a few a minute, and one that is laid aside does not`() async throws {
        try await Queue.with { queue in
            _ = try await letters(queue)
            let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            let mails = DeadLetterQuery(kind: Note.kind, limit: 100)
            let first = try #require(try await find(queue, mails).last)
            #expect(try await system.withTransaction { try await $0.discardDeadLetter(first.id, because: "was a test") })
            #expect(try await queue.store.withTransaction { try await $0.countDeadLetters(mails) } == 2)
            #expect(try await queue.count("job") == 0)
            let again = try await system.withTransaction { try await $0.requeueDeadLetters(mails, perMinute: 1).map(\.job) }
            #expect(again.count == 2)
            #expect(try await queue.count("job", where: "run_at = \(queue.clock.now)") == 1)
            #expect(try await queue.count("job", where: "run_at = \(queue.clock.now + .minutes(1))") == 1)
            #expect(try await system.withTransaction { try await $0.requeueDeadLetters(mails, perMinute: 1).isEmpty })
            let closed = try await find(queue, DeadLetterQuery(kind: Note.kind, includesClosed: true))
            #expect(Set(closed.compactMap(\.requeuedAs)) == Set(again))
            #expect(closed.compactMap(\.discardedBecause) == ["was a test"])
        }
    }

    @Test func `letters and their errors are kept ninety days`() async throws {
        try await Queue.with { queue in
            _ = try await letters(queue)
            let died = try #require(try await find(queue, DeadLetterQuery(kind: Payment.kind)).first?.diedAt)
            try await DeadLetters.forget(before: died, with: queue.database.systemClient)
            #expect(try await queue.count("job_dead") == 4)
            try await DeadLetters.forget(before: died + .hours(1), with: queue.database.systemClient)
            #expect(try await queue.count("job_dead") == 0)
            #expect(try await queue.count("job_error") == 0)
            #expect(WorkerConfiguration().lettersKept == .days(90))
        }
    }

    @Test(.timeLimit(.minutes(15))) func `a job of money that is given up is told of at once, one of mail is counted alone`()
        async throws
    {
        try await Queue.with { queue in
            let lines = Record()
            let log = Log(label: "jobs", level: .error, sink: { lines.add(String(decoding: $0, as: UTF8.self)) })
            var registry = JobRegistry()
            registry.register(Handler(Note.self) { _, _ in .discarded(reason: "nobody reads it") })
            registry.register(Handler(Payment.self) { _, _ in .discarded(reason: "refused for good") })
            try await queue.enqueue(Note(text: "a"))
            let payment = try #require(try await queue.enqueue(Payment(number: 7)).job)
            try await queue.working(registry, log: log) { _ in try await queue.until("(SELECT count(*) = 2 FROM jobs.job_dead)") }
            let told = lines.all.filter { $0.contains("given up") }
            #expect(told.count == 1)
            #expect(told.first?.contains("\"\(payment)\"") == true && told.first?.contains("refused for good") == true)
            #expect(Lane.allCases.filter(\.alarmsAtOnce) == [.money, .lifecycle])
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-103 OPS-104 a saga whose job got lost goes on at its step, forward or back, once`()
        async throws
    {
        try await Queue.with { queue in
            let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            let supervisor = SagaSupervisor(store: system, dateSource: queue.clock)
            let record = Record()
            var registry = JobRegistry()
            registry.register(Crossing(record: record))
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            func lose() async throws { try await queue.database.adminClient.execute("DELETE FROM jobs.job") }
            func catches() async throws -> [String] {
                queue.clock.advance(by: SagaSupervisor.patience)
                return try await supervisor.run()
            }

            _ = try await system.withTransaction { try await $0.startSaga(Ferry.self, key: "a", context: Ferry.Context(fails: false)) }
            #expect(try await catches() == [], "its job lives")
            try await lose()
            #expect(try await supervisor.run() == [Ferry.name])
            #expect(try await supervisor.run() == [])
            try await worker.drain()
            #expect(record.all == ["load", "cross"])
            #expect(try await queue.count("saga", where: "state = 'completed'") == 1)

            _ = try await system.withTransaction { try await $0.startSaga(Ferry.self, key: "b", context: Ferry.Context(fails: true)) }
            // It is on its way back when its job gets lost.
            try await worker.drain(limit: 2)
            #expect(try await queue.count("saga", where: "state = 'compensating'") == 1)
            try await lose()
            #expect(try await catches() == [Ferry.name])
            try await worker.drain()
            #expect(try await queue.count("saga", where: "state = 'compensated'") == 1)
            #expect(record.all.suffix(2) == ["unload", "gave up"])
            #expect(try await catches() == [], "nobody looks after what has ended")
        }
    }
}

/// Two steps, of which the second may be impossible.
private enum Ferry: Saga {
    struct Context: Codable, Sendable, Hashable { var fails: Bool }
    static let name = "test.ferry"
    static let steps = [
        SagaStep("load", isCompensable: true), SagaStep("cross", isPivot: true),
    ]
}

private struct Crossing: SagaHandler {
    let record: Record

    func perform(_ step: String, in execution: SagaExecution<Ferry.Context>) async throws -> SagaStepOutcome {
        if step == "cross", execution.context.fails { return .failed(reason: "storm") }
        record.add(step)
        return .done(output: .null)
    }

    func compensate(_ step: String, in execution: SagaExecution<Ferry.Context>) async throws -> SagaCompensationOutcome {
        record.add("un" + step)
        return .undone
    }

    func failed(_ execution: SagaExecution<Ferry.Context>, firstError: String) async throws { record.add("gave up") }

    typealias Process = Ferry
}
