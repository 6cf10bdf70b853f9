public import Audit
public import Core

extension IdentityAudit {
    /// An operator, or a safeguard, switched an account off.
    public struct UserDeactivated: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_deactivated", .high, [.user])
        /// The person.
        public let user: User.ID
        /// Why.
        public let reason: String
        /// How many sessions ended.
        public let endedSessions: Int
        /// How many keys ended.
        public let endedKeys: Int

        /// Tells of it.
        package init(user: User.ID, reason: String, endedSessions: Int, endedKeys: Int) {
            self.user = user
            self.reason = reason
            self.endedSessions = endedSessions
            self.endedKeys = endedKeys
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "account switched off, \(endedSessions) sessions and \(endedKeys) keys ended" }
        /// The facts.
        public var data: [String: JSONValue] {
            [
                "reason": .string(reason), "ended_sessions": .integer(Int64(endedSessions)), "ended_keys": .integer(Int64(endedKeys)),
            ]
        }
    }

    /// An operator switched an account on again.
    public struct UserReactivated: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_reactivated", .high, [.user])
        /// The person.
        public let user: User.ID
        /// Why.
        public let reason: String

        /// Tells of it.
        package init(user: User.ID, reason: String) {
            self.user = user
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "account switched on again" }
        /// The facts.
        public var data: [String: JSONValue] { ["reason": .string(reason)] }
    }
}

extension IdentityAudit {
    /// The end of an account was asked for.
    public struct UserDeletionRequested: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_deletion_requested", .high, [.user])
        /// The person.
        public let user: User.ID
        /// When it is carried out.
        public let purgeAt: Instant
        /// How many orgs end with it.
        public let orgs: Int

        /// Tells of it.
        package init(user: User.ID, purgeAt: Instant, orgs: Int) {
            self.user = user
            self.purgeAt = purgeAt
            self.orgs = orgs
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "end of the account asked for, with \(orgs) orgs" }
        /// The facts.
        public var data: [String: JSONValue] { ["purge_at": .string(purgeAt.description), "orgs": .integer(Int64(orgs))] }
    }

    /// The end of an account was taken back.
    public struct UserDeletionCanceled: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_deletion_canceled", .medium, [.user])
        /// The person.
        public let user: User.ID

        /// Tells of it.
        package init(user: User.ID) {
            self.user = user
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "end of the account taken back" }
    }

    /// An account is gone but for its id.
    public struct UserDeleted: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_deleted", .high, [.user])
        /// The person.
        public let user: User.ID
        /// How many sessions were removed.
        public let sessions: Int
        /// How many keys were emptied.
        public let keys: Int

        /// Tells of it.
        package init(user: User.ID, sessions: Int, keys: Int) {
            self.user = user
            self.sessions = sessions
            self.keys = keys
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "account removed, with \(sessions) sessions and \(keys) keys" }
        /// The facts.
        public var data: [String: JSONValue] { ["sessions": .integer(Int64(sessions)), "keys": .integer(Int64(keys))] }
    }
}

extension IdentityAudit {
    /// A person took a copy of everything kept about them.
    public struct UserDataExported: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_data_exported", .high, [.user])
        /// The person.
        public let user: User.ID
        /// How large it is.
        public let bytes: Int

        /// Tells of it.
        package init(user: User.ID, bytes: Int) {
            self.user = user
            self.bytes = bytes
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "own data exported: \(bytes) bytes" }
        /// The facts.
        public var data: [String: JSONValue] { ["bytes": .integer(Int64(bytes))] }
    }

    /// An account was taken over from elsewhere.
    public struct UserImported: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_imported", .low, [.user])
        /// The person.
        public let user: User.ID

        /// Tells of it.
        package init(user: User.ID) {
            self.user = user
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "account imported" }
    }
}
