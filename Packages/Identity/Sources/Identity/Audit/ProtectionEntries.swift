public import Audit
public import Core

extension IdentityAudit {
    /// The rows of the catalogue about protection against guessing.
    public static let protectionTypes: [AuditEventType] = [
        NetworkClientBlocked.type, NetworkClientUnblocked.type, RateLimitExceeded.type,
    ]

    /// A network was shut out.
    public struct NetworkClientBlocked: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("network_client_blocked", .high, [.networkClient])
        /// The network.
        public let client: NetworkClient
        /// Until when.
        public let until: Instant
        /// Its failures of the last 24 hours.
        public let failures: Int
        /// What somebody wrote who did it by hand.
        public let reason: String?

        /// Tells of it.
        package init(client: NetworkClient, until: Instant, failures: Int, reason: String? = nil) {
            self.client = client
            self.until = until
            self.failures = failures
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client)) }
        /// One line.
        public var summary: String { "network shut out until \(until)" }
        /// The facts.
        public var data: [String: JSONValue] {
            var data: [String: JSONValue] = ["until": .string(until.description), "failures": .integer(Int64(failures))]
            if let reason { data["reason"] = .string(reason) }
            return data
        }
    }
}

extension IdentityAudit {
    /// A network was let in again before its time.
    public struct NetworkClientUnblocked: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("network_client_unblocked", .medium, [.networkClient])
        /// The network.
        public let client: NetworkClient
        /// Why.
        public let reason: String

        /// Tells of it.
        package init(client: NetworkClient, reason: String) {
            self.client = client
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client)) }
        /// One line.
        public var summary: String { "network let in again" }
        /// The facts.
        public var data: [String: JSONValue] { ["reason": .string(reason)] }
    }
}

extension IdentityAudit {
    /// Somebody sent more requests than a limit allows; one entry for each caller, category and minute (SEC-009).
    public struct RateLimitExceeded: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("rate_limit_exceeded", .medium, [.networkClient])
        /// The network.
        public let client: NetworkClient
        /// The category of the route.
        public let category: String
        /// The route.
        public let route: String

        /// Tells of it.
        package init(client: NetworkClient, category: String, route: String) {
            self.client = client
            self.category = category
            self.route = route
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client)) }
        /// One line.
        public var summary: String { "too many requests of the category \(category)" }
        /// The facts.
        public var data: [String: JSONValue] { ["category": .string(category), "route": .string(route)] }
    }
}
