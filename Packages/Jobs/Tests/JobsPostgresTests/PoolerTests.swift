import Core
import Foundation
import Jobs
import JobsTesting
import Lifecycle
import PlatformTesting
import Postgres
import Testing

@testable import JobsPostgres

/// pgbouncer in transaction mode before a test's database, reached through a socket in a folder of its own.
///
/// It takes no settings of sessions from clients: the role and the limits are given to each server connection as it is made, as the guide says.
private struct Pooler {
    let folder: URL
    let process: Process

    init(before database: TestDatabase) throws {
        let server = try #require(URLComponents(string: database.url))
        folder = FileManager.default.temporaryDirectory.appending(path: "pgb-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
        let user = try #require(server.user)
        // Under root it wants to become somebody else.
        let account = geteuid() == 0 ? "user = nobody" : ""
        let target = """
            host=\(server.host ?? "127.0.0.1") port=\(server.port ?? 5432) dbname=\(database.name) user=\(user) \
            password=\(server.password?.removingPercentEncoding ?? "") pool_size=3
            """
        try """
        [databases]
        system = \(target) connect_query='SET ROLE trellis_system'
        app = \(target) connect_query='SET ROLE trellis_app'
        [pgbouncer]
        pool_mode = transaction
        auth_type = trust
        auth_file = \(folder.path)/users.txt
        listen_addr =
        listen_port = 6432
        unix_socket_dir = \(folder.path)
        ignore_startup_parameters = options,extra_float_digits
        max_client_conn = 200
        \(account)
        """.write(to: folder.appending(path: "pgbouncer.ini"), atomically: true, encoding: .utf8)
        try "\"\(user)\" \"\"\n".write(to: folder.appending(path: "users.txt"), atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(filePath: "/usr/sbin/pgbouncer")
        process.arguments = [folder.appending(path: "pgbouncer.ini").path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    func configuration(_ name: String, as database: TestDatabase) throws -> PostgresConfiguration {
        let user = try #require(URLComponents(string: database.url)?.user)
        var configuration = PostgresConfiguration(url: "postgresql:///\(name)?host=\(folder.path)&port=6432&user=\(user)")
        configuration.preparesStatements = false
        configuration.acquireTimeout = .seconds(60)
        return configuration
    }

    func stop() {
        // The signals that it ends by politely are blocked in children of a test process.
        _ = kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}

struct PoolerTests {
    @Test(.timeLimit(.minutes(15)))
    func `OPS-071 behind a pooler of transactions, with looking alone, nothing is lost: jobs, retries, sagas, events, ticks and rescues`()
        async throws
    {
        try await Queue.with { queue in
            let pooler = try Pooler(before: queue.database)
            defer { pooler.stop() }
            let record = Record()
            var registry = JobRegistry()
            registry.register(
                Handler(Payment.self) { job, context in
                    if job.number % 10 == 0, context.attempt == 1 { return .retry(after: .zero) }
                    record.add("\(job.number)")
                    return .completed
                })
            registry.register(Handler(Note.self) { _, _ in .completed })
            registry.register(BuildHandler(record: record))
            registry.add(
                Schedule("test.sweep", try #require(CronExpression("*/5 * * * *")), missed: .once, job: Note(text: "sweep")))
            let client = PostgresClient(configuration: try pooler.configuration("app", as: queue.database), loops: queue.database.loops)
            let system = PostgresClient(configuration: try pooler.configuration("system", as: queue.database), loops: queue.database.loops)
            let store = PostgresJobStore(client: client, dateSource: queue.clock)
            while (try? await client.query("SELECT 1")) == nil { try Task.checkCancellation() }
            _ = try await store.withTransaction { transaction in
                _ = try await transaction.enqueue((0..<200).map { (job: Payment(number: $0), options: JobOptions(uniqueKey: "\($0)")) })
                return try await transaction.startSaga(Build.self, key: "k", context: .init(house: "h"))
            }
            #expect(try await client.query("SELECT current_user::text").first?.decode(String.self) == "trellis_app")
            func worker() throws -> Worker {
                var configuration = WorkerConfiguration()
                configuration.listens = false
                configuration.idlePoll = .milliseconds(50)
                return Worker(
                    database: try pooler.configuration("system", as: queue.database), client: system, loops: queue.database.loops,
                    registry: registry, dateSource: queue.clock,
                    notifier: JobNotifier(client: system, loops: queue.database.loops), configuration: configuration)
            }
            let shutdown = GracefulShutdown()
            let (first, second) = (try worker(), try worker())
            let running = Task {
                try await GracefulShutdown.$current.withValue(shutdown) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await first.run() }
                        group.addTask { try await second.run() }
                        try await group.waitForAll()
                    }
                }
            }
            try await queue.until("(SELECT count(*) FROM jobs.worker) = 2 AND EXISTS (SELECT FROM jobs.cron)")
            queue.clock.advance(by: .minutes(5))
            try await queue.until("NOT EXISTS (SELECT FROM jobs.job) AND EXISTS (SELECT FROM jobs.cron_tick)")
            try await queue.until("EXISTS (SELECT FROM jobs.saga WHERE state = 'completed')")
            // What a worker that died elsewhere has left is found as well.
            try await queue.enqueue(Payment(number: 777), JobOptions(runAt: queue.clock.now + .minutes(1)))
            try await queue.database.adminClient.execute(
                "UPDATE jobs.job SET lease_by = 4711, lease_token = 1, attempt = 1 WHERE args->>'number' = '777'")
            // The leader sweeps as well, now and then.
            _ = try await Rescue(client: system, dateSource: queue.clock).run(sweeping: true)
            #expect(try await queue.count("job", where: "crash_count = 1 AND lease_by IS NULL") == 1)
            queue.clock.advance(by: .minutes(1))
            try await queue.until("NOT EXISTS (SELECT FROM jobs.job)")
            shutdown.request()
            try await running.value
            let numbers = record.all.compactMap(Int.init)
            #expect(numbers.count == 201 && Set(numbers) == Set((0..<200).map(\.self) + [777]))
            #expect(try await queue.count("worker") == 0)
            await client.close()
            await system.close()
        }
    }
}
