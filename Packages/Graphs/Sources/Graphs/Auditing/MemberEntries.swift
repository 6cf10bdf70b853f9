public import Audit
public import Core
package import Identity
internal import Orgs

extension GraphAuditTypes {
    private static func people(_ name: String) -> AuditEventType {
        AuditEventType(name, risk: .medium, class: .graph, component: "graphs", requires: [.graph, .user])
    }

    /// A role was granted.
    public static let memberAdded = people("graph_member_added")
    /// A role was changed.
    public static let memberRoleChanged = people("graph_member_role_changed")
    /// A role was taken back.
    public static let memberRemoved = people("graph_member_removed")
    /// A login was replaced by another.
    public static let credentialRotated = AuditEventType(
        "graph_credential_rotated", risk: .medium, class: .graph, component: "graphs", requires: [.graph, .graphCredential])
    /// Those about people (AUD-124), and about replaced logins.
    public static let people: [AuditEventType] = [memberAdded, memberRoleChanged, memberRemoved, credentialRotated]
}

/// The facts of an entry about a role on a graph.
private struct MemberFacts: Sendable, Hashable {
    let references: AuditReferences
    let graph: GraphID
    let data: [String: JSONValue]

    init(_ graph: Graph, _ user: User.ID, from old: GraphRole?, to new: GraphRole?) {
        references = AuditReferences(AuditReference(graph.id), AuditReference(graph.org), AuditReference(user))
        self.graph = graph.id
        data = ["old_role": old.map { .string($0.rawValue) } ?? .null, "new_role": new.map { .string($0.rawValue) } ?? .null]
    }
}

/// A role was granted.
public struct GraphMemberAdded: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.memberAdded
    private let facts: MemberFacts

    /// Records it.
    package init(_ graph: Graph, _ user: User.ID, _ role: GraphRole) {
        facts = MemberFacts(graph, user, from: nil, to: role)
    }

    /// The graph, its org and the person.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): a role was granted" }
    /// Old and new role.
    public var data: [String: JSONValue] { facts.data }
}

/// A role was changed.
public struct GraphMemberRoleChanged: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.memberRoleChanged
    private let facts: MemberFacts

    /// Records it.
    package init(_ graph: Graph, _ user: User.ID, from old: GraphRole, to new: GraphRole) {
        facts = MemberFacts(graph, user, from: old, to: new)
    }

    /// The graph, its org and the person.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): a role was changed" }
    /// Old and new role.
    public var data: [String: JSONValue] { facts.data }
}

/// A role was taken back.
public struct GraphMemberRemoved: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.memberRemoved
    private let facts: MemberFacts

    /// Records it.
    package init(_ graph: Graph, _ user: User.ID, _ role: GraphRole) {
        facts = MemberFacts(graph, user, from: role, to: nil)
    }

    /// The graph, its org and the person.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): a role was taken back" }
    /// Old and new role.
    public var data: [String: JSONValue] { facts.data }
}

/// A login was replaced by another.
public struct GraphCredentialRotated: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.credentialRotated
    private let graph: Graph
    private let old: GraphCredential
    private let new: GraphCredential

    /// Records it.
    package init(_ graph: Graph, from old: GraphCredential, to new: GraphCredential) {
        self.graph = graph
        self.old = old
        self.new = new
    }

    /// The graph, its org and the login that was replaced.
    public var references: AuditReferences {
        AuditReferences(AuditReference(graph.id), AuditReference(graph.org), AuditReference(old.id))
    }
    /// One line.
    public var summary: String { "graph \(graph.id): a login was replaced" }
    /// By which, and until when the old one works.
    public var data: [String: JSONValue] {
        [
            "replaced_by": .string(new.id.description),
            "old_works_until": old.expiresAt.map { .string($0.description) } ?? .null,
        ]
    }
}
