public import Audit
public import Core

extension IdentityAudit {
    /// The rows of the catalogue that came with the life of accounts and of keys.
    public static let lifecycleTypes: [AuditEventType] = [
        EmailChangeReverted.type, SendBudgetExceeded.type, UserDeactivated.type, UserReactivated.type, UserDeletionRequested.type,
        UserDeletionCanceled.type, UserDeleted.type, UserDataExported.type, UserImported.type, APIKeyRotated.type, APIKeyExpired.type,
        APIKeyFirstUsed.type, APIKeyUsedFromNewNetwork.type, APIKeyRefused.type, APIKeyScopeDenied.type,
    ]
}

extension IdentityAudit {
    /// The rows of the catalogue that came with accounts whose address is somebody else's.
    public static let disownTypes: [AuditEventType] = [AccountDisowned.type]

    /// The owner of an address said that somebody else made the account.
    public struct AccountDisowned: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("account_disowned", .high, [.user])
        /// The account.
        public let user: User.ID
        /// Whether it is removed, or switched off for an operator to look at.
        public let isRemoved: Bool

        /// Tells of it.
        package init(user: User.ID, isRemoved: Bool) {
            self.user = user
            self.isRemoved = isRemoved
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "account disowned by the owner of its address, \(isRemoved ? "removed" : "switched off")" }
        /// The facts.
        public var data: [String: JSONValue] { ["removed": .bool(isRemoved)] }
    }
}

extension IdentityAudit {
    /// A change of address was taken back by the mailed link.
    public struct EmailChangeReverted: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("email_change_reverted", .high, [.user])
        /// The person.
        public let user: User.ID
        /// Whether the old address could be put back; it may have been taken meanwhile.
        public let isRestored: Bool
        /// How many sessions ended.
        public let endedSessions: Int
        /// How many keys ended.
        public let endedKeys: Int

        /// Tells of it.
        package init(user: User.ID, isRestored: Bool, endedSessions: Int, endedKeys: Int) {
            self.user = user
            self.isRestored = isRestored
            self.endedSessions = endedSessions
            self.endedKeys = endedKeys
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { isRestored ? "address change taken back" : "address change taken back, old address taken" }
        /// The facts.
        public var data: [String: JSONValue] {
            [
                "restored": .bool(isRestored), "ended_sessions": .integer(Int64(endedSessions)), "ended_keys": .integer(Int64(endedKeys)),
            ]
        }
    }
}

extension IdentityAudit {
    /// A mail was not sent because its address has had enough of its kind.
    public struct SendBudgetExceeded: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("send_budget_exceeded", .medium, [])
        /// The person.
        public let user: User.ID
        /// The kind of mail.
        public let kind: LinkToken.Kind

        /// Tells of it.
        package init(user: User.ID, kind: LinkToken.Kind) {
            self.user = user
            self.kind = kind
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "too many mails: \(kind.rawValue)" }
        /// The facts.
        public var data: [String: JSONValue] { ["kind": .string(kind.rawValue)] }
    }
}
