internal import Composition
internal import EventLoops
internal import FoundationEssentials
internal import Lifecycle
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// The operators' commands.
func runCtl() -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments {
    case ["migrate"]:
        runProcess("trellis") { configuration, log in try await migrate(configuration, log) }
    case ["config", "check"]:
        checkConfiguration()
    default:
        say("usage: trellis migrate | config check")
        exit(64)
    }
}

/// Brings the schema forward and says what was done.
private func migrate(_ configuration: TrellisConfiguration, _ log: Log) async throws {
    let loops = try EventLoopGroup(count: 1, name: "migrate")
    let migrator = Migrator(
        configuration: PostgresConfiguration(url: configuration.databaseURL), migrations: TrellisMigrations.all, loops: loops, log: log)
    let done = try await migrator.migrate()
    loops.shutdown()
    say(done.isEmpty ? "The schema is up to date." : done.map { "applied \($0)" }.joined(separator: "\n"))
}

/// Prints every setting as it is in force, or everything that is wrong.
private func checkConfiguration() -> Never {
    do {
        let configuration = try TrellisConfiguration(environment: ProcessInfo.processInfo.environment)
        for setting in configuration.effective {
            say("\(setting.name)=\(setting.value)\(setting.isGiven ? "" : "   (default)")")
        }
        exit(0)
    } catch {
        say("\(error)")
        exit(78)
    }
}

private func say(_ text: String) {
    print(text)
}
