public import Core

/// What the server found when it verified its own log (AUD-052).
public struct AuditVerifiedFacts: Sendable, Hashable {
    /// The process that looked.
    public let node: Node.ID
    /// How many links were looked at.
    public let checked: Int64
    /// The last link of the log, in the order of sealing.
    public let newest: Int64
    /// Up to which link the rolling share has got.
    public let rolledTo: Int64
    /// How many things were wrong.
    public let faults: Int64

    /// Tells of a verification.
    public init(node: Node.ID, checked: Int64, newest: Int64, rolledTo: Int64, faults: Int64) {
        self.node = node
        self.checked = checked
        self.newest = newest
        self.rolledTo = rolledTo
        self.faults = faults
    }

    var data: [String: JSONValue] {
        ["checked": .integer(checked), "newest": .integer(newest), "rolled_to": .integer(rolledTo), "faults": .integer(faults)]
    }
}

/// A part of the log was verified, and everything was right.
public struct AuditVerified: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType("audit_verified", risk: .low, class: .platform, component: "platform", requires: [.node])
    private let facts: AuditVerifiedFacts

    /// Tells of it.
    package init(_ facts: AuditVerifiedFacts) {
        self.facts = facts
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(facts.node)) }
    /// One line.
    public var summary: String { "\(facts.checked) links verified" }
    /// What was looked at.
    public var data: [String: JSONValue] { facts.data }
}

/// A part of the log was verified, and something was wrong.
public struct AuditVerificationFailed: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "audit_verification_failed", risk: .critical, class: .platform, component: "platform", requires: [.node])
    private let facts: AuditVerifiedFacts
    private let findings: [String]

    /// Tells of it; the first findings stand in the entry, all of them in the log lines.
    package init(_ facts: AuditVerifiedFacts, findings: [String]) {
        self.facts = facts
        self.findings = findings
    }

    /// The process.
    public var references: AuditReferences { AuditReferences(AuditReference(facts.node)) }
    /// One line.
    public var summary: String { "\(facts.faults) faults in \(facts.checked) links" }
    /// What was wrong.
    public var data: [String: JSONValue] {
        facts.data.merging(["findings": .array(findings.prefix(20).map { .string(String($0.prefix(200))) })]) { first, _ in first }
    }
}

/// The types of verification, which the log writes about itself.
public enum VerificationAuditEvents {
    /// Their rows of the catalogue.
    public static let types = [AuditVerified.type, AuditVerificationFailed.type]
}
