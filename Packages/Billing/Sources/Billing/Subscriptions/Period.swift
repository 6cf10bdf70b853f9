public import Core

/// A span of time that is paid for: from `start`, up to but not including `end`.
public struct Period: Hashable, Codable, Sendable {
    /// The first instant.
    public let start: Instant
    /// The first instant that is no longer part of it.
    public let end: Instant

    /// Makes a period; `nil` when the end is not after the start.
    public init?(start: Instant, end: Instant) {
        guard start < end else { return nil }
        self.start = start
        self.end = end
    }
}

/// How often a subscription is billed.
public enum BillingInterval: String, Codable, Sendable, CaseIterable {
    /// Each calendar month.
    case monthly
    /// Each twelve calendar months.
    case annual
    /// By use, billed monthly.
    case usageBased = "usage_based"

    /// How many calendar months one period has.
    public var months: Int { self == .annual ? 12 : 1 }
}
