public import Audit
package import Billing
public import Core
package import Graphs
package import Identity

/// What operators do to subscriptions, hosts and people's secrets, in the log (AUD-131, AUD-132).
public enum OperatorWrites {
    /// The rows of the catalogue.
    public static let types: [AuditEventType] = [
        SubscriptionAdminChanged.type, GraphHostDrained.type, PersonalDataRevealed.type, WebhookUnparked.type,
    ]
}

/// An operator changed a subscription by one of its commands; what the command did has entries of its own.
public struct SubscriptionAdminChanged: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "subscription_admin_changed", risk: .high, class: .billing, component: "admin", requires: [.operator, .subscription])
    private let person: Operator.ID
    private let subscription: Subscription.ID
    private let org: OrgReference
    private let command: String
    private let reason: String

    /// Tells of it.
    package init(by person: Operator.ID, _ subscription: Subscription.ID, of org: OrgReference, command: String, because reason: String) {
        self.person = person
        self.subscription = subscription
        self.org = org
        self.command = command
        self.reason = reason
    }

    /// The operator, the subscription and its org.
    public var references: AuditReferences {
        AuditReferences(AuditReference(person), AuditReference(subscription), AuditReference(org))
    }
    /// One line.
    public var summary: String { "\(person) did \(command) on \(subscription)" }
    /// The command.
    public var data: [String: JSONValue] { ["command": .string(command)] }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// An operator let a host be emptied, take graphs again, or go for good.
public struct GraphHostDrained: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "graph_host_drained", risk: .medium, class: .platform, component: "admin", requires: [.operator, .graphHost])
    private let person: Operator.ID
    private let host: GraphHost.ID
    private let states: (before: String, after: String)
    private let reason: String

    /// Tells of it.
    package init(by person: Operator.ID, _ host: GraphHost.ID, from before: String, to after: String, because reason: String) {
        self.person = person
        self.host = host
        states = (before, after)
        self.reason = reason
    }

    /// The operator and the host.
    public var references: AuditReferences { AuditReferences(AuditReference(person), AuditReference(host)) }
    /// One line.
    public var summary: String { "\(host) went from \(states.before) to \(states.after)" }
    /// What changed.
    public var changes: [AuditChange] { [AuditChange("state", from: .string(states.before), to: .string(states.after))] }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// An operator had addresses and names shown that their role does not see in passing (ADM-008).
public struct PersonalDataRevealed: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "personal_data_revealed", risk: .medium, class: .platform, component: "admin", requires: [.operator])
    private let person: Operator.ID
    private let user: User.ID?
    private let list: String
    private let row: String
    private let reason: String

    /// Tells of it.
    package init(to person: Operator.ID, of user: User.ID?, list: String, row: String, because reason: String) {
        self.person = person
        self.user = user
        self.list = list
        self.row = row
        self.reason = reason
    }

    /// The operator, and the person where it is one.
    public var references: AuditReferences {
        guard let user else { return AuditReferences(AuditReference(person)) }
        return AuditReferences(AuditReference(person), AuditReference(user))
    }
    /// One line.
    public var summary: String { "\(person) had personal data of \(list) shown" }
    /// What was shown.
    public var data: [String: JSONValue] { ["list": .string(list), "row": .string(String(row.prefix(64)))] }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// An operator had a parked event of the payment provider processed again.
public struct WebhookUnparked: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "webhook_unparked", risk: .medium, class: .billing, component: "admin", requires: [.operator, .providerEvent])
    private let person: Operator.ID
    private let event: InboundEvent.ID
    private let before: String
    private let owner: InboundEvent.Assignment?
    private let reason: String

    /// Tells of it.
    package init(
        by person: Operator.ID, _ event: InboundEvent.ID, parkedFor before: String, assignedTo owner: InboundEvent.Assignment?,
        because reason: String
    ) {
        self.person = person
        self.event = event
        self.before = before
        self.owner = owner
        self.reason = reason
    }

    /// The operator and the event, and whose it is said to be.
    public var references: AuditReferences {
        AuditReferences(AuditReference(person), AuditReference(event)).adding(owner.map { AuditReference($0.org) })
            .adding(owner?.subscription.map { AuditReference($0) })
    }
    /// One line.
    public var summary: String { owner == nil ? "\(person) had \(event) processed again" : "\(person) said whose \(event) is" }
    /// Why it was parked.
    public var data: [String: JSONValue] { ["park_reason": .string(before)] }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// An operator laid a parked event of the payment provider aside.
public struct WebhookDiscarded: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "webhook_discarded", risk: .high, class: .billing, component: "admin", requires: [.operator, .providerEvent])
    private let person: Operator.ID
    private let event: InboundEvent.ID
    private let before: String
    private let reason: String

    /// Tells of it.
    package init(by person: Operator.ID, _ event: InboundEvent.ID, parkedFor before: String, because reason: String) {
        self.person = person
        self.event = event
        self.before = before
        self.reason = reason
    }

    /// The operator and the event.
    public var references: AuditReferences { AuditReferences(AuditReference(person), AuditReference(event)) }
    /// One line.
    public var summary: String { "\(person) laid \(event) aside" }
    /// Why it was parked.
    public var data: [String: JSONValue] { ["park_reason": .string(before)] }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}
