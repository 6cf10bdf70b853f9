public import Audit
public import Core

extension IdentityAudit {
    /// A key was made.
    public struct APIKeyCreated: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_created", .medium, [.apiKey, .user])
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
        public var summary: String { "key made" }
    }
}

extension IdentityAudit {
    /// A key got another name or note.
    public struct APIKeyUpdated: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_updated", .low, [.apiKey, .user])
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
        public var summary: String { "key renamed" }
    }
}

extension IdentityAudit {
    /// A key was ended.
    public struct APIKeyRevoked: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("api_key_revoked", .medium, [.apiKey, .user])
        /// The person.
        public let user: User.ID
        /// The key.
        public let key: APIKey.ID
        /// Why, in a fixed word.
        public let reason: String

        /// Tells of it.
        package init(user: User.ID, key: APIKey.ID, reason: String) {
            self.user = user
            self.key = key
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(key), AuditReference(user)) }
        /// One line.
        public var summary: String { "key ended: \(reason)" }
        /// The facts.
        public var data: [String: JSONValue] { ["reason": .string(reason)] }
    }
}
