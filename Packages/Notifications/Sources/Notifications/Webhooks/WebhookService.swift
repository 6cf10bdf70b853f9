internal import Audit
public import Core
internal import Identity
internal import Jobs
public import Orgs

/// Makes and keeps secrets of endpoints.
public protocol WebhookSecretKeeping: Sendable {
    /// A new secret, `whsec_` and 32 random bytes, with the form in which it is stored.
    func makeSecret(for endpoint: WebhookEndpoint.ID) throws -> (secret: SecretString, sealed: String)
    /// Says why nothing may be sent to a URL; `nil` when it may (NOT-188).
    func refusal(of url: String) -> String?
    /// Whether a URL is refused because it leads to this network and not to the open one.
    func leadsInside(_ url: String) -> Bool
}

/// Why something about endpoints was refused.
public enum WebhookRefusal: Error, Hashable, Sendable {
    /// There is no such endpoint in the org.
    case notFound
    /// The org has as many as it may.
    case tooMany(maximum: Int)
    /// Nothing may be sent to the URL.
    case destination(reason: String)
    /// The URL leads to this network and not to the open one (NOT-188).
    case innerDestination
    /// Everything is as it was asked for.
    case nothingToChange
    /// A type that is not in the list.
    case unknownType(String)
    /// The endpoint is switched off.
    case disabled
    /// What got through is to be sent again, and neither a message nor a time was named from which on.
    case unboundedReplay
}

/// What of an endpoint its owners say.
public struct WebhookEndpointDraft: Sendable, Hashable {
    /// Where messages go.
    public var url: String?
    /// What it is called.
    public var description: String?
    /// Which types it hears.
    public var types: [String]?
    /// Whether messages about one object go one after the other.
    public var isOrdered: Bool?

    /// Says it; what is `nil` stays as it is.
    public init(url: String?, description: String?, types: [String]?, isOrdered: Bool?) {
        self.url = url
        self.description = description
        self.types = types
        self.isOrdered = isOrdered
    }
}

/// The endpoints of orgs (NOT-187).
public struct WebhookService<Store: NotificationStore>: Sendable {
    /// How long an older secret is used beside the newest, unless it is said otherwise.
    public static var rotation: Duration { .hours(24) }

    private let store: Store
    private let secrets: any WebhookSecretKeeping
    private let publisher: WebhookPublisher
    private let dateSource: any DateSource

    /// Makes the service.
    public init(store: Store, secrets: any WebhookSecretKeeping, publisher: WebhookPublisher, dateSource: any DateSource) {
        self.store = store
        self.secrets = secrets
        self.publisher = publisher
        self.dateSource = dateSource
    }

    /// The endpoints of an org.
    public func endpoints(in scope: AdminScope) async throws -> [WebhookEndpoint] {
        try await store.withTransaction { try await $0.endpoints(of: scope.org) }
    }

    /// Makes an endpoint; its secret is in the answer and never again.
    ///
    /// - Throws: ``WebhookRefusal``.
    public func create(_ draft: WebhookEndpointDraft, in scope: AdminScope) async throws -> (
        endpoint: WebhookEndpoint, secret: SecretString
    ) {
        let now = dateSource.now
        let url = try checked(draft.url ?? "")
        let endpoint = WebhookEndpoint(
            id: .make(at: now), org: scope.org, url: url, description: draft.description ?? "", filter: try filter(draft.types ?? []),
            isOrdered: draft.isOrdered ?? false, status: .enabled, disabledBecause: nil, createdBy: scope.user, createdAt: now,
            failingSince: nil)
        let (secret, sealed) = try secrets.makeSecret(for: endpoint.id)
        try await store.withTransaction { transaction in
            try await transaction.lockEndpoints(of: scope.org)
            guard try await transaction.endpoints(of: scope.org).count < WebhookEndpoint.maximumPerOrg else {
                throw WebhookRefusal.tooMany(maximum: WebhookEndpoint.maximumPerOrg)
            }
            try await transaction.insert(endpoint)
            try await transaction.insertSecret(sealed, of: endpoint, endingOthersAt: now, at: now)
            try await transaction.record(WebhookEntry.EndpointCreated(endpoint: endpoint), by: scope.actor)
        }
        return (endpoint, secret)
    }

    /// Changes an endpoint.
    public func update(_ id: WebhookEndpoint.ID, _ draft: WebhookEndpointDraft, in scope: AdminScope) async throws -> WebhookEndpoint {
        let url: String? = if let url = draft.url { try checked(url) } else { nil }
        let filter: WebhookFilter? = if let types = draft.types { try self.filter(types) } else { nil }
        return try await change(id, in: scope) { endpoint, transaction in
            let before = endpoint
            endpoint.url = url ?? endpoint.url
            endpoint.filter = filter ?? endpoint.filter
            endpoint.description = draft.description ?? endpoint.description
            endpoint.isOrdered = draft.isOrdered ?? endpoint.isOrdered
            guard endpoint != before else { throw WebhookRefusal.nothingToChange }
            try await transaction.record(WebhookEntry.EndpointUpdated(before: before, endpoint: endpoint), by: scope.actor)
        }
    }

    /// Switches an endpoint on again; what was held stays held until it is asked for.
    public func enable(_ id: WebhookEndpoint.ID, in scope: AdminScope) async throws -> WebhookEndpoint {
        let now = dateSource.now
        return try await change(id, in: scope) { endpoint, transaction in
            guard endpoint.status == .disabled else { return }
            endpoint.status = .enabled
            endpoint.disabledBecause = nil
            endpoint.failingSince = nil
            try await transaction.withdrawNotices(about: endpoint, at: now)
            try await transaction.record(WebhookEntry.EndpointEnabled(endpoint: endpoint), by: scope.actor)
        }
    }

    /// Removes an endpoint.
    public func delete(_ id: WebhookEndpoint.ID, in scope: AdminScope) async throws {
        let now = dateSource.now
        try await store.withTransaction { transaction in
            guard let endpoint = try await transaction.lockEndpoint(id, of: scope.org) else { throw WebhookRefusal.notFound }
            try await transaction.record(WebhookEntry.EndpointDeleted(endpoint: endpoint), by: scope.actor)
            try await transaction.withdrawNotices(about: endpoint, at: now)
            try await transaction.delete(endpoint)
        }
    }

    /// Gives an endpoint a new secret; the older one is used beside it for a while (NOT-180).
    public func rotateSecret(
        _ id: WebhookEndpoint.ID, keepingOldFor overlap: Duration = Self.rotation, in scope: AdminScope
    ) async throws -> SecretString {
        let now = dateSource.now
        let (secret, sealed) = try secrets.makeSecret(for: id)
        _ = try await change(id, in: scope) { endpoint, transaction in
            try await transaction.insertSecret(sealed, of: endpoint, endingOthersAt: now + overlap, at: now)
            try await transaction.record(WebhookEntry.SecretRotated(endpoint: endpoint), by: scope.actor)
        }
        return secret
    }

    /// Sends a message of the type `endpoint.test`.
    ///
    /// - Throws: ``WebhookRefusal/disabled`` where nothing is sent.
    public func test(_ id: WebhookEndpoint.ID, in scope: AdminScope) async throws -> WebhookMessage? {
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            guard let endpoint = try await transaction.lockEndpoint(id, of: scope.org) else { throw WebhookRefusal.notFound }
            guard endpoint.status == .enabled else { throw WebhookRefusal.disabled }
            let fact = WebhookFact(.endpointTest, of: id.description, in: scope.org, at: nil)
            return try await publisher.publish(
                fact, cause: "test/\(WebhookMessage.ID.make(at: now))", only: endpoint, at: now, in: transaction)
        }
    }

    /// Sends messages again (NOT-186), the oldest first and 1,000 at most.
    ///
    /// - Throws: ``WebhookRefusal/unboundedReplay`` when what got through is asked for as well without a message or a beginning.
    public func replay(
        _ selection: WebhookReplay, to id: WebhookEndpoint.ID, in scope: AdminScope, limit: Int = 1_000
    ) async throws -> WebhookReplayOutcome {
        guard selection.onlyFailed || selection.message != nil || selection.since != nil else { throw WebhookRefusal.unboundedReplay }
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            guard let endpoint = try await transaction.lockEndpoint(id, of: scope.org) else { throw WebhookRefusal.notFound }
            let replayed = try await transaction.replay(
                selection, to: endpoint, limit: limit, forgottenBefore: now - WebhookSchedule.forgotten, at: now)
            let outcomes = try await transaction.enqueue(
                replayed.map { replayed in
                    let job = DeliverWebhook(replayed.message, to: endpoint)
                    return (job: job, options: job.options(for: replayed.message, to: endpoint, replay: replayed.number))
                })
            // A number is given once: a job of that name would leave the message waiting for nobody.
            guard !outcomes.contains(.alreadyQueued) else { throw ReplayNumberTaken() }
            try await transaction.record(
                WebhookEntry.ReplayRequested(endpoint: endpoint, count: replayed.count), by: scope.actor)
            return WebhookReplayOutcome(
                count: replayed.count, next: replayed.count == limit ? replayed.last?.message.createdAt : nil)
        }
    }

    /// What was sent to an endpoint.
    public func deliveries(
        of id: WebhookEndpoint.ID, status: WebhookDelivery.Status?, in scope: AdminScope
    ) async throws -> [JSONValue] {
        try await store.withTransaction { transaction in
            guard let endpoint = try await transaction.endpoints(of: scope.org).first(where: { $0.id == id }) else {
                throw WebhookRefusal.notFound
            }
            return try await transaction.deliveries(of: endpoint, status: status, limit: 100)
        }
    }

    /// A message as it was sent.
    public func message(_ id: WebhookMessage.ID, in scope: AdminScope) async throws -> WebhookMessage {
        guard let message = try await store.withTransaction({ try await $0.message(id, of: scope.org) }) else {
            throw WebhookRefusal.notFound
        }
        return message
    }

    private func change(
        _ id: WebhookEndpoint.ID, in scope: AdminScope, _ body: (inout WebhookEndpoint, Store.Transaction) async throws -> Void
    ) async throws -> WebhookEndpoint {
        let now = dateSource.now
        return try await store.withTransaction { transaction in
            guard var endpoint = try await transaction.lockEndpoint(id, of: scope.org) else { throw WebhookRefusal.notFound }
            try await body(&endpoint, transaction)
            try await transaction.update(endpoint, at: now)
            return endpoint
        }
    }

    private func checked(_ url: String) throws -> String {
        if secrets.leadsInside(url) { throw WebhookRefusal.innerDestination }
        if let reason = secrets.refusal(of: url) { throw WebhookRefusal.destination(reason: reason) }
        return url
    }

    private func filter(_ types: [String]) throws -> WebhookFilter {
        switch WebhookFilter.reading(types) {
        case .success(let filter): return filter
        case .failure(let unknown): throw WebhookRefusal.unknownType(unknown.pattern)
        }
    }
}

/// A job for this sending of a message is there already.
struct ReplayNumberTaken: Error {}
