import Core
import Jobs
import PlatformTesting
import Postgres
import Synchronization

@testable import JobsPostgres

/// A job that says who it is.
struct Note: Job, Hashable {
    static let kind = "test.note"
    static let lane = Lane.mail
    static let retryPolicy = RetryPolicy(maximumAttempts: 3, baseDelay: .seconds(2), maximumDelay: .seconds(60))
    var text: String
}

struct Payment: Job, Hashable {
    static let kind = "test.payment"
    static let lane = Lane.money
    var number: Int
}

/// The queue of a test, on a database of its own, with a clock that only the test moves.
struct Queue {
    let database: TestDatabase
    let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_800_000_000))
    var store: PostgresJobStore { PostgresJobStore(client: database.client, dateSource: clock) }

    @discardableResult
    func enqueue(_ job: some Job, _ options: JobOptions = .standard) async throws -> EnqueueOutcome {
        try await store.withTransaction { try await $0.outcome(ofEnqueuing: job, options) }
    }

    func count(_ table: String, where condition: Statement = "true") async throws -> Int {
        let rows = try await database.adminClient.query("SELECT count(*) FROM jobs.\(identifier: table) WHERE \(fragment: condition)")
        return try rows[0].decode(Int.self)
    }

    static func with<Result: Sendable>(_ body: (Queue) async throws -> Result) async throws -> Result {
        try await TestDatabase.withDatabase(migrations: [JobsMigrations.all]) { try await body(Queue(database: $0)) }
    }
}

extension EnqueueOutcome {
    var job: JobID? { if case .enqueued(let id) = self { id } else { nil } }
}

/// What happened, in order, told by handlers on many threads.
final class Record: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}
