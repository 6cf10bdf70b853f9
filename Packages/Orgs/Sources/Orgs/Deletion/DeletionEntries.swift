public import Audit
public import Core

extension OrgsAudit {
    /// An org was switched off.
    public struct OrgDeletionRequested: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_deletion_requested", .high, [.org])
        /// The org.
        public let org: Org.ID
        /// When it is erased.
        public let purgeAt: Instant
        /// How many sessions left it.
        public let movedSessions: Int
        /// How many invitations were revoked.
        public let revokedInvitations: Int
        /// Why, in the owner's words.
        public let reason: String?

        /// Tells of it.
        package init(org: Org.ID, purgeAt: Instant, movedSessions: Int, revokedInvitations: Int, reason: String?) {
            self.org = org
            self.purgeAt = purgeAt
            self.movedSessions = movedSessions
            self.revokedInvitations = revokedInvitations
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "org switched off, to be purged at \(purgeAt)" }
        /// The facts.
        public var data: [String: JSONValue] {
            [
                "step": "switched_off", "purge_at": .string(purgeAt.description), "moved_sessions": .integer(Int64(movedSessions)),
                "revoked_invitations": .integer(Int64(revokedInvitations)), "reason": reason.map { .string($0) } ?? .null,
            ]
        }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("state", from: "active", to: "deleted")] }
    }
}

extension OrgsAudit {
    /// An owner wants an org gone whose subscriptions have to end first: the first step of the same entry (AUD-119).
    public struct OrgDeletionBegun: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgDeletionRequested.type
        /// The org.
        public let org: Org.ID
        /// The operation that tells of it.
        public let operation: String
        /// How many subscriptions end.
        public let subscriptions: Int
        /// Why, in the owner's words.
        public let reason: String?

        /// Tells of it.
        package init(org: Org.ID, operation: String, subscriptions: Int, reason: String?) {
            self.org = org
            self.operation = operation
            self.subscriptions = subscriptions
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "deletion of the org begun, \(subscriptions) subscriptions end first" }
        /// The facts.
        public var data: [String: JSONValue] {
            [
                "step": "begun", "operation": .string(operation), "subscriptions": .integer(Int64(subscriptions)),
                "reason": reason.map { .string($0) } ?? .null,
            ]
        }
    }
}

extension OrgsAudit {
    /// A deleted org works again.
    public struct OrgWasRestored: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_restored", .high, [.org])
        /// The org.
        public let org: Org.ID

        /// Tells of it.
        package init(org: Org.ID) {
            self.org = org
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "org restored" }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("state", from: "deleted", to: "active")] }
    }
}

extension OrgsAudit {
    /// An org was erased.
    public struct OrgWasPurged: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_purged", .critical, [.org])
        /// The org.
        public let org: Org.ID
        /// How many memberships ended with it.
        public let endedMemberships: Int

        /// Tells of it.
        package init(org: Org.ID, endedMemberships: Int) {
            self.org = org
            self.endedMemberships = endedMemberships
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "org purged, \(endedMemberships) memberships ended" }
        /// The facts.
        public var data: [String: JSONValue] { ["ended_memberships": .integer(Int64(endedMemberships))] }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("state", from: "purging", to: "purged")] }
        /// There is one purge of an org.
        public var deduplicationKey: String? { "org_purged:\(org)" }
    }
}
