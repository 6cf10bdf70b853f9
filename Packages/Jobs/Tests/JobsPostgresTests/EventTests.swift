import Core
import Jobs
import JobsTesting
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

struct Painted: DomainEvent {
    static let topic = "test.painted"
    let wall: String
    let color: Int
    var eventKey: String { wall }
}

struct Listener: EventHandler {
    static let name = "test.listener"
    let record: Record
    func handle(_ event: Painted, context: JobContext) async throws -> JobOutcome {
        if event.color == -1, context.attempt == 1 { return .retry(after: .seconds(1)) }
        record.add("\(event.wall)\(event.color)")
        return .completed
    }
}

struct SecondListener: EventHandler {
    static let name = "test.second_listener"
    let record: Record
    func handle(_ event: Painted, context: JobContext) async throws -> JobOutcome {
        record.add("second \(event.wall)\(event.color)")
        return .completed
    }
}

/// A thing happened, told under another topic, which comes first by its name.
private struct Built: DomainEvent {
    static let topic = "test.built"
    let wall: String
    let color: Int
    var eventKey: String { wall }
}

/// Hears one of several topics and keeps one order with those who hear the others; told of what is to fail, it fails once.
private struct Together<Event: DomainEvent>: EventHandler {
    static var name: String { "test.together.\(Event.topic)" }
    static var serialName: String { "test.together" }
    let record: Record
    let text: @Sendable (Event) -> String
    func handle(_ event: Event, context: JobContext) async throws -> JobOutcome {
        let text = text(event)
        if text.hasSuffix("-1"), context.attempt == 1 { return .retry(after: .seconds(1)) }
        record.add(text)
        return .completed
    }
}

struct EventTests {
    @Test func `NOT-183 handlers of several topics that keep one order hear a key in the order in which it was told, also over a retry`()
        async throws
    {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(Together<Painted>(record: record) { "painted \($0.wall)\($0.color)" })
            registry.register(Together<Built>(record: record) { "built \($0.wall)\($0.color)" })
            for number in [1, -1, 2] {
                try await queue.store.withTransaction { transaction in
                    try await transaction.publish(Painted(wall: "a", color: number))
                    try await transaction.publish(Built(wall: "a", color: number))
                }
            }
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            try await worker.drain()
            #expect(record.all == ["painted a1", "built a1"])
            for _ in 1...2 {
                queue.clock.advance(by: .seconds(2))
                try await worker.drain()
            }
            #expect(record.all == ["painted a1", "built a1", "painted a-1", "built a-1", "painted a2", "built a2"])
        }
    }

    @Test func `each handler hears each event once, in order for a key`() async throws {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(Listener(record: record))
            registry.register(SecondListener(record: record))
            for color in 0..<10 { try await queue.store.withTransaction { try await $0.publish(Painted(wall: "a", color: color)) } }
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            try await worker.drain()
            try await worker.drain()
            #expect(record.all.filter { !$0.hasPrefix("second") } == (0..<10).map { "a\($0)" })
            #expect(record.all.filter { $0.hasPrefix("second") } == (0..<10).map { "second a\($0)" })
        }
    }

    @Test func `an event that comes again holds up those of its key, and no others`() async throws {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(Listener(record: record))
            for (wall, color) in [("a", 1), ("a", -1), ("a", 2), ("b", 1)] {
                try await queue.store.withTransaction { try await $0.publish(Painted(wall: wall, color: color)) }
            }
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            try await worker.drain()
            #expect(record.all == ["a1", "b1"])
            queue.clock.advance(by: .seconds(2))
            try await worker.drain()
            #expect(record.all == ["a1", "b1", "a-1", "a2"])
        }
    }

    @Test func `an event of a transaction still under way is waited for, and not lost`() async throws {
        try await Queue.with { queue in
            let record = Record()
            var registry = JobRegistry()
            registry.register(Listener(record: record))
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            try await queue.store.withTransaction { slow in
                try await slow.publish(Painted(wall: "a", color: 1))
                // It is written before the other begins.
                _ = try await slow.postgres.query("SELECT")
                try await queue.store.withTransaction { try await $0.publish(Painted(wall: "b", color: 1)) }
                try await worker.drain()
                #expect(record.all.isEmpty)
            }
            try await worker.drain()
            #expect(record.all == ["a1", "b1"])
        }
    }

    @Test func `a transaction of another database holds up nothing here`() async throws {
        try await TestDatabase.withDatabase { other in
            try await other.systemClient.withTransaction(scope: .system) { elsewhere in
                _ = try await elsewhere.query("SELECT pg_current_xact_id()")
                try await Queue.with { queue in
                    let record = Record()
                    var registry = JobRegistry()
                    registry.register(Listener(record: record))
                    try await queue.store.withTransaction { try await $0.publish(Painted(wall: "a", color: 1)) }
                    try await ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock).drain()
                    #expect(record.all == ["a1"])
                }
            }
        }
    }
}
