import AuditPostgres
import Core
import EventLoops
import IdentityPostgres
import JobsPostgres
import OperationsPostgres
import OrgsPostgres
import Postgres

/// usage: AuditBench migrate URL | append URL TRANSACTIONS | seal URL ENTRIES | delay URL SECONDS | export-file URL FILE | verify FILE
///     | rows URL CALLS | fill URL ENTRIES | export URL
///
/// `migrate` makes the schema of the log and of orgs in an empty database. `append` compares a transaction with and without its entry, `seal` and `delay`
/// measure links, `verify` the offline verification of the file that `export-file` has made, `rows` an org's reads with and without row security, `export` the file of one org's
/// chain, which `fill` has made.
@main
enum AuditBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else {
            return print("usage: AuditBench migrate|append|seal|delay|export-file|verify|rows|fill|export URL [NUMBER]")
        }
        let number = arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0
        // In a process that does nothing else.
        if arguments[1] == "verify" { return try VerifyBench.verify(arguments[2]) }
        let loops = try EventLoopGroup(count: 2, name: "bench")
        func client(_ role: PostgresConfiguration.Role?) -> PostgresClient {
            PostgresClient(configuration: PostgresConfiguration(url: arguments[2], role: role), loops: loops)
        }
        switch arguments[1] {
        case "migrate":
            let packages = [AuditMigrations.all, JobsMigrations.all, IdentityMigrations.all, OrgsMigrations.all, OperationsMigrations.all]
            let migrations = packages.flatMap { $0 } + [BenchTables.self]
            try await Migrator(configuration: PostgresConfiguration(url: arguments[2]), migrations: migrations, loops: loops).migrate()
        case "append": try await AppendBench(client: client(.app)).run(number)
        case "seal": try await SealBench(writer: client(.app), client: client(.system)).throughput(number)
        case "delay": try await SealBench(writer: client(.app), client: client(.system)).delay(seconds: number, loops: loops)
        case "export-file": try await VerifyBench.export(client(.system), to: arguments[3])
        case "rows": try await RowSecurityBench(client: client(.app), owner: client(nil)).run(number)
        case "fill": try await SealBench(writer: client(.app), client: client(.system)).fill(ExportBench.org, with: number)
        case "export": try await ExportBench(client: client(.system)).run()
        default: print("unknown arguments: \(arguments.dropFirst().joined(separator: " "))")
        }
    }
}

/// The time that a share of calls did not exceed, in microseconds.
func microseconds(_ times: [Duration], _ share: Double) -> Int64 {
    let sorted = times.sorted()
    guard !sorted.isEmpty else { return 0 }
    let time = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    return time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000
}
