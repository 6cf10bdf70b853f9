internal import Core
public import EventLoops
public import Lifecycle
public import Observability

/// Seals as long as the process runs: a second after an entry was committed it has its link, and checkpoints are signed when they are due.
///
/// Several processes may run it; one at a time does the work. A failure is told and tried again: writing goes on meanwhile (AUD-041).
public struct AuditSealing: Service {
    private let sealer: AuditSealer
    private let check: AuditSelfCheck?
    private let upkeep: AuditUpkeep?
    private let loops: EventLoopGroup
    private let log: Log

    /// Makes the service.
    ///
    /// - Parameters:
    ///   - check: verifies the log once a day; `nil` where somebody else does.
    ///   - upkeep: makes months and erases private parts once a day; `nil` where somebody else does.
    public init(_ sealer: AuditSealer, verifying check: AuditSelfCheck?, upkeep: AuditUpkeep?, loops: EventLoopGroup, log: Log) {
        self.sealer = sealer
        self.check = check
        self.upkeep = upkeep
        self.loops = loops
        self.log = log
    }

    /// Runs until a shutdown is asked for, and seals what is left then.
    public func run() async throws {
        let shutdown = GracefulShutdown.current
        let loop = loops.next()
        var steps = self.steps
        repeat { await run(&steps, at: .now) } while await shutdown.pause { try await loop.sleep(for: .seconds(1)) }
        // What is left is sealed; what is due once a day can wait.
        for step in steps.prefix(2) { await run(step) }
    }

    /// One thing that is done again and again. What fails waits for itself alone: the others go on.
    private struct Step: Sendable {
        let failure: String
        /// How long it rests after a failure.
        let rest: Duration
        let run: @Sendable () async throws -> Void
        var notBefore: ContinuousClock.Instant?
    }

    private var steps: [Step] {
        [
            Step(failure: "entries were not sealed", rest: .zero) { [sealer] in
                while try await sealer.seal() == AuditSealer.batchSize {}
            },
            Step(failure: "no checkpoint was signed", rest: .zero) { [sealer] in _ = try await sealer.checkpoint() },
            Step(failure: "the audit log was not verified", rest: .minutes(10)) { [check] in _ = try await check?.runIfDue() },
            Step(failure: "the audit log was not kept up", rest: .minutes(10)) { [upkeep] in try await upkeep?.runIfDue() },
            Step(failure: "entries of the audit log wait for their link", rest: .minutes(1)) { [sealer] in
                try await sealer.requirePromptness()
            },
        ]
    }

    private func run(_ steps: inout [Step], at now: ContinuousClock.Instant) async {
        for index in steps.indices where (steps[index].notBefore ?? now) <= now {
            let isDone = await run(steps[index])
            steps[index].notBefore = isDone ? nil : now + steps[index].rest
        }
    }

    /// - Returns: whether it succeeded.
    @discardableResult
    private func run(_ step: Step) async -> Bool {
        do {
            try await step.run()
            return true
        } catch {
            log.error(step.failure, ["error": .string("\(error)")])
            return false
        }
    }
}
