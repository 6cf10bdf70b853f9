public import Audit
public import Core

/// What the log says of operators (AUD-131).
public enum OperatorAudit {
    /// The rows of the catalogue.
    public static let types: [AuditEventType] = [
        OperatorCreated.type, OperatorDisabled.type, OperatorSignInFailed.type, AdminAction.type,
    ]

    static func type(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .platform, component: "admin", requires: [.operator])
    }
}

/// An operator was admitted.
public struct OperatorCreated: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_created", .high)
    /// Who.
    public let id: Operator.ID
    /// As what.
    public let role: OperatorRole

    /// Tells of it.
    package init(id: Operator.ID, role: OperatorRole) {
        self.id = id
        self.role = role
    }

    /// The operator.
    public var references: AuditReferences { AuditReferences(AuditReference(id)) }
    /// One line.
    public var summary: String { "\(id) admitted as \(role.rawValue)" }
    /// The role.
    public var data: [String: JSONValue] { ["role": .string(role.rawValue)] }
}

/// An operator was ended.
public struct OperatorDisabled: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_disabled", .high)
    /// Who.
    public let id: Operator.ID
    /// Why.
    public let reason: String

    /// Tells of it.
    package init(id: Operator.ID, reason: String) {
        self.id = id
        self.reason = reason
    }

    /// The operator.
    public var references: AuditReferences { AuditReferences(AuditReference(id)) }
    /// One line.
    public var summary: String { "\(id) ended" }
    /// Why, in somebody's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// An operator reads mail at another address from now on.
public struct OperatorAddressChanged: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_address_changed", .high)
    /// Who.
    public let id: Operator.ID
    /// Why.
    public let reason: String

    /// Tells of it.
    package init(id: Operator.ID, reason: String) {
        self.id = id
        self.reason = reason
    }

    /// The operator.
    public var references: AuditReferences { AuditReferences(AuditReference(id)) }
    /// One line.
    public var summary: String { "\(id) reads mail at another address" }
    /// Why, in somebody's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// A token of an operator was shown that does not work any more, or not from there.
public struct OperatorSignInFailed: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("operator_sign_in_failed", .high)
    /// Whose token.
    public let id: Operator.ID
    /// From where.
    public let client: NetworkClient
    /// Why, in a fixed word.
    public let reason: String

    /// Tells of it.
    package init(id: Operator.ID, client: NetworkClient, reason: String) {
        self.id = id
        self.client = client
        self.reason = reason
    }

    /// The operator and the network.
    public var references: AuditReferences { AuditReferences(AuditReference(id), AuditReference(client)) }
    /// One line.
    public var summary: String { "token of \(id) refused: \(reason)" }
    /// Why.
    public var data: [String: JSONValue] { ["reason": .string(reason)] }
}

/// An operator called: every authenticated request, reads included (ADM-009).
public struct AdminAction: AuditEvent {
    /// The row of the catalogue.
    public static let type = OperatorAudit.type("admin_action", .low)
    /// Who.
    public let id: Operator.ID
    /// From where.
    public let client: NetworkClient
    /// Method and template of the route.
    public let route: String
    /// What the path named, by the names of its places.
    public let target: [String: String]
    /// The status of the answer.
    public let status: Int
    /// What the operator wrote why.
    public let reason: String?

    /// Tells of a call.
    package init(id: Operator.ID, client: NetworkClient, route: String, target: [String: String], status: Int, reason: String?) {
        self.id = id
        self.client = client
        self.route = route
        self.target = target
        self.status = status
        self.reason = reason
    }

    /// The operator and the network.
    public var references: AuditReferences { AuditReferences(AuditReference(id), AuditReference(client)) }
    /// One line.
    public var summary: String { "\(route) answered \(status)" }
    /// What was called.
    public var data: [String: JSONValue] {
        [
            "route": .string(route), "status": .integer(Int64(status)),
            "target": .object(target.mapValues { .string(String($0.prefix(64))) }),
        ]
    }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { reason.map { ["reason": .string($0)] } ?? [:] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}
