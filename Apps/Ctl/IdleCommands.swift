internal import Billing
internal import Composition
internal import Core
internal import Identity
internal import IdleCancellation
internal import Observability
internal import Postgres

#if canImport(Glibc)
internal import Glibc
#endif

/// `trellis idle …`: sees, holds and releases idle cancellations, explains them, looks ahead and takes them back (docs/operations/idle-cancellation.md).
enum IdleCommand {
    static let usage = """
        usage: trellis idle guard | idle stop NAME "REASON" | idle release NAME 1|10|all | idle discard NAME
               trellis idle explain SUBSCRIPTION | idle preview [INSTANT] | idle replay PERIODS | idle differences
               trellis idle undo NAME FROM UNTIL "REASON" [--validate-only] | idle eligible-after NAME SUBSCRIPTION INSTANT "REASON"
        guard shows how it stands; stop holds all further decisions; release has a share of the held ones judged again, oldest first, and with
        all of them the guard closes; discard gives the held ones up and closes. explain, preview, replay and differences write nothing; undo takes back what was
        decided in an interval; eligible-after moves the instant from which on a subscription may be judged. NAME says who does it.
        """

    /// Runs one of them and ends the process.
    static func run(_ arguments: [String]) -> Never {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case "guard" where rest.isEmpty:
            withProduct { try await show($0.idleGuard) }
        case "stop" where rest.count == 2 && !rest[0].isEmpty && (10...200).contains(rest[1].count):
            withProduct { product in
                try await product.idleGuard.stop(reason: rest[1], by: rest[0])
                try await show(product.idleGuard)
            }
        case "release" where rest.count == 2 && !rest[0].isEmpty:
            guard let stage = ReleaseStage(rawValue: rest[1]) else { refuse() }
            withProduct { product in
                let report = try await product.idleGuard.release(stage, by: rest[0])
                for id in report.released { print("\(id)  is judged again") }
                print("still held: \(report.remaining)")
            }
        case "discard" where rest.count == 1 && !rest[0].isEmpty:
            withProduct { print("given up: \(try await $0.idleGuard.discard(by: rest[0]))") }
        case "explain" where rest.count == 1:
            guard let id = Subscription.ID(rest[0]) else { refuse() }
            withProduct { try await explain(id, $0.idleInsight) }
        case "preview" where rest.count <= 1:
            let asked = rest.first.flatMap { Instant($0) }
            guard rest.isEmpty || asked != nil else { refuse() }
            withProduct { try await preview(at: asked ?? $0.now, $0.idleInsight) }
        case "differences" where rest.isEmpty:
            withProduct { product in
                for found in try await product.idleReconciler.differences() {
                    let whose = found.subscription?.description ?? found.object?.description ?? "?"
                    print(
                        "\(found.kind.rawValue)  \(whose)  ours: \(found.ours), theirs: \(found.theirs), repair: \(found.kind.repair.rawValue)"
                    )
                }
            }
        case "replay" where rest.count == 1:
            guard let periods = Int(rest[0]), (1...12).contains(periods) else { refuse() }
            withProduct { try await replay(TwoPeriodRule(quietPeriods: periods), $0.idleInsight) }
        case "undo" where rest.count == 4 || rest.count == 5 && rest[4] == "--validate-only":
            guard let from = Instant(rest[1]), let until = Instant(rest[2]) else { refuse() }
            let request = UndoRequest(
                from: from, until: until, reason: rest[3], validatesOnly: rest.count == 5, limit: 10_000, operator: .commandLine(rest[0]))
            withProduct { try await undo(request, $0.idleOperations) }
        case "eligible-after" where rest.count == 4:
            guard let id = Subscription.ID(rest[1]), let instant = Instant(rest[2]) else { refuse() }
            withProduct { product in
                let before = try await product.idleOperations.moveEligibility(
                    of: id, to: instant, because: rest[3], by: .commandLine(rest[0]))
                print("\(id)  \(before) -> \(instant)")
            }
        default: refuse()
        }
    }

    private static func explain(_ id: Subscription.ID, _ insight: any IdleInsight) async throws {
        guard let found = try await insight.explain(id) else { return Command.complain("there is no such subscription") }
        print("\(id)  \(found.outcome.word)\(found.isCovered ? "" : ", not covered")")
        print(
            "threshold \(text(found.threshold)), last use \(text(found.mirror.use?.at)) by \(found.mirror.credential ?? "nobody on record")"
        )
        print(
            "eligible after \(found.facts.eligibleAfter), next look \(text(found.nextEvaluation)), earliest end \(text(found.earliestEnd))")
        for idleCase in found.cases { print("\(idleCase.id)  \(idleCase.state.rawValue)  ends \(idleCase.endsAt)") }
    }

    private static func preview(at instant: Instant, _ insight: any IdleInsight) async throws {
        var (last, counts): (Subscription.ID?, [String: Int]) = (nil, [:])
        while true {
            let part = try await insight.preview(IdlePreviewRequest(at: instant, after: last, limit: 1_000))
            guard let end = part.last?.subscription else { break }
            for line in part {
                counts[line.outcome.word, default: 0] += 1
                if line.outcome == .fired {
                    print("\(line.subscription)  last use \(text(line.lastActivity)), threshold \(text(line.threshold))")
                }
            }
            last = end
        }
        for (word, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(count)  \(word)") }
    }

    private static func replay(_ rule: TwoPeriodRule, _ insight: any IdleInsight) async throws {
        var (last, count): (IdleEvaluation.ID?, Int) = (nil, 0)
        while true {
            let report = try await insight.replay(rule, after: last, limit: 1_000)
            guard let end = report.last else { break }
            for difference in report.differences {
                print(
                    "\(difference.evaluation.id)  \(difference.evaluation.subscription)  \(difference.evaluation.outcome.word) -> \(difference.verdict)"
                )
            }
            (last, count) = (end, count + report.count)
        }
        print("compared: \(count)")
    }

    private static func undo(_ request: UndoRequest, _ operations: any IdleOperating) async throws {
        let report = try await operations.undo(request)
        for line in report.lines { print("\(line.idleCase.id)  \(line.idleCase.subscription)  \(line.outcome.rawValue)") }
        for outcome in UndoReport.Outcome.allCases { print("\(outcome.rawValue): \(report.count(outcome))") }
    }

    private static func text(_ instant: Instant?) -> String { instant?.description ?? "none" }

    private static func show(_ limit: any BlastRadiusGuard) async throws {
        let status = try await limit.status()
        let state = status.state
        print(state.isOpen ? "open since \(state.openedAt.map(\.description) ?? "?"): \(state.reason ?? "no reason given")" : "closed")
        print("decided in the last hour \(status.counts.lastHour), in the last day \(status.counts.lastDay) of \(status.counts.eligible)")
        print(
            "held \(status.counts.held); of \(status.counts.recent) decisions in 72 hours \(status.counts.undone) were undone by use before any mail"
        )
    }

    private static func withProduct(_ body: @escaping @Sendable (Product) async throws -> Void) -> Never {
        runProcess("trellis") { configuration, log in
            let foundations = try await Foundations(configuration, role: .system, name: "idle", log: log)
            let product = try await Product(foundations)
            try await body(product)
            await product.shutdown()
            await foundations.shutdown()
        }
    }

    private static func refuse() -> Never {
        Command.complain(usage)
        exit(64)
    }
}
