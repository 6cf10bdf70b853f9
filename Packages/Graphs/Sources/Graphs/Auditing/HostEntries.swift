public import Audit
public import Core
package import Operations

extension GraphAuditTypes {
    /// A host was taken into the registry.
    public static let hostRegistered = AuditEventType(
        "graph_host_registered", risk: .medium, class: .graph, component: "graphs", requires: [.graphHost])
    /// A host was given up.
    public static let hostLost = AuditEventType(
        "graph_host_lost", risk: .critical, class: .graph, component: "graphs", requires: [.graphHost])
    /// A graph of a lost host is back.
    public static let recovered = AuditEventType(
        "graph_recovered", risk: .high, class: .graph, component: "graphs", requires: [.graph, .org])
    /// Those about hosts that are taken in (AUD-122).
    public static let hosts: [AuditEventType] = [hostRegistered]
    /// Those about hosts that are lost.
    public static let losses: [AuditEventType] = [hostLost, recovered]
    /// A graph is on another host.
    public static let moved = AuditEventType(
        "graph_moved", risk: .medium, class: .graph, component: "graphs", requires: [.graph, .org])
    /// What a graph had left on a host was dropped.
    public static let placeReleased = AuditEventType(
        "graph_place_released", risk: .medium, class: .graph, component: "graphs", requires: [.graph, .org, .graphHost])
    /// Those about graphs that go from host to host (GRA-100).
    public static let moves: [AuditEventType] = [moved, placeReleased]
}

/// A host was checked, and holds graphs from now on.
public struct GraphHostRegistered: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.hostRegistered
    private let host: NewGraphHost
    private let id: GraphHost.ID
    private let reason: String

    /// Records it.
    package init(_ host: NewGraphHost, id: GraphHost.ID, because reason: String) {
        self.host = host
        self.id = id
        self.reason = reason
    }

    /// The host.
    public var references: AuditReferences { AuditReferences(AuditReference(id)) }
    /// One line.
    public var summary: String { "\(id) holds graphs from now on" }
    /// Its name, and how much room it has.
    public var data: [String: JSONValue] {
        [
            "name": .string(host.name), "slots": .integer(Int64(host.slots)),
            "tiers": .array(host.tiers.map { .string($0.rawValue) }),
        ]
    }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// A host does not answer and was given up; its graphs are brought back on others.
public struct GraphHostLost: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.hostLost
    private let host: GraphHost
    private let graphs: Int
    private let withoutBackup: Int
    private let reason: String

    /// Records it.
    package init(_ host: GraphHost, graphs: Int, withoutBackup: Int, because reason: String) {
        self.host = host
        self.graphs = graphs
        self.withoutBackup = withoutBackup
        self.reason = reason
    }

    /// The host.
    public var references: AuditReferences { AuditReferences(AuditReference(host.id)) }
    /// One line.
    public var summary: String { "\(host.id) was given up with \(graphs) graphs" }
    /// How many graphs it held, and how many of them have no backup.
    public var data: [String: JSONValue] {
        [
            "name": .string(host.name), "graphs": .integer(Int64(graphs)), "without_backup": .integer(Int64(withoutBackup)),
            "state": .string(host.state.rawValue),
        ]
    }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// A graph of a lost host is back on another one, as its newest backup held it.
public struct GraphRecoveredEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.recovered
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org and the operation.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): recovered from a backup" }
    /// The backup, and the time of its data.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph was brought from one host to another.
public struct GraphMovedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.moved
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org and the operation.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): moved to another host" }
    /// The names of both hosts, how many subgraphs came along, and how many logins did not.
    public var data: [String: JSONValue] { facts.data }
}

/// The place that a graph had left was read once more, was as it had been left, and was dropped.
public struct GraphPlaceReleasedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.placeReleased
    private let facts: GraphLifeFacts
    private let host: GraphHost

    /// Records it.
    package init(_ graph: Graph, host: GraphHost) {
        facts = GraphLifeFacts(graph, operation: nil, data: ["host": .string(host.name)])
        self.host = host
    }

    /// The graph, its org and the host.
    public var references: AuditReferences { facts.references.adding(AuditReference(host.id)) }
    /// One line.
    public var summary: String { "graph \(facts.graph): what it had left on \(host.id) was dropped" }
    /// The name of the host.
    public var data: [String: JSONValue] { facts.data }
}
