import Core
import Jobs
import JobsTesting
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

/// A kind as the last release knew it, and as this one does.
private struct OldParcel: Job {
    static let kind = "test.parcel"
    static let lane = Lane.mail
    var street: String
}

private struct NewParcel: Job {
    static let kind = "test.parcel"
    static let lane = Lane.mail
    static let version = 2
    var address: String

    static func upgraded(_ parameters: JSONValue, from version: Int) throws -> JSONValue {
        guard version == 1, case .object(let members) = parameters else { return parameters }
        return ["address": members["street"] ?? .null]
    }
}

private enum OldHouse: Saga {
    struct Context: Codable, Sendable {}
    static let name = "test.house"
    static let steps = [SagaStep("dig"), SagaStep("sell", isPivot: true)]
}

private enum NewHouse: Saga {
    struct Context: Codable, Sendable {}
    static let name = "test.house"
    static let version = 2
    static let steps = [SagaStep("survey"), SagaStep("dig"), SagaStep("sell", isPivot: true)]
}

private struct Builder<Process: Saga>: SagaHandler {
    let name: String
    let record: Record

    func perform(_ step: String, in execution: SagaExecution<Process.Context>) async throws -> SagaStepOutcome {
        record.add("\(name) \(step)")
        return .done(output: .null)
    }

    func compensate(_ step: String, in execution: SagaExecution<Process.Context>) async throws -> SagaCompensationOutcome { .undone }
    func failed(_ execution: SagaExecution<Process.Context>, firstError: String) async throws {}
}

struct VersionTests {
    private func manual(_ queue: Queue, _ registry: JobRegistry) -> ManualWorker {
        ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
    }

    @Test func `OPS-052 of nodes of two versions the newer reads what the older wrote, and the older leaves what it does not know`()
        async throws
    {
        try await Queue.with { queue in
            let record = Record()
            var (old, new) = (JobRegistry(), JobRegistry())
            old.register(
                Handler(OldParcel.self) { job, _ in
                    record.add("old \(job.street)")
                    return .completed
                })
            new.register(
                Handler(NewParcel.self) { job, _ in
                    record.add("new \(job.address)")
                    return .completed
                })
            try await queue.enqueue(OldParcel(street: "first"))
            try await queue.enqueue(NewParcel(address: "second"))
            // One job for each kind and key, whichever version asks.
            #expect(
                try await queue.enqueue(OldParcel(street: "x"), JobOptions(runAt: queue.clock.now + .hours(1), uniqueKey: "k")).job != nil)
            #expect(try await queue.enqueue(NewParcel(address: "x"), JobOptions(uniqueKey: "k")) == .alreadyQueued)
            #expect(try await enqueued(NewParcel.self, by: queue.database.systemClient).map(\.job.address) == ["first", "second", "x"])
            try await queue.enqueue(OldParcel(street: "third"))
            #expect(try await manual(queue, old).drain(limit: 1).count == 1)
            #expect(record.all == ["old first"])
            try await manual(queue, new).drain()
            #expect(record.all == ["old first", "new second", "new third"])
            try await queue.enqueue(NewParcel(address: "fourth"))
            #expect(try await manual(queue, old).drain().isEmpty)
            #expect(try await queue.count("job", where: "attempt = 0 AND crash_count = 0") == 2)
        }
    }

    @Test func `OPS-068 a held kind is held in every version, and a kind whose name begins alike is not`() async throws {
        struct Parcels: Job {
            static let kind = "test.parcels"
            static let lane = Lane.mail
        }
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(NewParcel.self) { job, _ in
                    record.add(job.address)
                    return .completed
                })
            registry.register(
                Handler(Parcels.self) { _, _ in
                    record.add("alike")
                    return .completed
                })
            try await manual(queue, registry).drain()
            #expect(try await queue.store.withTransaction { try await $0.pause(.kind(OldParcel.kind), because: "the road is closed") })
            try await queue.enqueue(OldParcel(street: "first"))
            try await queue.enqueue(NewParcel(address: "second"))
            try await queue.enqueue(Parcels())
            try await manual(queue, registry).drain()
            #expect(record.all == ["alike"])
            #expect(try await queue.store.withTransaction { try await $0.resume(.kind(OldParcel.kind)) })
            try await manual(queue, registry).drain()
            #expect(record.all == ["alike", "first", "second"])
        }
    }

    @Test(.timeLimit(.minutes(15))) func `OPS-052 a kind that no worker knows waits, and is told of after five minutes`() async throws {
        try await Queue.with { queue in
            let metrics = Metrics()
            let measure = QueueMetrics(metrics)
            let system = queue.database.systemClient
            var registry = JobRegistry()
            registry.register(Handler(Note.self) { _, _ in .completed })
            try await queue.working(registry) { _ in
                try await queue.until("EXISTS (SELECT FROM jobs.worker WHERE cardinality(kinds) = 1)")
                try await queue.enqueue(Payment(number: 1))
                queue.clock.advance(by: .seconds(299))
                #expect(try await measure.measure(with: system, now: queue.clock.now) == [])
                queue.clock.advance(by: .seconds(1))
                #expect(try await measure.measure(with: system, now: queue.clock.now) == [Payment.kind])
                #expect(metrics.render().contains("trellis_jobs_unknown_kind 1"))
                #expect(try await queue.count("job", where: "lease_by IS NULL AND attempt = 0") == 1)
                // A worker of a release that does not say what it knows may know it.
                try await queue.database.adminClient.execute(
                    "INSERT INTO jobs.worker (process, lease_until) VALUES ('older', now() + interval '1 minute')")
                #expect(try await measure.measure(with: system, now: queue.clock.now) == [])
            }
        }
    }

    @Test func `OPS-075 a saga keeps the steps it began with, and a node without its version leaves it to others`() async throws {
        try await Queue.with { queue in
            let record = Record()
            var (old, new) = (JobRegistry(), JobRegistry())
            old.register(Builder<OldHouse>(name: "old", record: record))
            new.register(Builder<NewHouse>(name: "new", record: record))
            let store = queue.store
            _ = try await store.withTransaction { try await $0.startSaga(OldHouse.self, key: "a", context: .init()) }
            #expect(try await manual(queue, old).drain(limit: 1).count == 1)
            // The rolling upgrade: the rest is done by the new release, with the list of the old one.
            try await manual(queue, new).drain()
            #expect(record.all == ["old dig", "new sell"])
            _ = try await store.withTransaction { try await $0.startSaga(NewHouse.self, key: "b", context: .init()) }
            #expect(try await manual(queue, old).drain().isEmpty)
            try await manual(queue, new).drain(limit: 1)
            #expect(try await manual(queue, old).drain().isEmpty)
            try await manual(queue, new).drain()
            #expect(record.all.dropFirst(2) == ["new survey", "new dig", "new sell"])
            #expect(try await queue.count("saga", where: "state = 'completed'") == 2)
        }
    }
}
