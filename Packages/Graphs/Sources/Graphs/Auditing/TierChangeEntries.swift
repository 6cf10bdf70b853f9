public import Audit
public import Core
package import Operations

/// A change of tier was accepted.
public struct GraphTierChangeStartedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.tierChangeStarted
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): another tier asked for" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph has another tier.
public struct GraphTierChangeCompletedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.tierChangeCompleted
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): has another tier" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A change of tier was taken back.
public struct GraphTierChangeRolledBackEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.tierChangeRolledBack
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): change of tier taken back" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}
