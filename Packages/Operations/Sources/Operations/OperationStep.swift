public import Core

/// One step of an operation as it is shown (OPS-024).
public struct OperationStep: Sendable, Hashable, Codable {
    /// Where a step stands.
    public enum State: String, Sendable, Codable {
        /// Not begun.
        case pending
        /// At work.
        case running
        /// Between two attempts.
        case waiting
        /// Done.
        case done
        /// Given up.
        case failed
        /// Undone.
        case compensated
    }

    /// Its name, for people, and stable.
    public let name: String
    /// Where it stands.
    public var state: State
    /// How many times it was begun.
    public var attempt: Int
    /// When it was first begun.
    public var startedAt: Instant?
    /// When it ended.
    public var endedAt: Instant?
    /// What went wrong the last time, in a few words that a customer may see.
    public var error: String?
    /// When it will be tried again.
    public var nextRetryAt: Instant?

    /// Makes a step that has not begun.
    public init(name: String) {
        self.name = name
        state = .pending
        attempt = 0
    }

    private enum CodingKeys: String, CodingKey {
        case name, state, attempt, error
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case nextRetryAt = "next_retry_at"
    }
}

/// Why an operation failed, in words that a customer may see.
public struct OperationFailure: Sendable, Hashable, Codable {
    /// A stable code.
    public let code: String
    /// One or two lines; never the text of an engine, a host or a provider (GRA-128).
    public let message: String

    /// Makes a failure.
    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// A question an operation asks before it can go on.
public struct InputRequest: Sendable, Hashable, Codable {
    /// The question, for people.
    public let prompt: String
    /// What it is about.
    public let details: JSONValue
    /// When it was asked.
    public let requestedAt: Instant
    /// When the operation gives up waiting.
    public let expiresAt: Instant

    /// Makes a question.
    public init(prompt: String, details: JSONValue, requestedAt: Instant, expiresAt: Instant) {
        self.prompt = prompt
        self.details = details
        self.requestedAt = requestedAt
        self.expiresAt = expiresAt
    }

    private enum CodingKeys: String, CodingKey {
        case prompt, details
        case requestedAt = "requested_at"
        case expiresAt = "expires_at"
    }
}
