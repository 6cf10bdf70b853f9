internal import Core

/// What may be chosen about idle cancellation (idle-cancel.md, section 7).
public struct IdleSettings: Sendable, Hashable {
    /// Whether decisions take effect.
    public enum Mode: String, Sendable, CaseIterable {
        /// They do.
        case enforce
        /// They are only stored as evaluations.
        case observe
    }

    /// Whether decisions take effect.
    public var mode = Mode.enforce
    /// How many of a hundred orgs take part.
    public var rolloutPercent = 100
    /// The most decisions in a rolling hour.
    public var guardPerHour = 20
    /// The most decisions in rolling 24 hours, in thousandths of what could be decided about.
    public var guardDailyPermille = 10
    /// What the share never falls below.
    public var guardFloor = 5
    /// How many of a hundred decisions may be taken back by use before any mail left.
    public var earlyUndoPercent = 20
    /// How old the last signal probe may be.
    public var probeMaximumAge = Duration.hours(1)

    /// The usual choices.
    public init() {}
}
