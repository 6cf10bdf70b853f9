import Core
import Jobs
import Lifecycle
import Observability
import PlatformTesting
import Postgres
import Synchronization

@testable import JobsPostgres

/// A door that tests wait at; it opens once.
final class Door: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: Void.self) }

    func open() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}

/// A handler made of a closure.
struct Handler<Work: Job>: JobHandler {
    let body: @Sendable (Work, JobContext) async throws -> JobOutcome

    init(_ kind: Work.Type, _ body: @escaping @Sendable (Work, JobContext) async throws -> JobOutcome) { self.body = body }

    func run(_ job: Work, context: JobContext) async throws -> JobOutcome { try await body(job, context) }
}

extension Queue {
    var notifier: JobNotifier { JobNotifier(client: database.systemClient, loops: database.loops) }

    /// Runs a worker beside a closure, and ends it in good order afterwards.
    func working<Result: Sendable>(
        _ registry: JobRegistry, _ configure: (inout WorkerConfiguration) -> Void = { _ in }, dateSource: (any DateSource)? = nil,
        metrics: Metrics = Metrics(), notifier: JobNotifier? = nil, log: Log = .silent, _ body: (Worker) async throws -> Result
    ) async throws -> Result {
        var configuration = WorkerConfiguration()
        configuration.jitter = { 1 }
        configuration.idlePoll = .milliseconds(100)
        configure(&configuration)
        let worker = Worker(
            database: database.configuration(role: .system), client: database.systemClient, loops: database.loops, registry: registry,
            dateSource: dateSource ?? clock, notifier: notifier ?? self.notifier, configuration: configuration,
            log: log, metrics: metrics)
        let shutdown = GracefulShutdown()
        let running = Task { try await GracefulShutdown.$current.withValue(shutdown) { try await worker.run() } }
        do {
            let result = try await body(worker)
            shutdown.request()
            try await running.value
            return result
        } catch {
            shutdown.request()
            _ = await running.result
            throw error
        }
    }

    /// Waits until a statement says so: the database has no signal for it.
    func until(_ condition: Statement) async throws {
        _ = try await slowestLook(until: condition)
    }

    /// The same.
    ///
    /// - Returns: how long the slowest look took, which says how busy the machine is.
    func slowestLook(until condition: Statement) async throws -> Duration {
        var slowest = Duration.zero
        try await eventually(condition.sql) {
            let began = ContinuousClock.now
            let holds = try await database.adminClient.query("SELECT \(fragment: condition)").first?.decode(Bool.self) == true
            slowest = max(slowest, began.duration(to: .now))
            return holds
        }
        return slowest
    }
}

/// Waits until something holds of which nobody gives a signal, and says what it was when that does not come.
func eventually(_ what: String, _ holds: () async throws -> Bool) async throws {
    let began = ContinuousClock.now
    while try await !holds() {
        guard began.duration(to: .now) < .seconds(300) else { throw Waited(for: what) }
        await Task.yield()
    }
}

struct Waited: Error, CustomStringConvertible {
    let description: String
    init(for condition: String) { description = "waited five minutes for \(condition)" }
}
