public import Audit
public import Core

extension OrgsAudit {
    /// The rules of an org changed.
    public struct OrgSecurityChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_security_changed", .medium, [.org])
        /// The org.
        public let org: Org.ID
        /// What they were.
        public let old: OrgSecurity
        /// What they are.
        public let new: OrgSecurity

        /// Tells of it.
        package init(org: Org.ID, old: OrgSecurity, new: OrgSecurity) {
            self.org = org
            self.old = old
            self.new = new
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "security settings changed" }
        /// What changed.
        public var changes: [AuditChange] {
            zip(old.fields, new.fields).filter { $0.1 != $1.1 }.map { AuditChange($0.0, from: $0.1, to: $1.1) }
        }
    }

    /// Support may write in an org for a while.
    public struct SupportAccessGranted: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("support_access_granted", .high, [.org])
        /// The org.
        public let org: Org.ID
        /// Until when.
        public let until: Instant

        /// Tells of it.
        package init(org: Org.ID, until: Instant) {
            self.org = org
            self.until = until
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "support may write until \(until)" }
        /// The facts.
        public var data: [String: JSONValue] { ["until": .string(until.description)] }
    }

    /// Support may not write any more.
    public struct SupportAccessEnded: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("support_access_ended", .low, [.org])
        /// The org.
        public let org: Org.ID

        /// Tells of it.
        package init(org: Org.ID) {
            self.org = org
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "support access ended" }
    }
}

extension OrgSecurity {
    fileprivate var fields: [(String, JSONValue)] {
        [
            ("mfa_rule", .string(secondFactorRule.rawValue)),
            ("invitation_domains", invitationDomains.map { .array($0.map { .string($0) }) } ?? .null),
            ("support_access_until", supportAccessUntil.map { .string($0.description) } ?? .null),
        ]
    }
}
