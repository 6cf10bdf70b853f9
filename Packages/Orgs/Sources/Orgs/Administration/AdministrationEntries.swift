public import Audit
public import Core

extension OrgsAudit {
    /// The limits of an org changed.
    public struct OrgLimitsChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_limits_changed", .medium, [.org])
        /// What they were.
        public let old: OrgLimits
        /// What they are.
        public let new: OrgLimits
        /// Why.
        public let reason: String

        /// Tells of it.
        package init(old: OrgLimits, new: OrgLimits, reason: String) {
            self.old = old
            self.new = new
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(new.org)) }
        /// One line.
        public var summary: String { "limits changed" }
        /// Why, in somebody's own words.
        public var personal: [String: JSONValue] { ["reason": .string(reason)] }
        /// What changed; no limit is null.
        public var changes: [AuditChange] {
            var changes: [AuditChange] = []
            if old.maxGraphs != new.maxGraphs {
                changes.append(AuditChange("max_graphs", from: old.maxGraphs.stored, to: new.maxGraphs.stored))
            }
            if old.maxMembers != new.maxMembers {
                changes.append(AuditChange("max_members", from: old.maxMembers.stored, to: new.maxMembers.stored))
            }
            return changes
        }
    }
}

extension Limit {
    fileprivate var stored: JSONValue { number.map { .integer(Int64($0)) } ?? .null }
}

extension OrgsAudit {
    /// An org became read-only.
    public struct OrgFrozen: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_frozen", .high, [.org])
        /// The org.
        public let org: Org.ID
        /// The class of reasons.
        public let reason: FreezeReason
        /// Why, in an operator's words.
        public let note: String

        /// Tells of it.
        package init(org: Org.ID, reason: FreezeReason, note: String) {
            self.org = org
            self.reason = reason
            self.note = note
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "org frozen: \(reason.rawValue)" }
        /// The class of reasons.
        public var data: [String: JSONValue] { ["reason_class": .string(reason.rawValue)] }
        /// Why, in an operator's words.
        public var personal: [String: JSONValue] { note.isEmpty ? [:] : ["reason": .string(note)] }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("state", from: "active", to: "frozen")] }
    }
}

extension OrgsAudit {
    /// A frozen org works again.
    public struct OrgThawed: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_thawed", .medium, [.org])
        /// The org.
        public let org: Org.ID
        /// Why, in an operator's words.
        public let note: String

        /// Tells of it.
        package init(org: Org.ID, note: String) {
            self.org = org
            self.note = note
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "org thawed" }
        /// Why, in an operator's words.
        public var personal: [String: JSONValue] { note.isEmpty ? [:] : ["reason": .string(note)] }
        /// What changed.
        public var changes: [AuditChange] { [AuditChange("state", from: "frozen", to: "active")] }
    }
}

extension OrgsAudit {
    /// A hold on the purge of an org was set or lifted.
    public struct OrgLegalHoldChanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_legal_hold_changed", .high, [.org])
        /// The org.
        public let org: Org.ID
        /// The reason there was.
        public let old: String?
        /// The reason there is.
        public let new: String?

        /// Tells of it.
        package init(org: Org.ID, old: String?, new: String?) {
            self.org = org
            self.old = old
            self.new = new
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { new == nil ? "legal hold lifted" : "legal hold set" }
        /// What changed.
        public var changes: [AuditChange] {
            [AuditChange("legal_hold", from: old.map { .string($0) } ?? .null, to: new.map { .string($0) } ?? .null)]
        }
    }
}

extension OrgsAudit {
    /// The counters of an org's limits were not what its places say.
    public struct OrgSlotsRepaired: AuditEvent {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("org_slots_repaired", .high, [.org])
        /// The org.
        public let org: Org.ID

        /// Tells of it.
        package init(org: Org.ID) {
            self.org = org
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(org)) }
        /// One line.
        public var summary: String { "counters of graph places repaired" }
    }
}
