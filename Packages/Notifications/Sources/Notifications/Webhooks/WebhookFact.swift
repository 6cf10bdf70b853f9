public import Core
public import Jobs
public import Orgs

/// Something that happened to a thing of an org, in the words of its API (NOT-181): ids, states, amounts and times; nobody's name or address.
public struct WebhookFact: Sendable, Hashable {
    /// What happened.
    public let type: WebhookEventType
    /// Whose.
    public let org: Org.ID
    /// What it happened to, by its id.
    public let object: String
    /// Where it can be read, below the public address; `nil` when it is gone.
    public let path: String?
    /// What changed: the fields as they are now, with those they had under `previous`.
    public let fields: [String: JSONValue]
    /// The graph whose story it belongs to, if it belongs to one: what happens to a graph and to what hangs on it is numbered over all objects as well (GRA-127).
    public private(set) var graph: String?

    /// Tells of it.
    public init(_ type: WebhookEventType, of object: String, in org: Org.ID, at path: String?, _ fields: [String: JSONValue] = [:]) {
        self.type = type
        self.object = object
        self.org = org
        self.path = path
        self.fields = fields
    }

    /// The same, as a part of the story of a graph.
    public func inStory(ofGraph graph: String) -> WebhookFact {
        var fact = self
        fact.graph = graph
        return fact
    }

    /// The payload (Standard Webhooks 1.0): type, time and data.
    func payload(_ numbers: WebhookNumbers, at instant: Instant, publicURL: String) throws -> String {
        var data = fields
        data["id"] = .string(object)
        data["org_id"] = .string(org.description)
        data["sequence"] = .integer(numbers.ofObject)
        if let graph {
            data["graph"] = .string(graph)
            data["graph_sequence"] = numbers.ofGraph.map { .integer($0) }
        }
        data["url"] = path.map { .string(publicURL + $0) } ?? .null
        let body: JSONValue = ["type": .string(type.rawValue), "timestamp": .string(instant.description), "data": .object(data)]
        return String(decoding: try JSON.encode(body), as: UTF8.self)
    }
}

/// Puts facts on their way to the endpoints that hear of them.
public struct WebhookPublisher: Sendable {
    private let publicURL: String
    private let makeID: @Sendable (Instant) -> WebhookMessage.ID

    /// Makes a publisher.
    ///
    /// - Parameter publicURL: where the API begins, without a slash at the end.
    public init(publicURL: String, makeID: @escaping @Sendable (Instant) -> WebhookMessage.ID = { WebhookMessage.ID.make(at: $0) }) {
        self.publicURL = publicURL
        self.makeID = makeID
    }

    /// Writes the message and fans it out: once for each endpoint, however often the cause is heard (NOT-182).
    ///
    /// - Parameter target: the only endpoint that is to get it; `nil` for all that hear of it.
    /// - Returns: the message; `nil` when the cause was told before or the org has no endpoint.
    @discardableResult
    public func publish(
        _ fact: WebhookFact, cause: String, only target: WebhookEndpoint? = nil, at now: Instant, in transaction: some WebhookTransaction
    ) async throws -> WebhookMessage? {
        // Where nobody could hear of it, nothing is written; an org that adds its first endpoint begins with what happens then.
        let endpoints = if let target { [target] } else { try await transaction.endpoints(of: fact.org) }
        guard !endpoints.isEmpty else { return nil }
        let id = makeID(now)
        let message = try await transaction.insertMessage(cause: cause, of: fact.org, object: fact.object, graph: fact.graph) { numbers in
            WebhookMessage(
                id: id, org: fact.org, type: fact.type, object: fact.object, sequence: numbers.ofObject,
                payload: try fact.payload(numbers, at: now, publicURL: publicURL), createdAt: now)
        }
        guard let message else { return nil }
        for endpoint in endpoints where endpoint.filter.hears(fact.type) {
            guard try await transaction.insertDelivery(of: message, to: endpoint, at: now), endpoint.status == .enabled else { continue }
            let delivery = DeliverWebhook(message, to: endpoint)
            try await transaction.enqueue(delivery, delivery.options(for: message, to: endpoint))
        }
        return message
    }
}

/// Hears an event of a domain and publishes it.
public struct WebhookRelay<Event: DomainEvent, Store: NotificationStore>: EventHandler {
    /// `notifications.webhook.` and the topic of the event.
    public static var name: String { "notifications.webhook.\(Event.topic)" }
    /// The lane of webhooks.
    public static var lane: Lane { .webhooks }
    /// One for all: what happens to a thing is numbered in the order in which it happened, also where it is told by events of several topics.
    public static var serialName: String { "notifications.webhook" }

    private let store: Store
    private let publisher: WebhookPublisher
    private let fact: @Sendable (Event) -> WebhookFact?

    /// Makes a relay.
    ///
    /// - Parameter fact: what customers hear of the event; `nil` when it is nothing of theirs.
    public init(_: Event.Type, store: Store, publisher: WebhookPublisher, fact: @escaping @Sendable (Event) -> WebhookFact?) {
        self.store = store
        self.publisher = publisher
        self.fact = fact
    }

    /// Publishes it in one transaction with the end of the job; heard twice, it is published once.
    public func handle(_ event: Event, context: JobContext) async throws -> JobOutcome {
        guard let fact = fact(event) else { return .completed }
        return try await store.withTransaction { transaction in
            try await publisher.publish(fact, cause: "\(Event.topic)/\(context.job)", at: context.now, in: transaction)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
