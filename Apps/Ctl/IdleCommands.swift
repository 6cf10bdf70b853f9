internal import Composition
internal import Core
internal import IdleCancellation
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis idle …`: what an operator does when idle cancellations are held (idle-cancel.md, section 9).
enum IdleCommand {
    static let usage = """
        usage: trellis idle guard | idle stop NAME REASON | idle release NAME 1|10|all | idle discard NAME
        guard shows how it stands; stop holds all further decisions; release has a share of the held ones judged again, oldest first, and with
        all of them the guard closes; discard gives the held ones up and closes. NAME says who does it.
        """

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        switch arguments.first {
        case "guard" where arguments.count == 1:
            withGuard { try await show($0) }
        case "stop" where arguments.count == 3 && !arguments[1].isEmpty && (10...200).contains(arguments[2].count):
            withGuard { limit in
                try await limit.stop(reason: arguments[2], by: arguments[1])
                try await show(limit)
            }
        case "release" where arguments.count == 3 && !arguments[1].isEmpty:
            guard let stage = ReleaseStage(rawValue: arguments[2]) else { refuse() }
            withGuard { limit in
                let report = try await limit.release(stage, by: arguments[1])
                for id in report.released { print("\(id)  is judged again") }
                print("still held: \(report.remaining)")
            }
        case "discard" where arguments.count == 2 && !arguments[1].isEmpty:
            withGuard { print("given up: \(try await $0.discard(by: arguments[1]))") }
        default: refuse()
        }
    }

    private static func show(_ limit: any BlastRadiusGuard) async throws {
        let status = try await limit.status()
        let state = status.state
        print(state.isOpen ? "open since \(state.openedAt.map(\.description) ?? "?"): \(state.reason ?? "no reason given")" : "closed")
        print("decided in the last hour \(status.counts.lastHour), in the last day \(status.counts.lastDay) of \(status.counts.eligible)")
        print(
            "held \(status.counts.held); of \(status.counts.recent) decisions in 72 hours \(status.counts.undone) were undone by use before any mail"
        )
    }

    private static func withGuard(_ body: @escaping @Sendable (any BlastRadiusGuard) async throws -> Void) -> Never {
        runProcess("trellis") { configuration, log in
            let foundations = try await Foundations(configuration, role: .system, name: "idle", log: log)
            let product = try await Product(foundations)
            try await body(product.idleGuard)
            await product.shutdown()
            await foundations.shutdown()
        }
    }

    private static func refuse() -> Never {
        Command.complain(usage)
        exit(64)
    }
}
