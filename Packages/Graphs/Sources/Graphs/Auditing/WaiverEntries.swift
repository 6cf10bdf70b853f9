public import Audit
public import Core
package import Operations

extension GraphAuditTypes {
    /// A final backup was given up with the host.
    public static let finalBackupWaived = AuditEventType(
        "final_backup_waived", risk: .critical, class: .graph, component: "graphs", requires: [.graph, .org])
    /// Operators ended a graph.
    public static let adminDeprovisioned = AuditEventType(
        "graph_admin_deprovisioned", risk: .critical, class: .graph, component: "graphs", requires: [.graph, .org])
    /// Those about graphs that end without a final backup (AUD-122, AUD-125).
    public static let waivers: [AuditEventType] = [finalBackupWaived, adminDeprovisioned]
}

/// The final backup of a graph whose host is lost was waived.
public struct FinalBackupWaived: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.finalBackupWaived
    private let facts: GraphLifeFacts
    private let host: GraphHost
    private let newest: GraphBackup?
    private let reason: String

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID, host: GraphHost, newest: GraphBackup?, because reason: String) {
        facts = GraphLifeFacts(graph, operation: operation, data: [:])
        self.host = host
        self.newest = newest
        self.reason = reason
    }

    /// The graph, its org, the operation, the host and the newest backup that there is.
    public var references: AuditReferences {
        facts.references.adding(AuditReference(host.id)).adding(newest.map { AuditReference($0.id) })
    }
    /// One line.
    public var summary: String { "graph \(facts.graph): no final backup, its host \(host.id) is lost" }
    /// The name of the host, and the time of the data of the newest backup.
    public var data: [String: JSONValue] {
        ["host": .string(host.name), "data_as_of": newest.map { .string($0.createdAt.description) } ?? .null]
    }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}

/// Operators let the destruction of a graph end without its host.
public struct GraphAdminDeprovisioned: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.adminDeprovisioned
    private let facts: GraphLifeFacts
    private let host: GraphHost
    private let reason: String

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID, host: GraphHost, because reason: String) {
        facts = GraphLifeFacts(graph, operation: operation, data: ["host": .string(host.name)])
        self.host = host
        self.reason = reason
    }

    /// The graph, its org, the operation and the host.
    public var references: AuditReferences { facts.references.adding(AuditReference(host.id)) }
    /// One line.
    public var summary: String { "graph \(facts.graph): ended by operators, its host \(host.id) is lost" }
    /// The name of the host.
    public var data: [String: JSONValue] { facts.data }
    /// Why, in the operator's own words.
    public var personal: [String: JSONValue] { ["reason": .string(reason)] }
    /// Operators alone read it.
    public var isPersonalShared: Bool { false }
}
