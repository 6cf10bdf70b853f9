internal import Admin
internal import AdminPostgres
internal import Audit
internal import Composition
internal import Core
internal import EventLoops
internal import Identity
internal import Notifications
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis operators …`: admits those who run the product, on the machine itself (ADM-002).
enum OperatorCommand {
    static let usage = """
        usage: trellis operators create NAME ROLE [--email ADDRESS] [--days 1-90] [--network CIDR …] | operators enrol ID
               | operators address ID ADDRESS REASON | operators list
        roles: \(OperatorRole.allCases.map(\.rawValue).joined(separator: ", "))
        """

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        switch arguments.first {
        case "list" where arguments.count == 1:
            withAccounts { accounts in
                for person in try await accounts.operators() {
                    let address = person.email.map { "  \($0)" } ?? ""
                    print(
                        "\(person.id)  \(person.role.rawValue)  \(person.name)\(address)\(person.disabledAt.map { "  ended \($0)" } ?? "")")
                }
            }
        case "create" where arguments.count >= 3:
            guard let role = OperatorRole(rawValue: arguments[2]), let options = options(Array(arguments.dropFirst(3))) else { refuse() }
            withOperators { accounts, printLink in
                let made = try await accounts.create(
                    arguments[1], at: options.email, as: role, token: .days(options.days), from: options.networks,
                    by: .system(component: "cli"))
                print("\(made.operator.id)  \(made.operator.role.rawValue)  \(made.operator.name)")
                print("token, shown once, valid \(options.days) days: \(made.token.withValue { $0 })")
                try await printLink(made.operator.id)
            }
        case "enrol" where arguments.count == 2:
            guard let id = Operator.ID(arguments[1]) else { refuse() }
            withOperators { _, printLink in try await printLink(id) }
        case "address" where arguments.count == 4:
            guard let id = Operator.ID(arguments[1]), let address = MailAddress(arguments[2]), (10...500).contains(arguments[3].count)
            else {
                refuse()
            }
            withAccounts { accounts in
                try await accounts.setEmail(address, of: id, because: arguments[3], by: .system(component: "cli"))
                print("Mail to the operator goes to \(address) from now on.")
            }
        default: refuse()
        }
    }

    private static func options(_ arguments: [String]) -> (days: Int, networks: [NetworkRange], email: MailAddress?)? {
        var (days, networks, email): (Int, [NetworkRange], MailAddress?) = (1, [], nil)
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch flag {
            case "--days":
                guard let number = Int(value), (1...90).contains(number) else { return nil }
                days = number
            case "--network":
                guard let network = NetworkRange(value) else { return nil }
                networks.append(network)
            case "--email":
                guard let address = MailAddress(value) else { return nil }
                email = address
            default: return nil
            }
        }
        return (days, networks, email)
    }

    private typealias LinkPrinter = @Sendable (Operator.ID) async throws -> Void

    private static func withAccounts(_ body: @escaping @Sendable (PostgresOperatorAccounts) async throws -> Void) -> Never {
        withOperators { accounts, _ in try await body(accounts) }
    }

    /// Hands over the accounts, and what prints the link by which somebody enrols a passkey once.
    private static func withOperators(
        _ body: @escaping @Sendable (PostgresOperatorAccounts, LinkPrinter) async throws -> Void
    ) -> Never {
        runProcess("trellis") { configuration, log in
            try await Command.connected(configuration, log) { client in
                let clock = try await BusinessTime.present(in: client)
                let sessions = PostgresOperatorSessions(client: client, dateSource: clock)
                try await body(PostgresOperatorAccounts(client: client, dateSource: clock)) { id in
                    let secret = try await sessions.enrolmentSecret(for: id).withValue { $0 }
                    print("link, for one passkey, valid 30 minutes: \(configuration.consoleURL)/console/enrol?token=\(secret)")
                }
            }
        }
    }

    private static func refuse() -> Never {
        Command.complain(usage)
        exit(64)
    }
}

/// `trellis log level COMPONENT LEVEL MINUTES REASON`: one part of all running processes writes its lines from another level on, for a while.
enum LogCommand {
    /// Runs it and ends the process.
    static func run(_ arguments: [String]) -> Never {
        guard arguments.count == 5, arguments[0] == "level", let level = LogLevel(rawValue: arguments[2]), let minutes = Int(arguments[3]),
            (1...15).contains(minutes), (10...500).contains(arguments[4].count)
        else {
            Command.complain("usage: trellis log level COMPONENT debug|info|warning|error MINUTES(1-15) REASON(10-500 characters)")
            exit(64)
        }
        runProcess("trellis") { configuration, log in
            try await Command.connected(configuration, log) { client in
                try await LogLevelStore(client: client).set(arguments[1], to: level, for: .minutes(minutes), because: arguments[4])
            }
        }
    }
}

/// What the commands share.
enum Command {
    static func connected(
        _ configuration: TrellisConfiguration, _ log: Log, _ body: (PostgresClient) async throws -> Void
    ) async throws {
        let loops = try EventLoopGroup(count: 1, name: "trellis")
        let client = PostgresClient(
            configuration: PostgresConfiguration(url: configuration.databaseURL, role: .system), loops: loops, log: log)
        try await body(client)
        await client.close()
        loops.shutdown()
    }

    static func complain(_ text: String) { Log.standardError(Array((text + "\n").utf8)) }
}
