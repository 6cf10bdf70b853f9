public import Audit
public import Core
package import Operations

/// All backups of a graph were removed at its owner's wish.
public struct BackupsErasedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupsErased
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph and its org.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): all backups removed" }
    /// How many.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph in use has no recent backup.
public struct BackupCoverageMissing: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupCoverageMissing
    private let facts: GraphLifeFacts
    private let day: String

    /// Records it, once for each graph and day.
    package init(_ graph: Graph, day: String) {
        facts = GraphLifeFacts(graph, operation: nil, data: ["day": .string(day)])
        self.day = day
    }

    /// The graph and its org.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): no backup for two days" }
    /// The day on which it was found.
    public var data: [String: JSONValue] { facts.data }
    /// Once for each graph and day.
    public var deduplicationKey: String? { "backup_coverage_missing \(facts.graph) \(day)" }
}

/// The store does not hold a backup any more that the records say is there: it cannot be restored or downloaded.
public struct BackupObjectMissing: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupObjectMissing
    private let facts: BackupFacts
    private let key: String

    /// Records it, once for each time that it began to be missing.
    package init(_ graph: Graph, _ backup: GraphBackup, since: Instant) {
        facts = BackupFacts(graph, backup, data: ["since": .string(since.description)])
        key = "backup_object_missing \(backup.id) \(since)"
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): a backup is not in the store any more" }
    /// Since when.
    public var data: [String: JSONValue] { facts.data }
    /// Once for each time that it began.
    public var deduplicationKey: String? { key }
}
