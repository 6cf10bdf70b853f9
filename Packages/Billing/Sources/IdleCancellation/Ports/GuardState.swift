public import Billing
public import Core

/// The one row of the guard.
public struct GuardState: Sendable, Hashable {
    /// Whether decisions are held.
    public var isOpen: Bool
    /// Why.
    public var reason: String?
    /// Since when.
    public var openedAt: Instant?

    /// Describes the row.
    public init(isOpen: Bool, reason: String?, openedAt: Instant?) {
        self.isOpen = isOpen
        self.reason = reason
        self.openedAt = openedAt
    }
}

/// What the guard counts.
public struct GuardCounts: Sendable, Hashable {
    /// Decisions in the last hour.
    public let lastHour: Int
    /// Decisions in the last 24 hours.
    public let lastDay: Int
    /// Subscriptions that could be decided about at all.
    public let eligible: Int
    /// Decisions in the last 72 hours.
    public let recent: Int
    /// Those of them that were superseded by a use before any mail left.
    public let undone: Int
    /// Cases that are held.
    public let held: Int

    /// Gives the counts.
    public init(lastHour: Int, lastDay: Int, eligible: Int, recent: Int, undone: Int, held: Int) {
        self.lastHour = lastHour
        self.lastDay = lastDay
        self.eligible = eligible
        self.recent = recent
        self.undone = undone
        self.held = held
    }
}

/// Whether one more subscription may be called off.
public enum Admission: Sendable, Hashable {
    /// It may.
    case admitted
    /// It waits for an operator, for this reason.
    case held(GuardReason)
}

/// Why the guard holds.
public enum GuardReason: String, Sendable, Codable, CaseIterable {
    /// It is open already.
    case open
    /// Too many in an hour.
    case hourly
    /// Too large a share in a day.
    case daily
    /// Too many were taken back at once, which makes the recording of uses suspect (IDL-065).
    case earlyUndo = "early_undo"
    /// The recording of uses does not work, or nobody knows whether it does (IDL-066).
    case probe
}

/// How large a part of the held cases is released.
public typealias ReleaseStage = Billing.ReleaseStage

/// What a release did.
public struct ReleaseReport: Sendable, Hashable {
    /// The cases that are looked at again.
    public let released: [IdleCase.ID]
    /// How many stay held.
    public let remaining: Int

    /// Tells of a release.
    public init(released: [IdleCase.ID], remaining: Int) {
        self.released = released
        self.remaining = remaining
    }
}

/// How the guard stands.
public struct GuardStatus: Sendable, Hashable {
    /// Its row.
    public let state: GuardState
    /// What it counts.
    public let counts: GuardCounts

    /// Tells how it stands.
    public init(state: GuardState, counts: GuardCounts) {
        self.state = state
        self.counts = counts
    }
}
