public import Audit
public import Core

extension GraphAuditTypes {
    private static func orphan(_ name: String, _ risk: AuditRisk, requires: [AuditReferenceKind] = []) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .graph, component: "graphs", requires: requires)
    }

    /// Something without its counterpart was found.
    public static let orphanFound = orphan("graph_orphan_found", .high)
    /// A left-over was removed.
    public static let orphanRemoved = orphan("graph_orphan_removed", .medium, requires: [.graphHost])
    /// Those about what has no counterpart, as they were registered at first: what was found had a host.
    public static let orphans: [AuditEventType] = [orphan("graph_orphan_found", .high, requires: [.graphHost]), orphanRemoved]
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

    /// Records it.
    package init(_ finding: OrphanFinding, host: GraphHost) {
        facts = FindingFacts(finding, host: host, since: nil)
    }

    /// The host, and the graph when there is one.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "removed: \(facts.text)" }
    /// What and where.
    public var data: [String: JSONValue] { facts.data }
}
