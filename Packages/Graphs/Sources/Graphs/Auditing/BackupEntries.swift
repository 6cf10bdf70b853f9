public import Audit
public import Core
package import Operations

extension GraphAuditTypes {
    private static func kept(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .graph, component: "graphs", requires: [.graph, .backup])
    }

    private static func graphs(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .graph, component: "graphs", requires: [.graph])
    }

    /// A person asked for a backup.
    public static let backupRequested = kept("backup_requested", .low)
    /// A backup is complete.
    public static let backupCompleted = kept("backup_completed", .low)
    /// A backup was given up.
    public static let backupFailed = kept("backup_failed", .high)
    /// A backup was removed at its end.
    public static let backupExpired = kept("backup_expired", .low)
    /// A link to a backup was handed out, or used for the first time.
    public static let backupDownloaded = kept("backup_downloaded", .medium)
    /// A graph is to be brought back to a backup.
    public static let restoreStarted = kept("backup_restore_started", .high)
    /// A graph was brought back to a backup.
    public static let restored = kept("backup_restored", .high)
    /// A graph could not be brought back to a backup, and is as it was.
    public static let restoreFailed = kept("backup_restore_failed", .high)
    /// All backups of a graph were removed at its owner's wish.
    public static let backupsErased = graphs("backups_erased", .high)
    /// A graph in use has no recent backup.
    public static let backupCoverageMissing = graphs("backup_coverage_missing", .high)
    /// A backup that was tried could not be restored.
    public static let backupDrillFailed = kept("backup_drill_failed", .critical)
    /// The store does not hold a backup any more that the records say is there.
    public static let backupObjectMissing = kept("backup_object_missing", .critical)
    /// Those about backups (AUD-125).
    public static let backups: [AuditEventType] = [
        backupRequested, backupCompleted, backupFailed, backupExpired, backupDownloaded, restoreStarted, restored, restoreFailed,
        backupsErased, backupCoverageMissing, backupDrillFailed, backupObjectMissing,
    ]
}

/// The facts of an entry about a backup, the same for all types.
struct BackupFacts: Sendable, Hashable {
    let references: AuditReferences
    let graph: GraphID
    let data: [String: JSONValue]

    init(_ graph: Graph, _ backup: GraphBackup, operation: Operation.ID? = nil, data: [String: JSONValue] = [:]) {
        references = AuditReferences(AuditReference(graph.id), AuditReference(graph.org), AuditReference(backup.id))
            .adding((operation ?? backup.operation).map { AuditReference($0) })
        self.graph = graph.id
        var data = data
        data["initiator"] = .string(backup.initiator.rawValue)
        self.data = data
    }
}

/// A person asked for a backup.
public struct BackupRequestedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupRequested
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup) {
        facts = BackupFacts(graph, backup)
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): backup asked for" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A backup is complete.
public struct BackupCompletedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupCompleted
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup) {
        facts = BackupFacts(graph, backup)
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): backup complete" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A backup was given up.
public struct BackupFailedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupFailed
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup) {
        facts = BackupFacts(graph, backup, data: ["reason": .string(backup.failure ?? "")])
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): backup given up" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A backup was removed at its end.
public struct BackupExpiredEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupExpired
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup, at instant: Instant) {
        facts = BackupFacts(graph, backup, data: ["removed_at": .string(instant.description)])
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): backup removed at its end" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A link to a backup was handed out.
public struct BackupDownloadLinkEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupDownloaded
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup, until end: Instant) {
        facts = BackupFacts(graph, backup, data: ["link_until": .string(end.description)])
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): link to a backup handed out" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// The contents of a backup were asked for by a link.
public struct BackupDownloadedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupDownloaded
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup) {
        facts = BackupFacts(graph, backup)
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): backup downloaded" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph is to be brought back to a backup.
public struct BackupRestoreStartedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.restoreStarted
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup, operation: Operation.ID, data: [String: JSONValue] = [:]) {
        facts = BackupFacts(graph, backup, operation: operation, data: data)
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): to be restored" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph was brought back to a backup.
public struct BackupRestoredEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.restored
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup, operation: Operation.ID, data: [String: JSONValue] = [:]) {
        facts = BackupFacts(graph, backup, operation: operation, data: data)
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): restored" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph could not be brought back to a backup, and is as it was.
public struct BackupRestoreFailedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.restoreFailed
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup, operation: Operation.ID, data: [String: JSONValue] = [:]) {
        facts = BackupFacts(graph, backup, operation: operation, data: data)
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): not restored" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A backup that was tried could not be restored.
public struct BackupDrillFailedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.backupDrillFailed
    private let facts: BackupFacts

    /// Records it.
    package init(_ graph: Graph, _ backup: GraphBackup, reason: String) {
        facts = BackupFacts(graph, backup, data: ["reason": .string(reason)])
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): a backup cannot be restored" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}
