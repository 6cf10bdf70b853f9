public import Core

/// A caller asked for a role or a permission above the own one (AUD-126).
public struct PrivilegeEscalationAttempt: AuditEvent {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "privilege_escalation_attempt", risk: .high, class: .security, component: "platform", requires: [.user, .networkClient])
    /// Who asked.
    public let user: AuditReference
    /// Where the caller came from.
    public let client: NetworkClient
    /// The template of the route that was called.
    public let route: String
    /// What was asked for, in a fixed word.
    public let wanted: String

    /// Tells of an attempt. The actor's own reference is the user's.
    public init<Person: AuditReferable>(user: Identifier<Person>, client: NetworkClient, route: String, wanted: String) {
        self.user = AuditReference(user)
        self.client = client
        self.route = route
        self.wanted = wanted
    }

    /// The person and the network.
    public var references: AuditReferences { AuditReferences(user, AuditReference(client)) }
    /// One line.
    public var summary: String { "asked on \(route) for more than the own role: \(wanted)" }
    /// What was asked for, and where.
    public var data: [String: JSONValue] { ["route": .string(route), "wanted": .string(wanted)] }
}

/// A caller named an org that the caller does not belong to (AUD-126).
public struct CrossTenantAttempt: ClientDenial {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "cross_tenant_attempt", risk: .high, class: .security, component: "platform", requires: [.user, .networkClient])
    /// Who asked.
    public let user: AuditReference
    /// Where the caller came from.
    public let client: NetworkClient
    /// The template of the route that was called.
    public let route: String

    /// Tells of an attempt. The foreign thing itself is not referred to: its org must not learn who looked for it, nor the caller that it exists.
    public init<Person: AuditReferable>(user: Identifier<Person>, client: NetworkClient, route: String) {
        self.user = AuditReference(user)
        self.client = client
        self.route = route
    }

    /// The person.
    public var caller: AuditReference? { user }
    /// The person and the network.
    public var references: AuditReferences { AuditReferences(user, AuditReference(client)) }
    /// One line.
    public var summary: String { "asked on \(route) for what belongs to another org" }
    /// Where it was tried.
    public var data: [String: JSONValue] { ["route": .string(route)] }
}

/// A link of a mail was refused: not one of ours, or too old (AUD-126).
public struct LinkTokenRejected: ClientDenial {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "link_token_rejected", risk: .medium, class: .security, component: "platform", requires: [.networkClient])
    /// Where the caller came from.
    public let client: NetworkClient
    /// The template of the route that was called; the token is never stored, not even hashed (AUD-054).
    public let route: String
    /// Why it was refused, in a fixed word.
    public let reason: String

    /// Tells of a refusal.
    public init(client: NetworkClient, route: String, reason: String) {
        self.client = client
        self.route = route
        self.reason = reason
    }

    /// One line.
    public var summary: String { "link refused on \(route): \(reason)" }
    /// Where, and why.
    public var data: [String: JSONValue] { ["route": .string(route), "reason": .string(reason)] }
}

/// A link of a mail that had done its work came again (AUD-126): by the person, by a program that looks at mails, or by somebody else.
public struct LinkTokenReplayed: ClientDenial {
    /// The row of the catalogue.
    public static let type = AuditEventType(
        "link_token_replayed", risk: .low, class: .security, component: "platform", requires: [.networkClient])
    /// Where the caller came from.
    public let client: NetworkClient
    /// The template of the route that was called.
    public let route: String

    /// Tells of a link that came again; it did nothing.
    public init(client: NetworkClient, route: String) {
        self.client = client
        self.route = route
    }

    /// One line.
    public var summary: String { "a used link came again on \(route)" }
}
