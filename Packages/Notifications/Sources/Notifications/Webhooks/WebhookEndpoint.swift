public import Audit
public import Core
public import Identity
public import Orgs

/// A URL of a customer that hears what happens to the org's things.
public struct WebhookEndpoint: IdentifiedEntity, Sendable, Hashable, Identifiable, AuditReferable {
    /// The id of an endpoint.
    public typealias ID = Identifier<WebhookEndpoint>
    /// `wep_…`
    public static let idPrefix = "wep"
    /// How the log calls it.
    public static let auditKind = AuditReferenceKind.webhookEndpoint
    /// How many an org may have (NOT-187).
    public static let maximumPerOrg = 20

    /// Whether anything is sent.
    public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        /// Messages are sent.
        case enabled
        /// Messages wait to be asked for.
        case disabled
    }

    /// The id.
    public let id: ID
    /// Whose.
    public let org: Org.ID
    /// Where messages go.
    public var url: String
    /// What its owners call it.
    public var description: String
    /// Which types it hears.
    public var filter: WebhookFilter
    /// Whether one message for each object is under way at a time (NOT-183).
    public var isOrdered: Bool
    /// Whether anything is sent.
    public var status: Status
    /// Why nothing is.
    public var disabledBecause: String?
    /// Who made it.
    public let createdBy: User.ID
    /// When.
    public let createdAt: Instant
    /// Since when every attempt has failed.
    public var failingSince: Instant?

    /// Makes an endpoint.
    public init(
        id: ID, org: Org.ID, url: String, description: String, filter: WebhookFilter, isOrdered: Bool, status: Status,
        disabledBecause: String?, createdBy: User.ID, createdAt: Instant, failingSince: Instant?
    ) {
        self.id = id
        self.org = org
        self.url = url
        self.description = description
        self.filter = filter
        self.isOrdered = isOrdered
        self.status = status
        self.disabledBecause = disabledBecause
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.failingSince = failingSince
    }
}

/// Something that happened, as customers' systems hear of it.
public struct WebhookMessage: IdentifiedEntity, Sendable, Hashable, Identifiable {
    /// The id of a message, the same in every attempt to every endpoint.
    public typealias ID = Identifier<WebhookMessage>
    /// `wmsg_…`
    public static let idPrefix = "wmsg"

    /// The id.
    public let id: ID
    /// Whose.
    public let org: Org.ID
    /// What happened.
    public let type: WebhookEventType
    /// What it happened to, by its id.
    public let object: String
    /// The number of this happening among those of the object, from 1 without gaps (NOT-183).
    public let sequence: Int64
    /// The bytes that are signed and sent.
    public let payload: String
    /// When it was written, which is soon after it happened.
    public let createdAt: Instant

    /// Makes a message.
    public init(id: ID, org: Org.ID, type: WebhookEventType, object: String, sequence: Int64, payload: String, createdAt: Instant) {
        self.id = id
        self.org = org
        self.type = type
        self.object = object
        self.sequence = sequence
        self.payload = payload
        self.createdAt = createdAt
    }
}

/// A message on its way to one endpoint.
public struct WebhookDelivery: Sendable, Hashable {
    /// Where it stands.
    public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        /// It is being sent, or waits for its next attempt.
        case pending
        /// The endpoint took it.
        case delivered
        /// All attempts are used up.
        case failed
        /// The endpoint was switched off; it can be asked for.
        case held
    }

    /// Which endpoint.
    public let endpoint: WebhookEndpoint
    /// Which message.
    public let message: WebhookMessage
    /// Where it stands.
    public let status: Status
    /// How often it was tried, since it was last asked for.
    public let attempts: Int
    /// How often it was asked for again.
    public let replays: Int
    /// The sealed secrets in force, the newest first.
    public let secrets: [String]

    /// Makes a delivery.
    public init(endpoint: WebhookEndpoint, message: WebhookMessage, status: Status, attempts: Int, replays: Int, secrets: [String]) {
        self.endpoint = endpoint
        self.message = message
        self.status = status
        self.attempts = attempts
        self.replays = replays
        self.secrets = secrets
    }
}

/// One attempt and what came of it.
public struct WebhookAttempt: Sendable, Hashable {
    /// When it began.
    public let at: Instant
    /// How long it took.
    public let duration: Duration
    /// What came of it.
    public let answer: WebhookAnswer

    /// Makes an attempt.
    public init(at: Instant, duration: Duration, answer: WebhookAnswer) {
        self.at = at
        self.duration = duration
        self.answer = answer
    }
}

/// What an endpoint answered, or why there is no answer.
public enum WebhookAnswer: Sendable, Hashable {
    /// A whole answer: its status, the beginning of its body, and how long it asks to be left alone.
    case status(Int, body: String, retryAfter: Duration?)
    /// No answer, or an address that nothing is sent to.
    case failure(reason: String)

    /// Whether the endpoint took the message: 2xx, and nothing else; a redirect is not followed (NOT-184).
    public var isSuccess: Bool {
        if case .status(200...299, _, _) = self { true } else { false }
    }
}
