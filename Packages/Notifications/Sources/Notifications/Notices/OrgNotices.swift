internal import Audit
public import Core
public import Jobs
public import Orgs

/// Tells those who run an org that mail comes back that somebody must read (NOT-056).
public struct UndeliverableNotices<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = MailUndeliverable
    /// `notifications.tell_of_undeliverable_mail`
    public static var name: String { "notifications.tell_of_undeliverable_mail" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store
    private let facts: any MailFacts

    /// Makes the handler.
    public init(store: Store, facts: any MailFacts) {
        self.store = store
        self.facts = facts
    }

    /// One notice to each admin and owner, which shows of the address its first letter and its domain; twice is once.
    public func handle(_ event: MailUndeliverable, context: JobContext) async throws -> JobOutcome {
        guard let id = event.org, let org = try await facts.org(Org.ID(uuid: id)) else { return .completed }
        let admins = try await facts.admins(of: org.id)
        return try await store.withTransaction { transaction in
            guard let mail = try await transaction.lockMail(event.mail)?.mail else { return .completed }
            for admin in admins {
                _ = try await transaction.post(
                    Notice(
                        id: .make(at: context.now), user: admin.user, kind: .addressUndeliverable, severity: .warning,
                        decision: "\(MailUndeliverable.topic)/\(event.mail)", org: org.id, subscription: nil,
                        resource: MailAddress.masked(mail.recipient.description), via: "bounce", renewsAt: nil, createdAt: context.now))
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// What an endpoint of an org suffers, of which those who run the org are told in the product (NOT-185).
public protocol EndpointTrouble: DomainEvent {
    /// Which endpoint.
    var endpoint: WebhookEndpoint.ID { get }
    /// Whose.
    var org: Org.ID { get }
    /// The host of its URL.
    var host: String { get }
    /// What the notice is.
    static var noticeKind: Notice.Kind { get }
    /// The name of the handler that tells of it.
    static var handlerName: String { get }
    /// Why the notice is there, in a word.
    var cause: String { get }
    /// What makes it another notice than the last one about the endpoint.
    func occurrence(in job: JobContext) -> String
}

extension WebhookEndpointFailing: EndpointTrouble {
    /// `endpoint_failing`
    public static var noticeKind: Notice.Kind { .endpointFailing }
    /// `notifications.tell_of_failing_endpoint`
    public static var handlerName: String { "notifications.tell_of_failing_endpoint" }
    /// `failure`
    public var cause: String { "failure" }
    /// Since when: it is told once until something gets through.
    public func occurrence(in job: JobContext) -> String { "\(since)" }
}

extension WebhookEndpointDisabled: EndpointTrouble {
    /// `endpoint_disabled`
    public static var noticeKind: Notice.Kind { .endpointDisabled }
    /// `notifications.tell_of_disabled_endpoint`
    public static var handlerName: String { "notifications.tell_of_disabled_endpoint" }
    /// Why it was switched off.
    public var cause: String { reason }
    /// The job of the event: an endpoint may be switched off again.
    public func occurrence(in job: JobContext) -> String { "\(job.job)" }
}

extension NotificationTransaction {
    /// Takes away what was told of an endpoint's trouble: it is over.
    func withdrawNotices(about endpoint: WebhookEndpoint, at now: Instant) async throws {
        for topic in [WebhookEndpointFailing.topic, WebhookEndpointDisabled.topic] {
            try await withdrawNotices(
                [.endpointFailing, .endpointDisabled], of: endpoint.org, decisions: "\(topic)/\(endpoint.id)/", at: now)
        }
    }
}

/// Tells those who run an org of trouble with one of its own systems (NOT-185).
public struct EndpointNotices<Event: EndpointTrouble, Store: NotificationStore>: EventHandler {
    /// The one of the event.
    public static var name: String { Event.handlerName }
    /// The lane of webhooks.
    public static var lane: Lane { .webhooks }
    private let store: Store
    private let facts: any MailFacts

    /// Makes the handler.
    public init(store: Store, facts: any MailFacts) {
        self.store = store
        self.facts = facts
    }

    /// One notice to each admin and owner; twice is once.
    public func handle(_ event: Event, context: JobContext) async throws -> JobOutcome {
        let admins = try await facts.admins(of: event.org)
        return try await store.withTransaction { transaction in
            for admin in admins {
                _ = try await transaction.post(
                    Notice(
                        id: .make(at: context.now), user: admin.user, kind: Event.noticeKind, severity: .warning,
                        decision: "\(Event.topic)/\(event.endpoint)/\(event.occurrence(in: context))", org: event.org, subscription: nil,
                        resource: event.host, via: event.cause, renewsAt: nil, createdAt: context.now))
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Tells of an endpoint through which nothing gets.
public typealias FailingEndpointNotices<Store: NotificationStore> = EndpointNotices<WebhookEndpointFailing, Store>
/// Tells of an endpoint to which nothing is sent any more.
public typealias DisabledEndpointNotices<Store: NotificationStore> = EndpointNotices<WebhookEndpointDisabled, Store>
