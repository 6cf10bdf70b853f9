public import Core

/// What came of writing and reading back the use of a canary (IDL-066, OPS-151).
public struct ActivityProbe: Sendable, Hashable {
    /// When it was done.
    public let at: Instant
    /// What is wrong with the recording of uses; `nil` when nothing is.
    public let finding: String?

    /// Whether uses are recorded as they should be.
    public var isGreen: Bool { finding == nil }

    /// Names an outcome.
    public init(at: Instant, finding: String?) {
        self.at = at
        self.finding = finding
    }
}

/// The latest use of the product by a person.
public struct LastUse: Sendable, Hashable {
    /// What was used.
    public enum Source: String, Sendable, Hashable {
        /// A session.
        case session
        /// An API key.
        case apiKey = "api_key"
        /// A credential that is removed by now.
        case earlier
    }

    /// When, in whole seconds.
    public let at: Instant
    /// What was used.
    public let source: Source

    /// Names a use.
    public init(at: Instant, source: Source) {
        self.at = at
        self.source = source
    }
}
