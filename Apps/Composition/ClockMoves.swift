internal import Audit
public import Core
internal import Jobs
internal import JobsPostgres

/// What can be done with the sandbox's clock, by its routes and by `trellis clock` alike (OPS-091 to OPS-093, OPS-097).
public struct ClockMoves: Sendable {
    /// One thing to be done.
    public enum Order: Sendable, Hashable {
        /// From one due instant to the next, up to an instant, with the work of each done before the next.
        case advance(to: Instant)
        /// To an instant at once; what fell due meanwhile is done afterwards, as after an outage.
        case jump(to: Instant)
        /// To the next instant at which something is due.
        case run
        /// Nowhere: what is due is done.
        case drain
    }

    /// Nothing is due within the ten years that a clock may be moved.
    public struct NothingDue: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence.
        public var description: String { "nothing is due within ten years" }
    }

    private let clock: SandboxClock
    let followers: [any ClockFollower]
    private let schedules: [Schedule]
    private let notifier: JobNotifier
    private let foundations: Foundations

    /// `nil` where the clock cannot be moved: outside of the sandbox mode, and where no control token was given (OPS-090).
    public init?(_ product: Product) throws {
        foundations = product.foundations
        let configuration = foundations.configuration
        guard let clock = foundations.sandboxClock, let token = configuration.sandboxControlToken else { return nil }
        self.clock = clock
        notifier = product.notifier
        schedules = try product.jobRegistry().schedules
        let simulator: [any ClockFollower] =
            configuration.isBillingEnabled
            ? [Simulator(transport: product.transport, base: configuration.stripeAPIBase, token: token)] : []
        // Behind all others, whose work is what it seals.
        followers = simulator + [try AuditFollower(foundations)].compactMap(\.self)
    }

    /// The time, which setting of the clock it is, and the next instant at which something is due.
    public func show() async throws -> JSONValue {
        let due = try await clock.nextDue(notAfter: clock.now + .days(3_653), followers: followers, schedules: schedules)
        return [
            "now": .string(clock.now.description), "generation": .integer(clock.generation),
            "next_due_at": due.map { .string($0.description) } ?? .null,
        ]
    }

    /// The time.
    public var now: Instant { clock.now }

    /// Does it, and tells what was done. Workers do the work: at least one must be running.
    ///
    /// - Throws: `ClockError`; ``NothingDue``; what a follower throws.
    public func carryOut(_ order: Order, stopsAtFailure: Bool, patience: Duration) async throws -> JSONValue {
        let done: ClockAdvance
        switch order {
        case .advance(let target): done = try await move(to: target, .stepping, stopsAtFailure, patience)
        case .jump(let target): done = try await move(to: target, .jumping, stopsAtFailure, patience)
        case .run:
            let due = try await clock.nextDue(notAfter: clock.now + .days(3_652), followers: followers, schedules: schedules)
            guard let due else { throw NothingDue() }
            done = try await move(to: due, .stepping, stopsAtFailure, patience)
        case .drain:
            done = try await clock.drain(followers: followers, schedules: schedules, notifier: notifier, patience: patience)
        }
        return [
            "from": .string(done.from.description), "to": .string(done.to.description),
            "visited": .array(done.visited.map { .string($0.description) }), "stopped": .bool(done.hasStopped),
            "jobs": .array(
                done.jobs.map { ["kind": .string($0.kind), "outcome": .string($0.outcome), "count": .integer(Int64($0.count))] }),
        ]
    }

    private func move(to target: Instant, _ move: ClockMove, _ stopsAtFailure: Bool, _ patience: Duration) async throws -> ClockAdvance {
        let done = try await clock.advance(
            to: target, followers: followers, schedules: schedules, notifier: notifier, move: move, stopsAtFailure: stopsAtFailure,
            patience: patience)
        try await foundations.record(SandboxClockAdvanced(node: foundations.node, from: done.from, to: done.to), by: "platform")
        return done
    }
}
