public import Audit
internal import Billing
internal import Core
internal import Operations
internal import Orgs

extension GraphID: AuditReferableText {
    /// `graph`
    public static var auditKind: AuditReferenceKind { .graph }
    /// The id.
    public var auditKey: String { description }
}

extension GraphBackup: AuditReferable {
    /// `backup`
    public static var auditKind: AuditReferenceKind { .backup }
}

extension GraphCredential: AuditReferable {
    /// `graph_credential`
    public static var auditKind: AuditReferenceKind { .graphCredential }
}

extension GraphHost: AuditReferable {
    /// `graph_host`
    public static var auditKind: AuditReferenceKind { .graphHost }
}

/// The types of the log that Graphs writes (AUD-122, AUD-123, AUD-125).
public enum GraphAuditTypes {
    private static func life(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .graph, component: "graphs", requires: [.graph, .org])
    }

    private static func credential(_ name: String) -> AuditEventType {
        AuditEventType(name, risk: .medium, class: .graph, component: "graphs", requires: [.graph, .graphCredential])
    }

    /// A creation was accepted.
    public static let createRequested = life("graph_create_requested", .low)
    /// A graph is ready.
    public static let provisioned = life("graph_provisioned", .low)
    /// A graph could not be made.
    public static let provisionFailed = life("graph_provision_failed", .high)
    /// A deletion was asked for.
    public static let deleted = life("graph_deleted", .medium)
    /// A graph was closed and is kept.
    public static let suspended = life("graph_suspended", .medium)
    /// A graph was opened again.
    public static let resumed = life("graph_resumed", .medium)
    /// A destruction has begun.
    public static let teardownStarted = life("graph_teardown_started", .high)
    /// A destruction does not get on.
    public static let teardownStuck = life("graph_teardown_stuck", .critical)
    /// A graph is gone.
    public static let deprovisioned = life("graph_deprovisioned", .high)
    /// An object on a host is not what the records say.
    public static let engineDrift = life("graph_engine_drift", .high)
    /// A final backup is complete.
    public static let finalBackupCompleted = AuditEventType(
        "final_backup_completed", risk: .medium, class: .graph, component: "graphs", requires: [.graph, .backup])
    /// A login was made.
    public static let credentialCreated = credential("graph_credential_created")
    /// A login was revoked.
    public static let credentialRevoked = credential("graph_credential_revoked")

    /// The purge of a graph was held.
    public static let purgeHeld = life("graph_purge_held", .medium)
    /// The purge of a graph was let go.
    public static let purgeReleased = life("graph_purge_released", .medium)
    /// The purge of a graph was put off, since something stands in its way.
    public static let purgeDeferred = life("graph_purge_deferred", .high)
    /// Name, description or tags were changed.
    public static let metadataChanged = life("graph_metadata_changed", .low)
    private static func work(_ name: String, _ risk: AuditRisk) -> AuditEventType {
        AuditEventType(name, risk: risk, class: .graph, component: "graphs", requires: [.graph, .operation])
    }

    /// A change of tier was accepted.
    public static let tierChangeStarted = work("graph_tier_change_started", .medium)
    /// A graph has another tier.
    public static let tierChangeCompleted = work("graph_tier_change_completed", .medium)
    /// A change of tier was taken back.
    public static let tierChangeRolledBack = work("graph_tier_change_rolled_back", .high)
    /// Those about changes of tier.
    public static let tierChanges: [AuditEventType] = [tierChangeStarted, tierChangeCompleted, tierChangeRolledBack]

    /// Those of the second step of the schema.
    public static let holds: [AuditEventType] = [purgeHeld, purgeReleased, purgeDeferred, metadataChanged]

    /// Those of the first step of the schema, which is never changed.
    public static let all: [AuditEventType] = [
        createRequested, provisioned, provisionFailed, deleted, suspended, resumed, teardownStarted, teardownStuck, deprovisioned,
        engineDrift, finalBackupCompleted, credentialCreated, credentialRevoked,
    ]
}

/// The facts of an entry about the life of a graph, the same for all types.
struct GraphLifeFacts: Sendable, Hashable {
    let references: AuditReferences
    let graph: GraphID
    let since: Instant
    let data: [String: JSONValue]

    init(_ graph: Graph, operation: Operation.ID?, data: [String: JSONValue]) {
        references = AuditReferences(AuditReference(graph.id), AuditReference(graph.org))
            .adding(graph.subscription.map { AuditReference($0) }).adding(operation.map { AuditReference($0) })
        self.graph = graph.id
        since = graph.statusSince
        self.data = data
    }
}
