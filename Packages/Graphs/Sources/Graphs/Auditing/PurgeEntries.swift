public import Audit
public import Core
package import Operations

/// The purge of a graph was held.
public struct GraphPurgeHeldEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.purgeHeld
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): its purge is held" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// The purge of a graph was let go.
public struct GraphPurgeReleasedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.purgeReleased
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): its purge is let go" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// The purge of a graph was put off, since something stands in its way.
public struct GraphPurgeDeferredEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.purgeDeferred
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): its purge is put off" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
    /// Once for each suspension and time to which it is put off.
    public var deduplicationKey: String? {
        "graph_purge_deferred \(facts.graph) \(facts.since) \(facts.data["purge_at"]?.stringValue ?? "")"
    }
}

/// Name, description or tags of a graph were changed.
public struct GraphMetadataChangedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.metadataChanged
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): metadata changed" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}
