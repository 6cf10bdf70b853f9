public import Audit
public import Core
package import Operations

/// A creation was accepted.
public struct GraphCreateRequested: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.createRequested
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): creation asked for" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph is ready.
public struct GraphProvisionedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.provisioned
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): ready" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph could not be made, and nothing of it is left.
public struct GraphProvisionFailedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.provisionFailed
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): could not be made" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// An owner asked for a deletion.
public struct GraphDeleted: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.deleted
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): deletion asked for" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph was closed and is kept for a while.
public struct GraphSuspendedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.suspended
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): suspended" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph was opened again.
public struct GraphResumedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.resumed
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): resumed" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A destruction has begun.
public struct GraphTeardownStartedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.teardownStarted
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): destruction begun" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A graph is gone.
public struct GraphDeprovisionedEntry: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.deprovisioned
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): gone" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// An object on a host is not what the records say.
public struct GraphEngineDrift: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.engineDrift
    private let facts: GraphLifeFacts

    /// Records it.
    package init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue] = [:]) {
        facts = GraphLifeFacts(graph, operation: operation, data: data)
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): a foreign object on its host" }
    /// What else is known.
    public var data: [String: JSONValue] { facts.data }
}

/// A destruction has failed several times and goes on being tried (GRA-062).
public struct GraphTeardownStuck: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.teardownStuck
    private let facts: GraphLifeFacts
    private let step: String

    /// Records it, once for each step.
    package init(_ graph: Graph, operation: Operation.ID, step: String) {
        facts = GraphLifeFacts(graph, operation: operation, data: ["step": .string(step)])
        self.step = step
    }

    /// The graph, its org, and what pays for it and tells of it.
    public var references: AuditReferences { facts.references }
    /// One line.
    public var summary: String { "graph \(facts.graph): destruction stuck at \(step)" }
    /// The step.
    public var data: [String: JSONValue] { facts.data }
    /// Once for each graph and step.
    public var deduplicationKey: String? { "graph_teardown_stuck \(facts.graph) \(step)" }
}

/// A final backup is complete and was read back.
public struct FinalBackupCompleted: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.finalBackupCompleted
    private let graph: Graph
    private let backup: GraphBackup

    /// Records it.
    package init(_ graph: Graph, backup: GraphBackup) {
        self.graph = graph
        self.backup = backup
    }

    /// The graph, its org and the backup.
    public var references: AuditReferences {
        AuditReferences(AuditReference(graph.id), AuditReference(graph.org), AuditReference(backup.id))
    }
    /// One line.
    public var summary: String { "graph \(graph.id): final backup complete" }
    /// Sizes and digests.
    public var data: [String: JSONValue] {
        guard let archive = backup.archive else { return [:] }
        return [
            "nodes": .integer(archive.nodes), "edges": .integer(archive.edges), "stored_bytes": .integer(archive.storedBytes),
            "stored_sha256": .string(archive.storedDigest),
        ]
    }
    /// Once for each backup.
    public var deduplicationKey: String? { "final_backup_completed \(backup.id)" }
}

/// A login was made.
public struct GraphCredentialCreated: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.credentialCreated
    private let graph: Graph
    private let credential: GraphCredential

    /// Records it.
    package init(_ graph: Graph, credential: GraphCredential) {
        self.graph = graph
        self.credential = credential
    }

    /// The graph, its org and the credential.
    public var references: AuditReferences {
        AuditReferences(AuditReference(graph.id), AuditReference(graph.org), AuditReference(credential.id))
    }
    /// One line.
    public var summary: String { "graph \(graph.id): login \(credential.role) made" }
    /// What it may do.
    public var data: [String: JSONValue] { ["access": .string(credential.access.rawValue)] }
}

/// A login was revoked.
public struct GraphCredentialRevoked: AuditEvent {
    /// The row of the catalogue.
    public static let type = GraphAuditTypes.credentialRevoked
    private let graph: Graph
    private let credential: GraphCredential

    /// Records it.
    package init(_ graph: Graph, credential: GraphCredential) {
        self.graph = graph
        self.credential = credential
    }

    /// The graph, its org and the credential.
    public var references: AuditReferences {
        AuditReferences(AuditReference(graph.id), AuditReference(graph.org), AuditReference(credential.id))
    }
    /// One line.
    public var summary: String { "graph \(graph.id): login \(credential.role) revoked" }
}
