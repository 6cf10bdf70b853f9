public import Audit
public import Core

extension IdentityAudit {
    /// A key got a new secret.
    public struct APIKeyRotated: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_rotated", .medium, [.apiKey, .user])
        /// The person.
        public let user: User.ID
        /// The key that takes over.
        public let key: APIKey.ID
        /// The key that ends.
        public let replaced: APIKey.ID
        /// When the old one ends.
        public let endsAt: Instant

        /// Tells of it.
        package init(user: User.ID, key: APIKey.ID, replaced: APIKey.ID, endsAt: Instant) {
            self.user = user
            self.key = key
            self.replaced = replaced
            self.endsAt = endsAt
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(key), AuditReference(user)) }
        /// One line.
        public var summary: String { "key \(replaced) replaced" }
        /// The facts.
        public var data: [String: JSONValue] { ["replaced": .string(replaced.description), "ends_at": .string(endsAt.description)] }
    }

    /// The time of a key was over.
    public struct APIKeyExpired: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_expired", .low, [.apiKey, .user])
        /// The person.
        public let user: User.ID
        /// The key.
        public let key: APIKey.ID

        /// Tells of it.
        package init(user: User.ID, key: APIKey.ID) {
            self.user = user
            self.key = key
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(key), AuditReference(user)) }
        /// One line.
        public var summary: String { "key expired" }
        /// Once for a key.
        public var deduplicationKey: String? { "api_key_expired:\(key)" }
    }

    /// A key was used for the first time.
    public struct APIKeyFirstUsed: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_first_use", .low, [.apiKey, .user])
        /// The person.
        public let user: User.ID
        /// The key.
        public let key: APIKey.ID
        /// The network.
        public let client: NetworkClient

        /// Tells of it.
        package init(user: User.ID, key: APIKey.ID, client: NetworkClient) {
            self.user = user
            self.key = key
            self.client = client
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(key), AuditReference(user), AuditReference(client)) }
        /// One line.
        public var summary: String { "key used for the first time" }
        /// Once for a key.
        public var deduplicationKey: String? { "api_key_first_use:\(key)" }
    }

    /// A key was used from a network it was never used from.
    public struct APIKeyUsedFromNewNetwork: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_new_network", .medium, [.apiKey, .user])
        /// The person.
        public let user: User.ID
        /// The key.
        public let key: APIKey.ID
        /// The network.
        public let client: NetworkClient

        /// Tells of it.
        package init(user: User.ID, key: APIKey.ID, client: NetworkClient) {
            self.user = user
            self.key = key
            self.client = client
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(key), AuditReference(user), AuditReference(client)) }
        /// One line.
        public var summary: String { "key used from a new network" }
        /// Once for a key and a network.
        public var deduplicationKey: String? { "api_key_new_network:\(key):\(client.auditKey)" }
    }
}

extension IdentityAudit {
    /// A key that is known was presented and does not work.
    public struct APIKeyRefused: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_invalid", .medium, [.networkClient])
        /// The person.
        public let user: User.ID
        /// The key.
        public let key: APIKey.ID
        /// Why, in a fixed word.
        public let reason: String
        /// The network.
        public let client: NetworkClient
        /// When.
        public let at: Instant

        /// Tells of it.
        package init(user: User.ID, key: APIKey.ID, reason: String, client: NetworkClient, at: Instant) {
            self.user = user
            self.key = key
            self.reason = reason
            self.client = client
            self.at = at
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client), AuditReference(key), AuditReference(user)) }
        /// One line.
        public var summary: String { "key refused: \(reason)" }
        /// The facts.
        public var data: [String: JSONValue] { ["reason": .string(reason)] }
        /// Once for a key, a reason, a network and an hour: a program that was not told asks often.
        public var deduplicationKey: String? { "api_key_invalid:\(key):\(reason):\(client.auditKey):\(at.secondsSinceEpoch / 3_600)" }
    }

    /// A key was used for something it may not do.
    public struct APIKeyScopeDenied: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_scope_denied", .medium, [.apiKey, .user])
        /// The person.
        public let user: User.ID
        /// The key.
        public let key: APIKey.ID
        /// What it lacks: a scope, or the reach beyond its graph.
        public let missing: String
        /// When.
        public let at: Instant

        /// Tells of it.
        package init(user: User.ID, key: APIKey.ID, missing: String, at: Instant) {
            self.user = user
            self.key = key
            self.missing = missing
            self.at = at
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(key), AuditReference(user)) }
        /// One line.
        public var summary: String { "key lacks \(missing)" }
        /// The facts.
        public var data: [String: JSONValue] { ["missing": .string(missing)] }
        /// Once for a key, a scope and an hour.
        public var deduplicationKey: String? { "api_key_scope_denied:\(key):\(missing):\(at.secondsSinceEpoch / 3_600)" }
    }
}
