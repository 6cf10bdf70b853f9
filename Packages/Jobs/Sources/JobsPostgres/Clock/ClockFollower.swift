public import Core

/// Something outside of the database that lives in the same time: the payment provider's simulator with its test clock.
public protocol ClockFollower: Sendable {
    /// The next instant at which something will happen there by itself, behind one and not behind another.
    func nextDueInstant(after instant: Instant, notAfter limit: Instant) async throws -> Instant?
    /// Moves to an instant, and does what is due there.
    func move(to instant: Instant) async throws
    /// Whether everything it has to say, deliveries of webhooks above all, has arrived.
    func isQuiet() async throws -> Bool
}

/// Why the clock was not moved.
public enum ClockError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The target is not behind the present instant: time goes forward only.
    case notForward(now: Instant)
    /// The target is too far: at most ten years in one call.
    case tooFar(limit: Instant)
    /// Somebody else is moving the clock.
    case underWay
    /// There was no end of due work at one instant.
    case neverIdle(at: Instant)

    /// One sentence.
    public var description: String {
        switch self {
        case .notForward(let now): "the clock goes forward only; it is \(now)"
        case .tooFar(let limit): "the clock moves at most ten years in one call, to \(limit)"
        case .underWay: "the clock is being moved already"
        case .neverIdle(let instant): "the work due at \(instant) did not come to an end"
        }
    }
}

/// How the clock is moved.
public enum ClockMove: Sendable, Hashable {
    /// From one due instant to the next, with the work of each done before the next.
    case stepping
    /// At once, with all the work done afterwards: as after an outage (OPS-092).
    case jumping
}

/// What a move of the clock brought about.
public struct ClockAdvance: Sendable, Hashable {
    /// Where the clock was.
    public let from: Instant
    /// Where it is.
    public let to: Instant
    /// The instants visited on the way, in order.
    public let visited: [Instant]
    /// How many jobs of which kind ended how: `completed`, `cancelled` or `dead`.
    public let jobs: [JobCount]
    /// Whether it ended before its target because a job was given up.
    public let hasStopped: Bool

    /// Jobs of one kind with one end.
    public struct JobCount: Sendable, Hashable {
        /// The kind.
        public let kind: String
        /// How they ended.
        public let outcome: String
        /// How many.
        public let count: Int
    }
}
