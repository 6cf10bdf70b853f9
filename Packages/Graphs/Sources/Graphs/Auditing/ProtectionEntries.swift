public import Audit
public import Core
package import Operations

extension GraphAuditTypes {
    /// A graph was protected from deletion, or is no longer.
    public static let protectionChanged = AuditEventType(
        "graph_protection_changed", risk: .medium, class: .graph, component: "graphs", requires: [.graph, .org])
    /// Those about protection.
    public static let protection: [AuditEventType] = [protectionChanged]
}

/// A graph was protected from deletion, or is no longer.
public struct GraphProtectionChangedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.protectionChanged
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph and its org.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): protection changed" }
    /// Whether it is protected now.
    public var data: [String: JSONValue] { facts.data }
}
