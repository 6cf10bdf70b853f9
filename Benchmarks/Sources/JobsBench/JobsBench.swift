import Core
import EventLoops
import Jobs
import JobsPostgres
import Lifecycle
import Postgres
import Synchronization

/// A job that does nothing: what is measured is the queue.
struct Nothing: Job {
    static let kind = "bench.nothing"
    static let lane = Lane.mail
    var number: Int
}

struct NothingHandler: JobHandler {
    let started: @Sendable (Int) -> Void

    func run(_ job: Nothing, context: JobContext) async throws -> JobOutcome {
        started(job.number)
        return .completed
    }
}

/// usage: JobsBench URL drain COUNT [SLOTS], or JobsBench URL latency|attach COUNT. The database must be empty; its schema is made here.
///
/// `drain` enqueues and works off, `latency` is the way of one job through an idle queue, and `attach` compares a transaction with and without a job.
@main
enum JobsBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4, let count = Int(arguments[3]) else {
            return print("usage: JobsBench URL drain|latency|attach COUNT [SLOTS]")
        }
        let bench = try Bench(url: arguments[1])
        let migrator = Migrator(configuration: PostgresConfiguration(url: arguments[1]), migrations: JobsMigrations.all, loops: bench.loops)
        try await migrator.migrate()
        let slots = arguments.count > 4 ? Int(arguments[4]) ?? 1_000 : 1_000
        switch arguments[2] {
        case "drain": try await bench.drain(count, slots: slots)
        case "attach": try await bench.attach(count)
        default: try await bench.latency(count)
        }
    }
}

struct Bench: Sendable {
    let loops: EventLoopGroup
    let database: PostgresConfiguration
    let client: PostgresClient
    let owner: PostgresClient

    init(url: String) throws {
        loops = try EventLoopGroup(count: 2, name: "bench")
        database = PostgresConfiguration(url: url, role: .system)
        client = PostgresClient(configuration: database, loops: loops)
        owner = PostgresClient(configuration: PostgresConfiguration(url: url), loops: loops)
    }

    /// Enqueues all jobs, then runs one worker until the history holds every one of them.
    func drain(_ count: Int, slots: Int) async throws {
        let store = PostgresJobStore(client: client, dateSource: SystemDateSource())
        let enqueuing = try await ContinuousClock().measure {
            for start in stride(from: 0, to: count, by: 10_000) {
                let jobs = (start..<min(start + 10_000, count)).map { (job: Nothing(number: $0), options: JobOptions.standard) }
                _ = try await store.withTransaction { try await $0.enqueue(jobs) }
            }
        }
        let walBefore = try await wal()
        let draining = try await ContinuousClock().measure {
            try await working(slots: slots, started: { _ in }) {
                while try await client.query("SELECT EXISTS (SELECT FROM jobs.job)").first?.decode(Bool.self) == true {
                    try await loops.next().sleep(for: .milliseconds(20))
                }
            }
        }
        let done = try await client.query("SELECT count(*) FROM jobs.job_history").first?.decode(Int.self) ?? 0
        guard done == count else { return print("only \(done) of \(count) jobs are in the history") }
        print(
            "enqueue \(rate(count, enqueuing)) drain \(rate(count, draining)) wal_bytes_per_job \((try await wal() - walBefore) / Int64(count))"
        )
    }

    /// A transaction that locks and changes one thing and writes a line, with and without a job, in turn; what the queue adds to its median.
    func attach(_ count: Int) async throws {
        let store = PostgresJobStore(client: client, dateSource: SystemDateSource())
        for statement: Statement in [
            "CREATE SCHEMA bench", "CREATE TABLE bench.thing (id int PRIMARY KEY, name text NOT NULL)",
            "CREATE TABLE bench.line (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, thing int NOT NULL, body text NOT NULL)",
            "INSERT INTO bench.thing VALUES (1, 'thing')", "GRANT USAGE ON SCHEMA bench TO trellis_system",
            "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA bench TO trellis_system",
        ] { try await owner.execute(statement) }
        func measure(_ number: Int, enqueuing: Bool) async throws -> Duration {
            try await ContinuousClock().measure {
                try await store.withTransaction { transaction in
                    _ = try await transaction.postgres.query("SELECT name FROM bench.thing WHERE id = 1 FOR UPDATE")
                    try await transaction.postgres.execute("UPDATE bench.thing SET name = \("thing \(number)") WHERE id = 1")
                    try await transaction.postgres.execute("INSERT INTO bench.line (thing, body) VALUES (1, \("line \(number)"))")
                    if enqueuing { try await transaction.enqueue(Nothing(number: number)) }
                }
            }
        }
        for number in 0..<200 { _ = try await measure(number, enqueuing: number.isMultiple(of: 2)) }
        var (bare, carrying): ([Duration], [Duration]) = ([], [])
        for number in 0..<count {
            bare.append(try await measure(number, enqueuing: false))
            carrying.append(try await measure(number, enqueuing: true))
        }
        func median(_ times: [Duration]) -> Double { Double(times.sorted()[times.count / 2].wholeMicroseconds) }
        print(
            "without_us \(Int(median(bare))) with_us \(Int(median(carrying))) added_percent \(Int(((median(carrying) / median(bare) - 1) * 100).rounded()))"
        )
    }

    /// Enqueues one job after the other into an idle queue, and measures until its handler runs. The one who enqueues is another process
    /// as far as the worker can see: it hears of the job through the database.
    func latency(_ count: Int) async throws {
        let begun = Mutex<[Int: ContinuousClock.Instant]>([:])
        let speaker = JobNotifier(client: client, loops: loops)
        let store = PostgresJobStore(client: client, dateSource: SystemDateSource(), notifier: speaker)
        var times: [Duration] = []
        try await working(slots: 8, started: { number in begun.withLock { $0[number] = .now } }) {
            for number in 0..<count {
                try await loops.next().sleep(for: .milliseconds(Int64.random(in: 60...120)))
                let start = ContinuousClock.now
                try await store.withTransaction { try await $0.enqueue(Nothing(number: number)) }
                while begun.withLock({ $0[number] }) == nil { try await loops.next().sleep(for: .milliseconds(1)) }
                if let time = begun.withLock({ $0[number] }) { times.append(start.duration(to: time)) }
            }
        }
        times.sort()
        func milliseconds(_ share: Double) -> Double {
            Double(times[min(times.count - 1, Int(Double(times.count) * share))].wholeMicroseconds) / 1_000
        }
        print("p50_ms \(milliseconds(0.5)) p99_ms \(milliseconds(0.99)) max_ms \(milliseconds(1))")
    }

    private func working(slots: Int, started: @escaping @Sendable (Int) -> Void, _ body: () async throws -> Void) async throws {
        var registry = JobRegistry()
        registry.register(NothingHandler(started: started))
        var configuration = WorkerConfiguration()
        configuration.slots = [.mail: slots]
        let worker = Worker(
            database: database, client: client, loops: loops, registry: registry, dateSource: SystemDateSource(),
            notifier: JobNotifier(client: client, loops: loops), configuration: configuration)
        let shutdown = GracefulShutdown()
        let running = Task { try await GracefulShutdown.$current.withValue(shutdown) { try await worker.run() } }
        try await body()
        shutdown.request()
        try await running.value
    }

    private func wal() async throws -> Int64 {
        try await client.query("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").first?.decode(Int64.self) ?? 0
    }

    private func rate(_ count: Int, _ time: Duration) -> Int { Int(Double(count) / (Double(time.wholeMicroseconds) / 1_000_000)) }
}
