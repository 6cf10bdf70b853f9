import Core
import FoundationEssentials
import Jobs
import JobsTesting
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import JobsPostgres

/// Told by a listener's job: what it knows of the work in hand.
private final class Contexts: Sendable {
    private let seen = Mutex<[LogContext]>([])
    var all: [LogContext] { seen.withLock { $0 } }
    func note() { seen.withLock { $0.append(LogContext.current) } }
}

private struct Watcher: EventHandler {
    static let name = "test.watcher"
    let contexts: Contexts
    func handle(_ event: Painted, context: JobContext) async throws -> JobOutcome {
        contexts.note()
        return .completed
    }
}

struct TraceTests {
    @Test
    func `ADM-064 ADM-065 AUD-019 a job goes on with the trace that enqueued it, through an event as well, and its lines say which it is`()
        async throws
    {
        try await Queue.with { queue in
            let contexts = Contexts()
            var registry = JobRegistry()
            registry.register(Watcher(contexts: contexts))
            let org = try #require(UUID(uuidString: "01890000-0000-7000-8000-000000000001"))
            registry.register(
                Handler(Note.self) { _, context in
                    contexts.note()
                    try await queue.store.withTransaction { try await $0.publish(Painted(wall: "a", color: 1)) }
                    return .completed
                })
            var generator = SystemRandomNumberGenerator()
            let trace = TraceContext.make(using: &generator)
            try await LogContext.$current.withValue(LogContext(requestID: "req_1", trace: trace)) {
                var options = JobOptions.standard
                options.org = org
                try await queue.store.withTransaction { try await $0.enqueue(Note(text: "a"), options) }
            }
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            try await worker.drain()
            #expect(contexts.all.count == 2)
            #expect(contexts.all.allSatisfy { $0.trace?.traceID == trace.traceID })
            #expect(Set(contexts.all.compactMap { $0.trace?.spanID } + [trace.spanID]).count == 3)
            #expect(contexts.all.first?.org == org.uuidString.lowercased())
            #expect(contexts.all.allSatisfy { $0.job.map { !$0.isEmpty } ?? false })

            // Who began it and which entry led to it go the same way, and each attempt says which it is (AUD-019).
            let origin = WorkOrigin(surface: "api")
            origin.note {
                $0.initiator = "user:u"; $0.latest = "baud_1"
            }
            try await LogContext.$current.withValue(LogContext(origin: origin)) {
                try await queue.store.withTransaction { try await $0.enqueue(Note(text: "c"), .standard) }
            }
            try await worker.drain()
            let origins = contexts.all.dropFirst(2).compactMap { $0.origin?.facts }
            #expect(origins.map(\.surface) == ["worker", "worker"] && origins.map(\.attempt?.number) == [1, 1])
            #expect(origins.allSatisfy { $0.initiator == "user:u" && $0.cause == "baud_1" && $0.latest == nil })

            // What nobody asked for begins a trace of its own.
            try await queue.store.withTransaction { try await $0.enqueue(Note(text: "b"), .standard) }
            try await worker.drain()
            let own = contexts.all.dropFirst(4).compactMap { $0.trace?.traceID }
            #expect(own.count == 2 && Set(own).count == 1 && own.first != trace.traceID)
        }
    }

    @Test func `OPS-070 each attempt has a span of its own in its enqueuer's trace, and its lines say job, attempt and org`() async throws {
        try await Queue.with { queue in
            let (contexts, lines) = (Contexts(), Record())
            let log = Log(label: "test", dateSource: queue.clock, levels: LogLevels()) { line in
                lines.add(String(decoding: line, as: UTF8.self))
            }
            var registry = JobRegistry()
            registry.register(
                Handler(Note.self) { _, context in
                    contexts.note()
                    log.info("at work")
                    return context.attempt == 1 ? .retry(after: .seconds(1)) : .completed
                })
            let trace = try #require(TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
            let origin = WorkOrigin(surface: "api")
            origin.note {
                $0.initiator = "user:u"; $0.latest = "baud_1"
            }
            let org = try #require(UUID(uuidString: "01890000-0000-7000-8000-000000000001"))
            let job = try await LogContext.$current.withValue(LogContext(requestID: "req_1", trace: trace, origin: origin)) {
                try await queue.enqueue(Note(text: "a"), JobOptions(org: org)).job
            }
            let number = try #require(job).rawValue
            let worker = ManualWorker(client: queue.database.systemClient, registry: registry, dateSource: queue.clock)
            try await worker.drain()
            queue.clock.advance(by: .seconds(1))
            try await worker.drain()
            func line(_ attempt: Int, _ time: Instant) -> String {
                #"{"attempt":"\#(attempt)","job_id":"\#(number)","label":"test","level":"info","message":"at work","org_id":"\#(org.uuidString.lowercased())","#
                    + #""request_id":"job_\#(number)","time":"\#(time)","trace_id":"0af7651916cd43dd8448eb211c80319c"}"# + "\n"
            }
            #expect(lines.all == [line(1, queue.clock.now - .seconds(1)), line(2, queue.clock.now)], "\(lines.all)")
            let seen = contexts.all
            #expect(Set(seen.compactMap(\.trace?.spanID)).union([trace.spanID]).count == 3)
            #expect(seen.compactMap { $0.origin?.facts.attempt?.number } == [1, 2])
            #expect(seen.allSatisfy { $0.origin?.facts.initiator == "user:u" && $0.origin?.facts.cause == "baud_1" })
        }
    }
}
