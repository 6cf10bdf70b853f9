public import Audit
public import Core
public import Identity

extension OrgsAudit {
    /// An org was made.
    public struct OrgCreated: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_created", .low, [.org])
        /// The org.
        public let org: Org.ID
        /// Its owner.
        public let founder: User.ID
        /// Its kind.
        public let orgType: OrgType

        /// Tells of it.
        package init(org: Org.ID, founder: User.ID, orgType: OrgType) {
            self.org = org
            self.founder = founder
            self.orgType = orgType
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(founder)) }
        /// One line.
        public var summary: String { "org made: \(orgType.rawValue)" }
        /// The facts.
        public var data: [String: JSONValue] { ["org_type": .string(orgType.rawValue)] }
    }
}

extension OrgsAudit {
    /// An org got another name.
    public struct OrgUpdated: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_updated", .low, [.org])
        /// The org.
        public let org: Org.ID
        /// The name before.
        public let oldName: OrgName
        /// The name now.
        public let newName: OrgName

        /// Tells of it.
        package init(org: Org.ID, oldName: OrgName, newName: OrgName) {
            self.org = org
            self.oldName = oldName
            self.newName = newName
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "org renamed" }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("name", from: .string(oldName.description), to: .string(newName.description))] }
    }
}

extension OrgsAudit {
    /// An org got another kind.
    public struct OrgTypeChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_type_changed", .medium, [.org])
        /// The org.
        public let org: Org.ID
        /// The kind before.
        public let oldType: OrgType
        /// The kind now.
        public let newType: OrgType

        /// Tells of it.
        package init(org: Org.ID, oldType: OrgType, newType: OrgType) {
            self.org = org
            self.oldType = oldType
            self.newType = newType
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "org became \(newType.rawValue)" }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("org_type", from: .string(oldType.rawValue), to: .string(newType.rawValue))] }
    }
}

extension OrgsAudit {
    /// A person joined an org.
    public struct MemberAdded: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_member_added", .medium, [.org, .user, .membership])
        /// The org.
        public let org: Org.ID
        /// The person.
        public let user: User.ID
        /// The membership.
        public let membership: Membership.ID
        /// The role.
        public let role: OrgRole

        /// Tells of it.
        package init(org: Org.ID, user: User.ID, membership: Membership.ID, role: OrgRole) {
            self.org = org
            self.user = user
            self.membership = membership
            self.role = role
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(user), AuditReference(membership)) }
        /// One line.
        public var summary: String { "joined as \(role.rawValue)" }
        /// The facts.
        public var data: [String: JSONValue] { ["role": .string(role.rawValue)] }
    }
}

extension OrgsAudit {
    /// The role of a member changed.
    public struct MemberRoleChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_member_role_changed", .medium, [.org, .user, .membership])
        /// The org.
        public let org: Org.ID
        /// The person.
        public let user: User.ID
        /// The membership.
        public let membership: Membership.ID
        /// The role before.
        public let oldRole: OrgRole
        /// The role now.
        public let newRole: OrgRole

        /// Tells of it.
        package init(org: Org.ID, user: User.ID, membership: Membership.ID, oldRole: OrgRole, newRole: OrgRole) {
            self.org = org
            self.user = user
            self.membership = membership
            self.oldRole = oldRole
            self.newRole = newRole
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(user), AuditReference(membership)) }
        /// One line.
        public var summary: String { "role changed from \(oldRole.rawValue) to \(newRole.rawValue)" }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("role", from: .string(oldRole.rawValue), to: .string(newRole.rawValue))] }
        /// High when admin rights are given.
        public var risk: AuditRisk { newRole > oldRole ? .high : .medium }
    }
}

extension OrgsAudit {
    /// A member was removed.
    public struct MemberRemoved: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_member_removed", .medium, [.org, .user, .membership])
        /// The org.
        public let org: Org.ID
        /// The person.
        public let user: User.ID
        /// The membership.
        public let membership: Membership.ID
        /// How many keys ended with it.
        public let revokedKeys: Int

        /// Tells of it.
        package init(org: Org.ID, user: User.ID, membership: Membership.ID, revokedKeys: Int) {
            self.org = org
            self.user = user
            self.membership = membership
            self.revokedKeys = revokedKeys
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(user), AuditReference(membership)) }
        /// One line.
        public var summary: String { "removed, \(revokedKeys) keys ended" }
        /// The facts.
        public var data: [String: JSONValue] { ["revoked_keys": .integer(Int64(revokedKeys))] }
    }
}

extension OrgsAudit {
    /// A member left.
    public struct MemberLeft: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_member_left", .low, [.org, .user, .membership])
        /// The org.
        public let org: Org.ID
        /// The person.
        public let user: User.ID
        /// The membership.
        public let membership: Membership.ID
        /// How many keys ended with it.
        public let revokedKeys: Int

        /// Tells of it.
        package init(org: Org.ID, user: User.ID, membership: Membership.ID, revokedKeys: Int) {
            self.org = org
            self.user = user
            self.membership = membership
            self.revokedKeys = revokedKeys
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org), AuditReference(user), AuditReference(membership)) }
        /// One line.
        public var summary: String { "left, \(revokedKeys) keys ended" }
        /// The facts.
        public var data: [String: JSONValue] { ["revoked_keys": .integer(Int64(revokedKeys))] }
    }
}
