internal import Audit
internal import AuditPostgres
internal import Composition
internal import Core
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
    case ["hosts", "prepare"]:
        runProcess("trellis") { configuration, log in try await prepareHosts(configuration, log) }
    case ["hosts", "check"]:
        runProcess("trellis") { configuration, log in try await checkHosts(configuration, log) }
    case ["seed"]:
        runProcess("trellis") { configuration, log in try await seed(configuration, log) }
    case ["config", "check"]:
        checkConfiguration()
    case let arguments where arguments.first == "accounts":
        AccountCommand.run(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "audit":
        AuditCommand.run(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "operators":
        OperatorCommand.run(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "orgs":
        OrgCommand.run(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "idle":
        IdleCommand.run(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "billing":
        BillingCommand.run(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "clock":
        runClock(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "mail":
        MailCommand.run(Array(arguments.dropFirst()))
    case let arguments where arguments.first == "log":
        LogCommand.run(Array(arguments.dropFirst()))
    default:
        say(
            "usage: trellis migrate | hosts prepare | hosts check | seed | config check | accounts import | audit export | audit verify | operators create | operators address | operators list | orgs import | orgs confirm | idle guard | billing controls | clock show | mail list | mail preview | mail check | mail feedback | mail release | mail brand | log level"
        )
        exit(64)
    }
}

/// Brings the schema forward and says what was done.
private func migrate(_ configuration: TrellisConfiguration, _ log: Log) async throws {
    let loops = try EventLoopGroup(count: 1, name: "migrate")
    let postgres = PostgresConfiguration(url: configuration.databaseURL)
    let migrator = Migrator(configuration: postgres, migrations: TrellisMigrations.all, loops: loops, log: log)
    let done = try await migrator.migrate()
    let client = PostgresClient(configuration: postgres, loops: loops, log: log)
    let clock = try await BusinessTime.present(in: client)
    try await PostgresProcessLog(client: client, dateSource: clock, node: Node.ID.make(at: clock.now), process: "trellis").applied(done)
    await client.close()
    loops.shutdown()
    say(done.isEmpty ? "The schema is up to date." : done.map { "applied \($0)" }.joined(separator: "\n"))
}

/// Prepares the servers of TRELLIS_GRAPH_HOSTS for tenants and says which.
private func prepareHosts(_ configuration: TrellisConfiguration, _ log: Log) async throws {
    let loops = try EventLoopGroup(count: 1, name: "hosts")
    let names = try await configuration.prepareGraphHosts(loops: loops, log: log)
    loops.shutdown()
    say(names.isEmpty ? "TRELLIS_GRAPH_HOSTS names no host." : names.map { "prepared \($0)" }.joined(separator: "\n"))
}

/// Looks whether the servers of TRELLIS_GRAPH_HOSTS are as they must be, and says what to run about those that are not.
private func checkHosts(_ configuration: TrellisConfiguration, _ log: Log) async throws {
    let foundations = try await Foundations(configuration, role: .app, name: "hosts", log: log)
    let product = try await Product(foundations)
    let (lines, areFit) = try await product.examineGraphHosts()
    await product.shutdown()
    await foundations.shutdown()
    say(lines.isEmpty ? "TRELLIS_GRAPH_HOSTS names no host." : lines.joined(separator: "\n"))
    if !areFit { exit(1) }
}

/// Makes the account that a developer signs in with, once, and prints it as JSON.
private func seed(_ configuration: TrellisConfiguration, _ log: Log) async throws {
    let foundations = try await Foundations(configuration, role: .app, name: "seed", log: log)
    let account = try await Product(foundations).seedDemonstration()
    await foundations.shutdown()
    say(String(decoding: try JSON.encode(account), as: UTF8.self))
}

/// Moves the sandbox's clock and prints what that brought about as JSON.
private func runClock(_ words: [String]) -> Never {
    guard let command = ClockCommand(words) else {
        say(ClockCommand.usage)
        exit(64)
    }
    runProcess("trellis") { configuration, log in
        let foundations = try await Foundations(configuration, role: .app, name: "clock", log: log)
        let product = try await Product(foundations)
        guard let moves = try ClockMoves(product) else {
            say("The clock can be moved where TRELLIS_ENVIRONMENT is development or test and TRELLIS_SANDBOX_CONTROL_TOKEN is given.")
            exit(69)
        }
        say(String(decoding: try JSON.encode(await command.carryOut(by: moves)), as: UTF8.self))
        await product.shutdown()
        await foundations.shutdown()
    }
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
