public import Core
public import Identity
public import Jobs
public import Orgs

/// What every event about a graph tells.
public protocol GraphDomainEvent: DomainEvent {
    /// Which graph, and whose.
    var facts: GraphFactsOfEvent { get }
}

extension GraphDomainEvent {
    /// Events about one graph are handled in order.
    public var eventKey: String { facts.graph.description }
}

/// What the events name.
public struct GraphFactsOfEvent: Codable, Sendable, Hashable {
    /// Which graph.
    public let graph: GraphID
    /// Whose.
    public let org: Org.ID
    /// What it is called.
    public let name: String
    /// Who asked for it.
    public let createdBy: User.ID

    /// Takes the facts of a graph.
    public init(_ graph: Graph) {
        self.graph = graph.id
        org = graph.org
        name = graph.name
        createdBy = graph.createdBy
    }
}

/// A graph is ready (G2).
public struct GraphProvisioned: GraphDomainEvent {
    /// `graphs.graph_provisioned`
    public static let topic = "graphs.graph_provisioned"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Its tier.
    public let tier: TierName
    /// When.
    public let at: Instant

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, tier: TierName, at: Instant) {
        self.facts = facts
        self.tier = tier
        self.at = at
    }
}

/// A graph could not be made, and nothing of it is left (G3).
public struct GraphProvisioningFailed: GraphDomainEvent {
    /// `graphs.graph_provisioning_failed`
    public static let topic = "graphs.graph_provisioning_failed"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// A stable code.
    public let code: String
    /// One sentence for the customer.
    public let message: String

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, code: String, message: String) {
        self.facts = facts
        self.code = code
        self.message = message
    }
}

/// An owner asked for a graph to be deleted.
public struct GraphDeletionRequested: GraphDomainEvent {
    /// `graphs.graph_deletion_requested`
    public static let topic = "graphs.graph_deletion_requested"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Who asked.
    public let requestedBy: User.ID
    /// When it ends; `nil` for at once.
    public let endsAt: Instant?
    /// When it is destroyed, when that lies ahead; absent in an event of an earlier version.
    public let destroyedAt: Instant?
    /// Until when its final backup is kept.
    public let backupKeptUntil: Instant?

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, requestedBy: User.ID, endsAt: Instant?, destroyedAt: Instant?, backupKeptUntil: Instant?) {
        self.facts = facts
        self.requestedBy = requestedBy
        self.endsAt = endsAt
        self.destroyedAt = destroyedAt
        self.backupKeptUntil = backupKeptUntil
    }
}

/// A graph was closed and is kept for a while (G4).
public struct GraphSuspended: GraphDomainEvent {
    /// `graphs.graph_suspended`
    public static let topic = "graphs.graph_suspended"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Why.
    public let reason: String
    /// When it will be destroyed, unless something comes between.
    public let purgeAt: Instant?

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, reason: String, purgeAt: Instant?) {
        self.facts = facts
        self.reason = reason
        self.purgeAt = purgeAt
    }
}

/// The destruction of a suspended graph comes later than it was said.
public struct GraphPurgePutOff: GraphDomainEvent {
    /// `graphs.graph_purge_put_off`
    public static let topic = "graphs.graph_purge_put_off"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// When it will be destroyed now.
    public let purgeAt: Instant
    /// What no owner can be shown to have been told.
    public let missing: [MissingNotice]

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, purgeAt: Instant, missing: [MissingNotice]) {
        self.facts = facts
        self.purgeAt = purgeAt
        self.missing = missing
    }
}

/// A suspended graph was opened again (G5).
public struct GraphResumed: GraphDomainEvent {
    /// `graphs.graph_resumed`
    public static let topic = "graphs.graph_resumed"
    /// Which graph.
    public let facts: GraphFactsOfEvent

    /// Tells of it.
    public init(facts: GraphFactsOfEvent) {
        self.facts = facts
    }
}

/// The destruction of a graph has begun (G6).
public struct GraphTeardownStarted: GraphDomainEvent {
    /// `graphs.graph_teardown_started`
    public static let topic = "graphs.graph_teardown_started"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Why.
    public let reason: String

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, reason: String) {
        self.facts = facts
        self.reason = reason
    }
}

/// A graph is gone (G7).
public struct GraphDeprovisioned: GraphDomainEvent {
    /// `graphs.graph_deprovisioned`
    public static let topic = "graphs.graph_deprovisioned"
    /// Which graph.
    public let facts: GraphFactsOfEvent
    /// Its final backup; `nil` when its host was lost and operators waived it (GRA-050).
    public let finalBackup: GraphBackup.ID?
    /// Until when that is kept.
    public let backupKeptUntil: Instant?

    /// Tells of it.
    public init(facts: GraphFactsOfEvent, finalBackup: GraphBackup.ID?, backupKeptUntil: Instant?) {
        self.facts = facts
        self.finalBackup = finalBackup
        self.backupKeptUntil = backupKeptUntil
    }
}
