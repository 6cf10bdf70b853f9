public import Audit
public import Core
public import Jobs
public import Orgs

/// What webhooks do in one transaction.
public protocol WebhookTransaction: JobTransaction, AuditTransaction {
    /// Adds a message with the next number of its object, and of the graph whose story it belongs to.
    ///
    /// - Parameter make: writes the payload once the numbers are known.
    /// - Returns: `nil` when the cause was told before.
    func insertMessage(
        cause: String, of org: Org.ID, object: String, graph: String?, make: (WebhookNumbers) throws -> WebhookMessage
    ) async throws -> WebhookMessage?

    /// The endpoints of an org, by the time of their making.
    func endpoints(of org: Org.ID) async throws -> [WebhookEndpoint]

    /// An endpoint of an org, locked.
    func lockEndpoint(_ id: WebhookEndpoint.ID, of org: Org.ID) async throws -> WebhookEndpoint?

    /// Adds an endpoint.
    func insert(_ endpoint: WebhookEndpoint) async throws

    /// Keeps what of an endpoint may change.
    func update(_ endpoint: WebhookEndpoint, at now: Instant) async throws

    /// Switches an endpoint off, whatever else of it has changed meanwhile.
    ///
    /// - Returns: the endpoint as it is now; `nil` when it was off.
    func switchOff(_ endpoint: WebhookEndpoint, because reason: String, at now: Instant) async throws -> WebhookEndpoint?

    /// Lets one transaction at a time add endpoints to an org.
    func lockEndpoints(of org: Org.ID) async throws

    /// Removes an endpoint with everything that was sent to it.
    func delete(_ endpoint: WebhookEndpoint) async throws

    /// Adds a sealed secret; the others of the endpoint end at an instant.
    func insertSecret(_ sealed: String, of endpoint: WebhookEndpoint, endingOthersAt end: Instant, at now: Instant) async throws

    /// Puts a message on its way to an endpoint.
    ///
    /// - Returns: `false` when it was on its way before.
    func insertDelivery(of message: WebhookMessage, to endpoint: WebhookEndpoint, at now: Instant) async throws -> Bool

    /// A delivery with everything that sending it takes; first its endpoint and then it are locked, as everybody else locks them.
    func lockDelivery(
        of message: WebhookMessage.ID, to endpoint: WebhookEndpoint.ID, in org: Org.ID, at now: Instant
    ) async throws -> WebhookDelivery?

    /// Keeps an attempt and where the delivery stands after it.
    func record(
        _ attempt: WebhookAttempt, of delivery: WebhookDelivery, leaving status: WebhookDelivery.Status, nextAt: Instant?
    ) async throws

    /// Keeps where a delivery stands without an attempt.
    func move(_ delivery: WebhookDelivery, to status: WebhookDelivery.Status) async throws

    /// Since when an endpoint fails (`nil`: it does not), and how many of its messages have not got through since.
    func noteHealth(of endpoint: WebhookEndpoint, failingSince: Instant?) async throws -> Int

    /// Notes that those who run the org are told that an endpoint fails.
    ///
    /// - Returns: `false` when they were told since it began to fail.
    func tellOfFailure(of endpoint: WebhookEndpoint, at now: Instant) async throws -> Bool

    /// Asks for messages again: those that did not get through, or all of a time; the oldest first. What is on its way is left alone, but for what
    /// nobody has tried since an instant.
    func replay(
        _ selection: WebhookReplay, to endpoint: WebhookEndpoint, limit: Int, forgottenBefore: Instant, at now: Instant
    ) async throws -> [ReplayedMessage]

    /// What was sent to an endpoint, the newest first, as the API shows it.
    func deliveries(of endpoint: WebhookEndpoint, status: WebhookDelivery.Status?, limit: Int) async throws -> [JSONValue]

    /// A message of an org.
    func message(_ id: WebhookMessage.ID, of org: Org.ID) async throws -> WebhookMessage?

    /// Removes messages that were made before an instant and are not on their way any more, with their deliveries and attempts.
    ///
    /// - Returns: how many, at most the limit.
    func removeMessages(before: Instant, limit: Int) async throws -> Int

    /// Removes everything that an org has of endpoints and messages.
    func removeWebhooks(of org: Org.ID) async throws
}

/// Where a message stands among the others, from 1 without gaps.
public struct WebhookNumbers: Sendable, Hashable {
    /// Among those of its object (NOT-183).
    public let ofObject: Int64
    /// Among those of its graph, where it belongs to the story of one (GRA-127).
    public let ofGraph: Int64?

    /// Says where it stands.
    public init(ofObject: Int64, ofGraph: Int64?) {
        self.ofObject = ofObject
        self.ofGraph = ofGraph
    }
}

/// A message that is sent again.
public struct ReplayedMessage: Sendable, Hashable {
    /// The message.
    public let message: WebhookMessage
    /// How often it was asked for again, this time included.
    public let number: Int

    /// Tells of one.
    public init(message: WebhookMessage, number: Int) {
        self.message = message
        self.number = number
    }
}

/// What came of asking for messages again.
public struct WebhookReplayOutcome: Sendable, Hashable {
    /// How many are sent.
    public let count: Int
    /// From when on to ask for the rest; `nil` when there is none.
    public let next: Instant?
}

/// Which messages are asked for again (NOT-186).
public struct WebhookReplay: Sendable, Hashable {
    /// One message only.
    public let message: WebhookMessage.ID?
    /// From when on.
    public let since: Instant?
    /// Until when.
    public let until: Instant?
    /// Whether those that got through are left out.
    public let onlyFailed: Bool

    /// Selects messages.
    public init(message: WebhookMessage.ID?, since: Instant?, until: Instant?, onlyFailed: Bool) {
        self.message = message
        self.since = since
        self.until = until
        self.onlyFailed = onlyFailed
    }
}
