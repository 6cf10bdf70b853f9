public import Core

/// Counts that all nodes share: the same sliding windows as ``SlidingWindows``, in one place for all (SEC-005).
public protocol SharedWindows: Sendable {
    /// Takes a place in each bucket, or in none, in one step between those of all other callers and nodes (SEC-003, SEC-004).
    ///
    /// - Parameter demands: at most one for each bucket.
    /// - Throws: what the store throws, soon; whether places were taken is then not known.
    func take(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws -> Taken

    /// Gives back the latest place that was taken in each bucket.
    func giveBack(_ demands: InlineArray<4, Demand?>, at now: Instant) async throws

    /// Takes a place that nobody needs, to see that the store still counts.
    ///
    /// - Throws: what ``take(_:at:)`` would.
    func check(at now: Instant) async throws
}

/// From now on requests are counted elsewhere than before (SEC-006).
public struct CountingSwitch: Hashable, Sendable {
    /// Whether all nodes count together again; otherwise each counts for itself, with its part of each figure.
    public let isShared: Bool
    /// When.
    public let at: Instant
    /// Why, where the shared counts were lost.
    public let reason: String?

    /// Describes one.
    public init(isShared: Bool, at: Instant, reason: String?) {
        self.isShared = isShared
        self.at = at
        self.reason = reason
    }
}

/// Is told once of each switch.
public protocol CountingObserver: Sendable {
    /// Requests are counted elsewhere from now on.
    func switched(_ change: CountingSwitch) async
}
