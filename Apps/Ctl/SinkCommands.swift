internal import Audit
internal import AuditPostgres
internal import Composition
internal import Core
internal import FoundationEssentials
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis audit sink …`: where entries go to as they come.
enum SinkCommand {
    static let usage = """
        usage: trellis audit sink list | audit sink add URL|syslog+tls://HOST:PORT|FILE [--org ORG] [--class CLASS …] [--risk RISK] [--bearer-file FILE]
            | audit sink pause SINK | audit sink resume SINK [--after PLACE]
        """

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        switch arguments.first {
        case "list" where arguments.count == 1: list()
        case "add" where arguments.count > 1:
            guard let order = order(Array(arguments.dropFirst())) else { refuse(usage) }
            add(order)
        case "pause" where arguments.count == 2:
            change(arguments[1]) { try await $0.pause($1, by: .system(component: "cli")) }
        case "resume" where arguments.count == 2:
            change(arguments[1]) { try await $0.resume($1, after: nil, by: .system(component: "cli")) }
        case "resume" where arguments.count == 4 && arguments[2] == "--after":
            guard let place = Int64(arguments[3]), place >= 0 else { refuse(usage) }
            change(arguments[1]) { try await $0.resume($1, after: place, by: .system(component: "cli")) }
        default: refuse(usage)
        }
    }

    private static func list() -> Never {
        runProcess("trellis") { configuration, log in
            try await Command.connected(configuration, log) { client in
                for sink in try await configuration.auditSinks(in: client, by: BusinessTime.present(in: client)).all() {
                    let state =
                        sink.health.pausedAt.map { "paused since \($0)" } ?? sink.health.failingSince.map { "failing since \($0)" }
                        ?? "running"
                    let owner = sink.owner == nil ? "" : "  of an org"
                    print("\(sink.id)  \(sink.kind.rawValue)  \(sink.target)  place \(sink.progress.seal)  \(state)\(owner)")
                    if let error = sink.health.lastError { print("    \(error)") }
                }
            }
        }
    }

    private static func add(_ order: AuditSinkOrder) -> Never {
        runProcess("trellis") { configuration, log in
            try await Command.connected(configuration, log) { client in
                let (id, secret) = try await order.make(in: client, configuration, by: BusinessTime.present(in: client))
                print(id)
                guard let secret else { return }
                print(secret.withValue { $0 })
                Command.complain("The second line signs what is posted. It is shown this once.")
            }
        }
    }

    private static func change(
        _ text: String, _ body: @escaping @Sendable (PostgresAuditSinks, AuditSink.ID) async throws -> Bool
    ) -> Never {
        guard let id = AuditSink.ID(text) else { refuse(usage) }
        runProcess("trellis") { configuration, log in
            try await Command.connected(configuration, log) { client in
                if try await body(configuration.auditSinks(in: client, by: BusinessTime.present(in: client)), id) { return }
                refuse("\(id) is not there, or is so already")
            }
        }
    }

    private static func order(_ arguments: [String]) -> AuditSinkOrder? {
        var order = AuditSinkOrder(target: arguments[0])
        var rest = arguments.dropFirst()
        while let flag = rest.popFirst() {
            guard let text = rest.popFirst() else { return nil }
            switch flag {
            case "--org": order.org = text
            case "--class":
                guard let name = AuditClass(rawValue: text) else { return nil }
                order.classes.insert(name)
            case "--risk":
                guard let risk = AuditRisk(rawValue: text) else { return nil }
                order.minimumRisk = risk
            case "--bearer-file":
                guard let data = try? Data(contentsOf: URL(filePath: text)) else { refuse("cannot read \(text)") }
                let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
                guard lines.count == 1 else { refuse("\(text) must hold the token alone") }
                order.bearer = SecretString(String(lines[0]))
            default: return nil
            }
        }
        return order
    }

    private static func refuse(_ text: String) -> Never {
        Command.complain(text)
        exit(AuditCommand.wrongUse)
    }
}
