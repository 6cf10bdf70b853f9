public import Core

/// How a schedule stands.
public struct ScheduleState: Sendable, Hashable {
    /// Its stored name.
    public let name: String
    /// When it is due, in UTC.
    public let expression: String
    /// The last tick that was dealt with, or when it began.
    public let lastTick: Instant
    /// The next one.
    public let nextTick: Instant?
    /// Why it is held; `nil` when it is not.
    public let pausedBecause: String?
    /// Whether a run was asked for that has not begun.
    public let isRunRequested: Bool
    /// Whether it has missed two ticks.
    public let isOverdue: Bool

    /// Puts a state together from what a store kept.
    public init(
        name: String, expression: String, lastTick: Instant, nextTick: Instant?, pausedBecause: String?, isRunRequested: Bool,
        isOverdue: Bool
    ) {
        self.name = name
        self.expression = expression
        self.lastTick = lastTick
        self.nextTick = nextTick
        self.pausedBecause = pausedBecause
        self.isRunRequested = isRunRequested
        self.isOverdue = isOverdue
    }
}
