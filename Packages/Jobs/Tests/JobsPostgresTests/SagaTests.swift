import Core
import Jobs
import JobsTesting
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

enum Build: Saga {
    struct Context: Codable, Sendable, Hashable { var house: String }
    static let name = "test.build"
    static let steps = [
        SagaStep(
            "dig", isCompensable: true, retryPolicy: RetryPolicy(maximumAttempts: 2, baseDelay: .seconds(1), maximumDelay: .seconds(1))),
        SagaStep("wall", isCompensable: true), SagaStep("permit"), SagaStep("sell", isPivot: true), SagaStep("thank"),
    ]
}

struct BuildHandler: SagaHandler {
    typealias Process = Build
    let record: Record
    var refuses: String?
    var breaks: String?
    var failsUndoing: String?

    func perform(_ step: String, in execution: SagaExecution<Build.Context>) async throws -> SagaStepOutcome {
        struct Rain: Error {}
        record.add(step)
        if step == breaks { throw Rain() }
        if step == refuses { return .failed(reason: "no \(step)") }
        if step == "permit" { #expect(execution.outputs["dig"] == .string("hole") && execution.context.house == "h") }
        return .done(output: step == "dig" ? "hole" : .null)
    }

    func compensate(_ step: String, in execution: SagaExecution<Build.Context>) async throws -> SagaCompensationOutcome {
        record.add("undo \(step)")
        return .undone
    }

    func failed(_ execution: SagaExecution<Build.Context>, firstError: String) async throws { record.add("failed: \(firstError)") }
}

struct SagaTests {
    private func run(_ handler: BuildHandler, _ body: (Queue, ManualWorker, SagaID) async throws -> Void) async throws {
        try await Queue.with { queue in
            var registry = JobRegistry()
            registry.register(handler)
            let saga = try await queue.store.withTransaction { try await $0.startSaga(Build.self, key: "k", context: .init(house: "h")) }
            try await body(queue, ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock), saga)
        }
    }

    @Test func `OPS-072 steps are done in order, each once, with the outputs of those before`() async throws {
        let record = Record()
        try await run(BuildHandler(record: record)) { queue, worker, saga in
            let again = try await queue.store.withTransaction { try await $0.startSaga(Build.self, key: "k", context: .init(house: "x")) }
            #expect(again == saga)
            try await worker.drain()
            #expect(record.all == ["dig", "wall", "permit", "sell", "thank"])
            #expect(try await queue.count("saga", where: "state = 'completed' AND ended_at IS NOT NULL") == 1)
            #expect(try await queue.count("saga_step", where: "state = 'done'") == 5)
            let next = try await queue.store.withTransaction { try await $0.startSaga(Build.self, key: "k", context: .init(house: "x")) }
            #expect(next != saga)
        }
    }

    @Test func `OPS-073 a refusal before the pivot undoes what was done in reverse, and tells the end once`() async throws {
        let record = Record()
        try await run(BuildHandler(record: record, refuses: "permit")) { queue, worker, _ in
            try await worker.drain()
            #expect(record.all == ["dig", "wall", "permit", "undo wall", "undo dig", "failed: no permit"])
            #expect(try await queue.count("saga", where: "state = 'compensated' AND first_error = 'no permit'") == 1)
        }
    }

    @Test func `OPS-073 a step that used up its attempts is undone itself as well`() async throws {
        let record = Record()
        try await run(BuildHandler(record: record, breaks: "dig")) { queue, worker, _ in
            try await worker.drain()
            queue.clock.advance(by: .seconds(5))
            try await worker.drain()
            #expect(record.all.prefix(3) == ["dig", "dig", "undo dig"])
            #expect(try await queue.count("saga", where: "state = 'compensated'") == 1)
        }
    }

    @Test func `OPS-030 a saga that is told to turn back gives a waiting step up at once, and lets one at work finish first`() async throws
    {
        let record = Record()
        try await run(BuildHandler(record: record, breaks: "wall")) { queue, worker, _ in
            func turn() async throws -> SagaTurn {
                let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
                return try await system.withTransaction { try await $0.turnBack(Build.self, key: "k", because: "too late") }
            }
            try await worker.drain()
            #expect(record.all == ["dig", "wall"])
            #expect(try await turn() == .turning)
            #expect(try await turn() == .told)
            try await worker.drain()
            #expect(record.all == ["dig", "wall", "undo wall", "undo dig", "failed: too late"])
            #expect(try await turn() == .none)
        }
    }

    @Test func `OPS-030 a saga goes on once its point of no return was tried, whoever tells it to turn back`() async throws {
        for (isBefore, found) in [(true, SagaTurn.turning), (false, .goingOn)] {
            let record = Record()
            try await run(BuildHandler(record: record, breaks: isBefore ? nil : "sell")) { queue, worker, _ in
                while record.all.count < (isBefore ? 3 : 4) { try await worker.drain(limit: 1) }
                let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
                let turn = try await system.withTransaction { try await $0.turnBack(Build.self, key: "k", because: "too late") }
                #expect(turn == found)
                try await worker.drain()
                #expect(record.all.contains("undo dig") == isBefore)
                #expect(try await queue.count("saga", where: "state = 'compensated'") == (isBefore ? 1 : 0))
            }
        }
    }

    @Test func `OPS-074 behind the pivot a refusal is stuck, waits for a person, and goes on when the step is skipped`() async throws {
        let record = Record()
        try await run(BuildHandler(record: record, refuses: "thank")) { queue, worker, saga in
            try await worker.drain()
            #expect(try await queue.count("saga", where: "state = 'stuck' AND stuck_because = 'no thank'") == 1)
            #expect(!record.all.contains { $0.hasPrefix("undo") })
            let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            #expect(try await system.withTransaction { try await $0.retryStuckSaga(saga) })
            try await worker.drain()
            #expect(record.all.filter { $0 == "thank" }.count == 2)
            #expect(try await system.withTransaction { try await $0.skipStuckStep(of: saga) })
            #expect(try await system.withTransaction { try await $0.skipStuckStep(of: saga) } == false)
            #expect(try await queue.count("saga", where: "state = 'completed'") == 1)
        }
    }

    @Test func `OPS-074 a step that died as a letter goes on when the letter is let run again, once, and only while its saga waits at it`()
        async throws
    {
        let record = Record()
        try await run(BuildHandler(record: record)) { queue, worker, saga in
            try await worker.drain(limit: 1)
            let rescue = Rescue(client: queue.database.systemClient, dateSource: queue.clock)
            for _ in 0..<3 {
                try await queue.database.adminClient.execute("UPDATE jobs.job SET lease_by = 4711, attempt = attempt + 1")
                try await rescue.run(sweeping: true)
            }
            #expect(try await queue.count("saga", where: "state = 'stuck'") == 1)
            let rows = try await queue.database.adminClient.query("SELECT id FROM jobs.job_dead")
            let letter = JobID(rawValue: try #require(try rows.first?.decode(Int64.self)))
            let system = PostgresJobStore(client: queue.database.systemClient, dateSource: queue.clock)
            let again = try await system.withTransaction { try await $0.requeueDeadLetter(letter) }
            #expect(try await queue.count("job", where: "id = \(again?.rawValue ?? 0) AND attempt = 0") == 1)
            #expect(try await queue.count("job_dead", where: "requeued_as = \(again?.rawValue ?? 0)") == 1)
            #expect(try await system.withTransaction { try await $0.requeueDeadLetter(letter) } == nil)
            try await worker.drain()
            #expect(record.all == Build.steps.map(\.name))
            #expect(try await queue.count("saga", where: "state = 'completed'") == 1)
            // A letter of a saga that went on otherwise brings nothing back.
            try await queue.database.adminClient.execute("UPDATE jobs.job_dead SET requeued_as = NULL")
            #expect(try await system.withTransaction { try await $0.requeueDeadLetter(letter) } == nil)
            #expect(try await queue.count("job_dead", where: "requeued_as IS NULL") == 1)
        }
    }

    @Test(arguments: 0..<5) func `OPS-072 a worker killed after the work of a step resumes at that step`(_ step: Int) async throws {
        let record = Record()
        try await run(BuildHandler(record: record)) { queue, worker, _ in
            for _ in 0..<step { try await worker.drain(limit: 1) }
            // The step was done, and the process died before anybody knew.
            try await queue.database.adminClient.execute(
                "UPDATE jobs.job SET lease_by = 4711, lease_token = lease_token + 1, attempt = attempt + 1")
            record.add("killed")
            try await Rescue(client: queue.database.systemClient, dateSource: queue.clock).run(sweeping: true)
            try await worker.drain()
            #expect(record.all.filter { $0 != "killed" } == Build.steps.map(\.name))
            #expect(try await queue.count("saga", where: "state = 'completed'") == 1)
        }
    }
}
