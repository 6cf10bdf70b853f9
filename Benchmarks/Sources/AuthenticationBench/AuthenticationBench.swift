import AuditPostgres
import Core
import EventLoops
import Identity
import IdentityPostgres
import JobsPostgres
import OrgsPostgres
import Postgres

/// usage: AuthenticationBench migrate URL | statement URL CALLERS CALLS SEED | accounts URL COUNT | credentials - COUNT
///
/// `migrate` makes the schema of accounts and orgs in an empty database. `statement` measures the statement that authenticates, on a database that
/// `Benchmarks/authentication.sh` has filled. `accounts` measures registration and sign-in, `credentials` what a token and a key cost before the database is asked.
@main
enum AuthenticationBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { return print("usage: AuthenticationBench migrate|statement|accounts URL …") }
        let numbers = arguments.dropFirst(3).compactMap { Int($0) }
        let loops = try EventLoopGroup(count: 2, name: "bench")
        switch (arguments[1], numbers.count) {
        case ("migrate", 0):
            let migrations = [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all].flatMap { $0 }
            try await Migrator(configuration: PostgresConfiguration(url: arguments[2]), migrations: migrations, loops: loops).migrate()
        case ("statement", 3):
            var configuration = PostgresConfiguration(url: arguments[2], role: .app)
            configuration.poolSizePerLoop = (numbers[0] + 1) / 2
            let client = PostgresClient(configuration: configuration, loops: loops)
            try await StatementBench(client: client, loops: loops, callers: numbers[0], calls: numbers[1], seed: numbers[2]).run()
        case ("credentials", 1): try CredentialBench().run(numbers[0])
        case ("accounts", 1):
            let client = PostgresClient(configuration: PostgresConfiguration(url: arguments[2], role: .app), loops: loops)
            try await AccountBench(client: client).run(numbers[0])
        default: print("unknown arguments: \(arguments.dropFirst().joined(separator: " "))")
        }
    }
}

/// Times of single calls.
struct Times: Sendable {
    private(set) var all: [Duration] = []

    mutating func add(_ time: Duration) { all.append(time) }
    mutating func add(_ others: Times) { all += others.all }

    /// The time that a share of the calls did not exceed, in microseconds.
    func microseconds(_ share: Double) -> Int64 {
        let sorted = all.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))].wholeMicroseconds
    }

    var line: String { "p50_us \(microseconds(0.5)) p99_us \(microseconds(0.99)) max_us \(microseconds(1))" }
}
