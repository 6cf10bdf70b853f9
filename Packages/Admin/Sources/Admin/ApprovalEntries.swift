public import Audit
package import Billing
public import Core
package import Identity

/// What two operators decide together, in the log (AUD-112, AUD-131).
public enum ApprovalAudit {
    /// The rows of the catalogue.
    public static let types: [AuditEventType] = [ApprovalRequested.type, ApprovalGiven.type, ApprovalRefused.type, AdminOverride.type]

    static func data(_ approval: OperatorApproval.ID, _ operation: String, _ asker: Operator.ID) -> [String: JSONValue] {
        [
            "approval_id": .string(approval.description), "operation": .string(operation), "asked_by": .string(asker.description),
        ]
    }
}

/// An operator asked for something that takes two.
public struct ApprovalRequested: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("approval_requested", .medium)
    private let approval: OperatorApproval.ID
    private let asker: Operator.ID
    private let operation: String
    private let reason: String

    /// Tells of it.
    package init(_ approval: OperatorApproval.ID, by asker: Operator.ID, for operation: String, because reason: String) {
        self.approval = approval
        self.asker = asker
        self.operation = operation
        self.reason = reason
    }

    /// Who asked.
    public var references: AuditReferences { AuditReferences(AuditReference(asker)) }
    /// One line.
    public var summary: String { "\(asker) asks for consent to \(operation)" }
    /// What for.
    public var data: [String: JSONValue] { ApprovalAudit.data(approval, operation, asker) }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// What the entries about a second operator's decision have in common.
protocol ApprovalDecision: AuditEvent {
    var approval: OperatorApproval { get }
    var person: Operator.ID { get }
    var reason: String { get }
}

extension ApprovalDecision {
    /// Who decided.
    public var references: AuditReferences { AuditReferences(AuditReference(person)) }
    /// About what.
    public var data: [String: JSONValue] { ApprovalAudit.data(approval.id, approval.command.operation, approval.asker) }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// A second operator consented.
public struct ApprovalGiven: ApprovalDecision {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("approval_given", .high)
    let approval: OperatorApproval
    let person: Operator.ID
    let reason: String

    /// Tells of it.
    package init(_ approval: OperatorApproval, by person: Operator.ID, because reason: String) {
        self.approval = approval
        self.person = person
        self.reason = reason
    }

    /// One line.
    public var summary: String { "\(person) consents to \(approval.command.operation) of \(approval.asker)" }
}

/// A second operator did not consent.
public struct ApprovalRefused: ApprovalDecision {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("approval_refused", .medium)
    let approval: OperatorApproval
    let person: Operator.ID
    let reason: String

    /// Tells of it.
    package init(_ approval: OperatorApproval, by person: Operator.ID, because reason: String) {
        self.approval = approval
        self.person = person
        self.reason = reason
    }

    /// One line.
    public var summary: String { "\(person) does not consent to \(approval.command.operation) of \(approval.asker)" }
}

/// An operator orders what the customers' own command refuses to them (ADM-012).
public struct AdminOverride: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "admin_override", risk: .high, class: .billing, component: "admin", requires: [.operator, .subscription])
    private let person: Operator.ID
    private let subscription: Subscription.ID
    private let org: OrgReference
    private let command: String
    private let rule: String
    private let reason: String

    /// Tells of it.
    ///
    /// - Parameter rule: the code by which a customer would be refused.
    package init(
        by person: Operator.ID, _ subscription: Subscription.ID, of org: OrgReference, command: String, over rule: String,
        because reason: String
    ) {
        self.person = person
        self.subscription = subscription
        self.org = org
        self.command = command
        self.rule = rule
        self.reason = reason
    }

    /// The operator, the subscription and its org.
    public var references: AuditReferences {
        AuditReferences(AuditReference(person), AuditReference(subscription), AuditReference(org))
    }
    /// One line.
    public var summary: String { "\(person) orders \(command) of \(subscription), which customers are refused by \(rule)" }
    /// The command and the rule.
    public var data: [String: JSONValue] { ["command": .string(command), "rule": .string(rule)] }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}
