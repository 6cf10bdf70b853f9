public import Core
public import Identity
public import Orgs

/// Whose use counts (IDL-004).
public enum IdleSubject: Hashable, Sendable {
    /// Every present member of an org, and who left it: for what all of them use.
    case members(of: Org.ID)
    /// One person: for a seat.
    case subscriber(User.ID)

    /// The person, when it is one.
    public var person: User.ID? {
        if case .subscriber(let user) = self { user } else { nil }
    }
}

/// The latest known use of a subject (IDL-005).
public struct ActivityFact: Hashable, Sendable {
    /// Where a use was recorded.
    public enum Source: String, Codable, Sendable {
        case session
        case apiKey = "api_key"
        /// By a credential that was removed since.
        case earlier
        /// By somebody who has left.
        case departed
    }

    /// When.
    public let at: Instant
    /// Where it was recorded.
    public let source: Source

    /// Tells of a use.
    public init(at: Instant, source: Source) {
        self.at = at
        self.source = source
    }
}

/// What the signal probe found (IDL-066).
public struct ProbeResult: Hashable, Sendable {
    /// Whether a use that was just recorded could be read back.
    public let isGreen: Bool
    /// When it ran.
    public let at: Instant

    /// Tells of a run.
    public init(isGreen: Bool, at: Instant) {
        self.isGreen = isGreen
        self.at = at
    }
}
