public import Audit
public import Core

extension GraphAuditTypes {
    /// Somebody is told that a graph fills up.
    public static let capacityWarning = AuditEventType(
        "graph_capacity_warning", risk: .medium, class: .graph, component: "graphs", requires: [.graph])
    /// Those about room (AUD-123).
    public static let capacity: [AuditEventType] = [capacityWarning]
}

/// A graph has come near its cap, or above it, and whoever looks after it is told.
public struct GraphCapacityWarning: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.capacityWarning
    private let facts: GraphLifeFacts
    private let percent: Int

    /// Records it.
    package init(_ graph: Graph, percent: Int, bytes: Int64, cap: Int64) {
        facts = GraphLifeFacts(
            graph, operation: nil, data: ["percent": .integer(Int64(percent)), "bytes": .integer(bytes), "cap": .integer(cap)])
        self.percent = percent
    }

    /// The graph and its org.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): \(percent) percent of its storage" }
    /// Its size, and the cap.
    public var data: [String: JSONValue] { facts.data }
}
