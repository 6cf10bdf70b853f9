/// Nobody calls this destination for now, because its last calls all failed to reach it or as many as may be are under way; the job comes
/// back without losing an attempt (OPS-060, OPS-062).
public struct DestinationUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whom nobody calls.
    public let destination: String
    /// How long that stays so.
    public let retryAfter: Duration

    /// Names the destination.
    public init(destination: String, retryAfter: Duration) {
        self.destination = destination
        self.retryAfter = retryAfter
    }

    /// One sentence.
    public var description: String { "\(destination) is not called for another \(retryAfter)" }
}
