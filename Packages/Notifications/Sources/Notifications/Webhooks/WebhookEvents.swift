public import Audit
public import Core
public import Jobs
public import Orgs

/// An endpoint was switched off because nothing got through to it (NOT-185).
public struct WebhookEndpointDisabled: DomainEvent, Hashable {
    /// `notifications.webhook_endpoint_disabled`
    public static let topic = "notifications.webhook_endpoint_disabled"
    /// Which endpoint.
    public let endpoint: WebhookEndpoint.ID
    /// Whose.
    public let org: Org.ID
    /// The host of its URL.
    public let host: String
    /// Why.
    public let reason: String

    /// By endpoint.
    public var eventKey: String { endpoint.description }
}

/// Nothing has got through to an endpoint for a day; told once until something does (NOT-185).
public struct WebhookEndpointFailing: DomainEvent, Hashable {
    /// `notifications.webhook_endpoint_failing`
    public static let topic = "notifications.webhook_endpoint_failing"
    /// Which endpoint.
    public let endpoint: WebhookEndpoint.ID
    /// Whose.
    public let org: Org.ID
    /// The host of its URL.
    public let host: String
    /// The first failure.
    public let since: Instant
    /// The status that came back last; `nil` where no answer came.
    public let status: Int?

    /// By endpoint.
    public var eventKey: String { endpoint.description }
}

/// Entries about outgoing webhooks (AUD-130).
public enum WebhookEntry {
    /// All types; the migration that makes the tables registers them.
    public static let types = [
        EndpointCreated.type, EndpointUpdated.type, SecretRotated.type, EndpointDisabled.type, EndpointEnabled.type, EndpointDeleted.type,
        DeliveryExhausted.type, ReplayRequested.type,
    ]

    /// An endpoint was made.
    public struct EndpointCreated: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_endpoint_created", .medium)
        static let words = "made"
        let endpoint: WebhookEndpoint
    }

    /// An endpoint was changed.
    public struct EndpointUpdated: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_endpoint_updated", .medium)
        static let words = "changed"
        let before: WebhookEndpoint
        let endpoint: WebhookEndpoint
        /// What changed; of the URL the host, and that it changed.
        public var changes: [AuditChange] {
            func words(_ types: [String]) -> JSONValue { .array(types.map { .string($0) }) }
            var changes: [AuditChange] = []
            if before.url != endpoint.url { changes.append(AuditChange("host", from: .string(before.host), to: .string(endpoint.host))) }
            if before.filter != endpoint.filter {
                changes.append(AuditChange("types", from: words(before.filter.patterns), to: words(endpoint.filter.patterns)))
            }
            if before.isOrdered != endpoint.isOrdered {
                changes.append(AuditChange("ordered", from: .bool(before.isOrdered), to: .bool(endpoint.isOrdered)))
            }
            return changes
        }
    }

    /// An endpoint got a new secret.
    public struct SecretRotated: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_secret_rotated", .medium)
        static let words = "got a new secret"
        let endpoint: WebhookEndpoint
    }

    /// An endpoint was switched off.
    public struct EndpointDisabled: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_endpoint_disabled", .high)
        static let words = "switched off"
        let endpoint: WebhookEndpoint
        let reason: String
        /// Where it is, and why.
        public var data: [String: JSONValue] { ["host": .string(endpoint.host), "reason": .string(reason)] }
    }

    /// An endpoint was switched on.
    public struct EndpointEnabled: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_endpoint_enabled", .medium)
        static let words = "switched on"
        let endpoint: WebhookEndpoint
    }

    /// An endpoint was removed.
    public struct EndpointDeleted: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_endpoint_deleted", .medium)
        static let words = "removed"
        let endpoint: WebhookEndpoint
    }

    /// A message was given up.
    public struct DeliveryExhausted: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_delivery_exhausted", .medium)
        static let words = "did not take a message"
        let endpoint: WebhookEndpoint
        let message: WebhookMessage
        /// Where it is, and which message.
        public var data: [String: JSONValue] {
            ["host": .string(endpoint.host), "message": .string(message.id.description), "type": .string(message.type.rawValue)]
        }
    }

    /// Messages were asked for again.
    public struct ReplayRequested: WebhookEndpointEntry {
        /// The row of the catalogue.
        public static let type = entry("webhook_replay_requested", .medium)
        static let words = "gets messages again"
        let endpoint: WebhookEndpoint
        let count: Int
        /// Where it is, and how many.
        public var data: [String: JSONValue] { ["host": .string(endpoint.host), "messages": .integer(Int64(count))] }
    }

    private static func entry(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .notification, component: "notifications", requires: [.org, .webhookEndpoint])
    }
}

/// An entry about an endpoint.
protocol WebhookEndpointEntry: AuditEvent {
    var endpoint: WebhookEndpoint { get }
    static var words: String { get }
}

extension WebhookEndpointEntry {
    /// The endpoint and its org.
    public var references: AuditReferences { AuditReferences(AuditReference(endpoint.org), AuditReference(endpoint.id)) }
    /// One line.
    public var summary: String { "Webhook endpoint \(Self.words)" }
    /// Where it is: the host, never the path, in which some carry secrets.
    public var data: [String: JSONValue] { ["host": .string(endpoint.host)] }
}
