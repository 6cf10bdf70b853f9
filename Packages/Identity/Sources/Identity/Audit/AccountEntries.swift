public import Audit
public import Core

extension IdentityAudit {
    /// An account was made.
    public struct UserRegistered: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_registered", .low, [.user])
        /// The person.
        public let user: User.ID
        /// The network.
        public let client: NetworkClient

        /// Tells of it.
        package init(user: User.ID, client: NetworkClient) {
            self.user = user
            self.client = client
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(client)) }
        /// One line.
        public var summary: String { "account made" }
    }
}

extension IdentityAudit {
    /// A profile was changed; the values are not kept.
    public struct UserProfileChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_profile_changed", .low, [.user])
        /// The person.
        public let user: User.ID
        /// Which fields.
        public let fields: [String]

        /// Tells of it.
        package init(user: User.ID, fields: [String]) {
            self.user = user
            self.fields = fields
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "profile changed: " + fields.joined(separator: ", ") }
        /// The facts.
        public var data: [String: JSONValue] { ["fields": .array(fields.map { .string($0) })] }
    }
}

extension IdentityAudit {
    /// An account got another address.
    public struct EmailChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("email_changed", .high, [.user])
        /// The person.
        public let user: User.ID

        /// Tells of it.
        package init(user: User.ID) {
            self.user = user
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "address changed" }
    }
}

extension IdentityAudit {
    /// An address was proven.
    public struct EmailVerified: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("email_verified", .low, [.user])
        /// The person.
        public let user: User.ID

        /// Tells of it.
        package init(user: User.ID) {
            self.user = user
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "address verified" }
    }
}

extension IdentityAudit {
    /// A password was changed.
    public struct PasswordChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("password_changed", .medium, [.user])
        /// The person.
        public let user: User.ID
        /// How many other sessions ended.
        public let endedSessions: Int

        /// Tells of it.
        package init(user: User.ID, endedSessions: Int) {
            self.user = user
            self.endedSessions = endedSessions
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "password changed, \(endedSessions) sessions ended" }
        /// The facts.
        public var data: [String: JSONValue] { ["ended_sessions": .integer(Int64(endedSessions))] }
    }
}

extension IdentityAudit {
    /// Somebody asked for a link to reset a password. For an address without an account it differs in the person only, as the answer does (ID-088).
    public struct PasswordResetRequested: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("password_reset_requested", .medium, [])
        /// The person, when the address has an account; the network that asked, when it was a request.
        public let references: AuditReferences

        /// Tells of a link for an account.
        package init(user: User.ID, client: NetworkClient?) {
            references = AuditReferences(AuditReference(user)).adding(client.map { AuditReference($0) })
        }

        /// Tells of a request for an address without an account, which is known by its network only.
        package init(client: NetworkClient) {
            references = AuditReferences(AuditReference(client))
        }

        /// One line.
        public var summary: String { "reset of a password asked for" }
    }
}

extension IdentityAudit {
    /// A password was reset by mail.
    public struct PasswordResetCompleted: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("password_reset_completed", .high, [.user])
        /// The person.
        public let user: User.ID

        /// Tells of it.
        package init(user: User.ID) {
            self.user = user
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "password reset" }
    }
}
