public import Core

/// Says that a graph can be used (NOT-160).
public struct GraphReadyContext: MailContext {
    /// `graph_ready`
    public static let template = MailTemplate.graphReady
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .required("page", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "page": .link(.page(.graph(org: orgID, graph: graphID))),
        ]
    }
}

/// Says that a graph that was suspended is open again (NOT-160).
public struct GraphUndeletedContext: MailContext {
    /// `graph_undeleted`
    public static let template = MailTemplate.graphUndeleted
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .required("page", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "page": .link(.page(.graph(org: orgID, graph: graphID))),
        ]
    }
}

/// Says that a graph could not be made and nothing was paid (NOT-160).
public struct GraphCreateFailedContext: MailContext {
    /// `graph_create_failed`
    public static let template = MailTemplate.graphCreateFailed
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .mandatory("cause", .text),
    ]

    /// The name of the org.
    public let org: String
    /// The name of the graph.
    public let graph: String
    /// The class of the cause, as the end of a sentence.
    public let cause: String

    /// Makes the values.
    public init(org: String, graph: String, cause: String) {
        self.org = org
        self.graph = graph
        self.cause = cause
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "cause": .text(cause),
        ]
    }
}

/// Says that a graph was suspended (NOT-144).
public struct GraphSuspendedContext: MailContext {
    /// `graph_suspended`
    public static let template = MailTemplate.graphSuspended
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .optional("destroyed_at", .instant),
        .required("can_come_back", .flag), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// Until when the data is kept; absent when no end is set.
    public let destroyedAt: Instant?
    /// Whether paying again brings it back.
    public let canComeBack: Bool

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String, destroyedAt: Instant?, canComeBack: Bool) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.destroyedAt = destroyedAt
        self.canComeBack = canComeBack
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "destroyed_at": .optional(destroyedAt) { .instant($0) },
            "can_come_back": .flag(canComeBack),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that a suspended graph is destroyed soon (NOT-145).
public struct DeletionWarningContext: MailContext {
    /// `deletion_warning`
    public static let template = MailTemplate.deletionWarning
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .mandatory("destroyed_at", .instant),
        .required("can_come_back", .flag), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// When it is destroyed.
    public let destroyedAt: Instant
    /// Whether paying again brings it back.
    public let canComeBack: Bool

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String, destroyedAt: Instant, canComeBack: Bool) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.destroyedAt = destroyedAt
        self.canComeBack = canComeBack
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "destroyed_at": .instant(destroyedAt), "can_come_back": .flag(canComeBack),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}

/// Says that the deletion of a graph was asked for (NOT-147).
public struct GraphDeleteRequestedContext: MailContext {
    /// `graph_delete_requested`
    public static let template = MailTemplate.graphDeleteRequested
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .mandatory("asked_by", .text), .optional("ends_at", .instant),
        .optional("destroyed_at", .instant), .mandatory("backup_until", .instant), .required("can_undo", .flag),
        .required("page", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// Who asked.
    public let askedBy: String
    /// Until when it can be used; absent when it ends at once.
    public let endsAt: Instant?
    /// When it is destroyed, when that lies ahead.
    public let destroyedAt: Instant?
    /// Until when the final backup is kept.
    public let backupUntil: Instant
    /// Whether it can be taken back.
    public let canUndo: Bool

    /// Makes the values.
    public init(
        org: String, orgID: String, graph: String, graphID: String, askedBy: String, endsAt: Instant?, destroyedAt: Instant?,
        backupUntil: Instant, canUndo: Bool
    ) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.askedBy = askedBy
        self.endsAt = endsAt
        self.destroyedAt = destroyedAt
        self.backupUntil = backupUntil
        self.canUndo = canUndo
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "asked_by": .text(askedBy), "ends_at": .optional(endsAt) { .instant($0) },
            "destroyed_at": .optional(destroyedAt) { .instant($0) }, "backup_until": .instant(backupUntil),
            "can_undo": .flag(canUndo), "page": .link(.page(.graph(org: orgID, graph: graphID))),
        ]
    }
}

/// Says that a graph was destroyed (NOT-146).
public struct GraphDeprovisionedContext: MailContext {
    /// `graph_deprovisioned`
    public static let template = MailTemplate.graphDeprovisioned
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text), .mandatory("graph", .text), .mandatory("destroyed_at", .instant),
        .optional("backup_until", .instant), .required("is_lost", .flag), .required("billing", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// When.
    public let destroyedAt: Instant
    /// Until when the final backup is kept.
    public let backupUntil: Instant?
    /// Whether there is none because the server was lost (GRA-050).
    public let isLost: Bool

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, destroyedAt: Instant, backupUntil: Instant?, isLost: Bool) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.destroyedAt = destroyedAt
        self.backupUntil = backupUntil
        self.isLost = isLost
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "graph": .text(graph), "destroyed_at": .instant(destroyedAt),
            "backup_until": .optional(backupUntil) { .instant($0) }, "is_lost": .flag(isLost),
            "billing": .link(.page(.billing(org: orgID))),
        ]
    }
}
