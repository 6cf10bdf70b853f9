public import Audit
public import Core
package import Operations

extension GraphAuditTypes {
    /// A subgraph is ready.
    public static let subgraphCreated = AuditEventType(
        "subgraph_created", risk: .low, class: .graph, component: "graphs", requires: [.graph, .operation])
    /// A subgraph is gone.
    public static let subgraphDeleted = AuditEventType(
        "subgraph_deleted", risk: .medium, class: .graph, component: "graphs", requires: [.graph, .operation])
    /// Those about subgraphs.
    public static let subgraphs: [AuditEventType] = [subgraphCreated, subgraphDeleted]
}

/// A subgraph is ready.
public struct SubgraphCreatedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.subgraphCreated
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The subgraph, its org, and what tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "subgraph \(facts.graph): ready" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A subgraph is gone, and its last backup is kept.
public struct SubgraphDeletedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.subgraphDeleted
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The subgraph, its org, and what tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "subgraph \(facts.graph): gone" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}
