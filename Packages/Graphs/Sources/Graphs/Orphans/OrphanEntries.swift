public import Audit
public import Core

extension GraphAuditTypes {
    private static func orphan(_ name: String, _ risk: AuditRisk, requires: [AuditReferenceKind] = []) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .graph, component: "graphs", requires: requires)
    }

    /// Something without its counterpart was found.
    public static let orphanFound = orphan("graph_orphan_found", .high)
    /// A left-over was removed, or set right.
    public static let orphanRemoved = orphan("graph_orphan_removed", .medium)
    /// Somebody ordered a repair.
    public static let orphanRepairOrdered = orphan("graph_orphan_repair_ordered", .high)
    /// Somebody said that a finding may stay.
    public static let orphanDismissed = orphan("graph_orphan_dismissed", .medium)
    /// Those about what has no counterpart, as they were registered at first: what was found had a host.
    public static let orphans: [AuditEventType] = [
        orphan("graph_orphan_found", .high, requires: [.graphHost]), orphan("graph_orphan_removed", .medium, requires: [.graphHost]),
    ]
    /// Those about orders, which came later.
    public static let orphanOrders: [AuditEventType] = [orphanRepairOrdered, orphanDismissed]
}

/// The facts of an entry about a finding.
private struct FindingFacts: Sendable, Hashable {
    let references: AuditReferences
    let text: String
    let data: [String: JSONValue]

    init(_ finding: OrphanFinding, host: GraphHost, since: Instant?) {
        self.init(
            finding, about: AuditReferences(AuditReference(host.id)).adding(finding.graph.map { AuditReference($0) }), since: since)
    }

    /// What was ordered refers to who ordered it as well: an object in the store of backups has neither a host nor a graph.
    init(_ finding: OrphanFinding, host: GraphHost?, order: StoredOrphan.Order) {
        let references = AuditReferences(order.person).adding(host.map { AuditReference($0.id) })
            .adding(finding.graph.map { AuditReference($0) })
        self.init(finding, about: references, since: nil)
    }

    init(_ finding: OrphanFinding, about references: AuditReferences, since: Instant?) {
        self.references = references
        text = "\(finding.kind.rawValue) \(finding.object)"
        var data: [String: JSONValue] = ["kind": .string(finding.kind.rawValue), "object": .string(finding.object)]
        data["since"] = since.map { .string($0.description) }
        self.data = data
    }
}

/// Something without its counterpart was seen twice.
public struct GraphOrphanFound: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.orphanFound
    private let facts: FindingFacts
    private let key: String

    /// Records it, once for each sighting that began then.
    package init(_ finding: OrphanFinding, host: GraphHost, since: Instant) {
        facts = FindingFacts(finding, host: host, since: since)
        key = "graph_orphan_found \(host.name) \(finding.kind.rawValue) \(finding.object) \(since)"
    }

    /// Records one of the records without its counterpart.
    package init(_ found: RecordFinding, since: Instant) {
        facts = FindingFacts(found.finding, about: found.references, since: since)
        key = "graph_orphan_found \(found.finding.place) \(found.finding.kind.rawValue) \(found.finding.object) \(since)"
    }

    /// The host, and the graph when there is one; of records what there is.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "without its counterpart: \(facts.text)" }
    /// What, where and since when.
    public var data: [String: JSONValue] { facts.data }
    /// A database that vanished cannot be mended by itself.
    public var deduplicationKey: String? { key }
}

/// A left-over was removed.
public struct GraphOrphanRemoved: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.orphanRemoved
    private let facts: FindingFacts

    /// Records what went by itself.
    package init(_ finding: OrphanFinding, host: GraphHost) {
        facts = FindingFacts(finding, host: host, since: nil)
    }

    /// Records what went by order.
    package init(_ finding: OrphanFinding, host: GraphHost?, order: StoredOrphan.Order) {
        facts = FindingFacts(finding, host: host, order: order)
    }

    /// The host, and the graph when there is one; of an order who gave it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "removed: \(facts.text)" }
    /// What and where.
    public var data: [String: JSONValue] { facts.data }
}

/// Somebody ordered the repair of a finding.
public struct GraphOrphanRepairOrdered: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.orphanRepairOrdered
    private let facts: FindingFacts
    private let repair: OrphanRepair
    private let reason: String

    /// Records it.
    package init(_ finding: OrphanFinding, repair: OrphanRepair, host: GraphHost?, order: StoredOrphan.Order) {
        facts = FindingFacts(finding, host: host, order: order)
        self.repair = repair
        reason = order.reason
    }

    /// Who ordered it, the host, and the graph when there is one.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "ordered to \(repair.rawValue): \(facts.text)" }
    /// What, where, how and why.
    public var data: [String: JSONValue] {
        facts.data.merging(["repair": .string(repair.rawValue), "reason": .string(reason)]) { $1 }
    }
}

/// Somebody said that a finding may stay.
public struct GraphOrphanDismissed: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.orphanDismissed
    private let facts: FindingFacts
    private let reason: String

    /// Records it.
    package init(_ finding: OrphanFinding, host: GraphHost?, order: StoredOrphan.Order) {
        facts = FindingFacts(finding, host: host, order: order)
        reason = order.reason
    }

    /// Who said so, the host, and the graph when there is one.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "may stay: \(facts.text)" }
    /// What, where and why.
    public var data: [String: JSONValue] { facts.data.merging(["reason": .string(reason)]) { $1 } }
}
