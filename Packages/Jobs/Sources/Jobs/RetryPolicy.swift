/// When a failed attempt is followed by another.
public struct RetryPolicy: Sendable, Hashable {
    /// The most attempts; after the last the job is a dead letter.
    public let maximumAttempts: Int
    /// The wait after the first failure; it doubles with each further one.
    public let baseDelay: Duration
    /// The longest wait.
    public let maximumDelay: Duration

    /// Makes a policy.
    public init(maximumAttempts: Int, baseDelay: Duration, maximumDelay: Duration) {
        self.maximumAttempts = maximumAttempts
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
    }

    /// At most 20 attempts, 2 s doubling to 6 h.
    public static let standard = RetryPolicy(maximumAttempts: 20, baseDelay: .seconds(2), maximumDelay: .seconds(21_600))

    /// For what must be done in the end: 10 s doubling to 1 h, practically without end.
    public static let untilDone = RetryPolicy(maximumAttempts: 30_000, baseDelay: .seconds(10), maximumDelay: .seconds(3_600))

    /// The wait after failed attempt number `attempt`, from 1 on.
    ///
    /// - Parameter jitter: a factor from 0.5 to 1.5, so that what failed together does not come back together.
    public func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        let doublings = min(max(0, attempt - 1), 40)
        let seconds = min(Self.seconds(baseDelay) * Double(UInt64(1) << UInt64(doublings)), Self.seconds(maximumDelay))
        return .milliseconds(Int64(seconds * min(max(jitter, 0.5), 1.5) * 1_000))
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
