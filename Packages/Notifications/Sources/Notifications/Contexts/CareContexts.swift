public import Core

/// A graph fills its storage (NOT-158).
public struct CapacityWarningContext: MailContext {
    /// `capacity_warning`
    public static let template = MailTemplate.capacityWarning
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
        .required("page", .link),
        .mandatory("percent", .integer),
        .mandatory("used", .text),
        .mandatory("limit", .text),
        .required("is_full", .flag),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// How many of a hundred are used, or 100 where it is more than there is.
    public let percent: Int64
    /// How much is used, with its unit.
    public let used: String
    /// How much there is, with its unit.
    public let limit: String
    /// Whether nothing more can be added.
    public let isFull: Bool

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String, percent: Int64, used: String, limit: String, isFull: Bool) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.percent = percent
        self.used = used
        self.limit = limit
        self.isFull = isFull
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
            "percent": .integer(percent),
            "used": .text(used),
            "limit": .text(limit),
            "is_full": .flag(isFull),
        ]
    }
}

/// A backup was given up (NOT-161).
public struct BackupFailedContext: MailContext {
    /// `backup_failed`
    public static let template = MailTemplate.backupFailed
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
        .required("page", .link),
        .required("is_nightly", .flag),
        .required("nights", .integer),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// Whether it was one of those of each night.
    public let isNightly: Bool
    /// How many nights in a row.
    public let nights: Int64

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String, isNightly: Bool, nights: Int64) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.isNightly = isNightly
        self.nights = nights
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
            "is_nightly": .flag(isNightly),
            "nights": .integer(nights),
        ]
    }
}

/// A graph has no recent backup (NOT-162).
public struct BackupMissingContext: MailContext {
    /// `backup_missing`
    public static let template = MailTemplate.backupMissing
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
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
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
        ]
    }
}

/// A graph was brought back from a backup, or was not (NOT-163).
public struct RestoreFinishedContext: MailContext {
    /// `restore_finished`
    public static let template = MailTemplate.restoreFinished
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
        .required("page", .link),
        .mandatory("backup", .text),
        .optional("safety_copy", .text),
        .required("has_failed", .flag),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// The id of the backup.
    public let backup: String
    /// The id of the copy of what there was before; `nil` where nothing was replaced.
    public let safetyCopy: String?
    /// Whether everything is as it was.
    public let hasFailed: Bool

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String, backup: String, safetyCopy: String?, hasFailed: Bool) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.backup = backup
        self.safetyCopy = safetyCopy
        self.hasFailed = hasFailed
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
            "backup": .text(backup),
            "safety_copy": safetyCopy.map { .text($0) } ?? .absent,
            "has_failed": .flag(hasFailed),
        ]
    }
}

/// The host of a graph was lost, and the graph is back from a backup (NOT-163).
public struct HostRecoveryContext: MailContext {
    /// `host_recovery`
    public static let template = MailTemplate.hostRecovery
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
        .required("page", .link),
        .mandatory("backup", .text),
        .mandatory("data_as_of", .instant),
        .required("has_ended_logins", .flag),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// The id of the backup.
    public let backup: String
    /// What was done later is lost.
    public let dataAsOf: Instant
    /// Whether new logins are needed.
    public let hasEndedLogins: Bool

    /// Makes the values.
    public init(
        org: String, orgID: String, graph: String, graphID: String, backup: String, dataAsOf: Instant, hasEndedLogins: Bool
    ) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.backup = backup
        self.dataAsOf = dataAsOf
        self.hasEndedLogins = hasEndedLogins
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
            "backup": .text(backup),
            "data_as_of": .instant(dataAsOf),
            "has_ended_logins": .flag(hasEndedLogins),
        ]
    }
}

/// A graph is on another host, at another address (GRA-066, GRA-100).
public struct GraphMovedContext: MailContext {
    /// `graph_moved`
    public static let template = MailTemplate.graphMoved
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("graph", .text),
        .required("page", .link),
        .optional("address", .text),
        .required("has_ended_logins", .flag),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The name of the graph.
    public let graph: String
    /// The id of the graph.
    public let graphID: String
    /// Where its database is reached from now on, as `host:port`; `nil` where that is as it was.
    public let address: String?
    /// Whether new logins are needed.
    public let hasEndedLogins: Bool

    /// Makes the values.
    public init(org: String, orgID: String, graph: String, graphID: String, address: String?, hasEndedLogins: Bool) {
        self.org = org
        self.orgID = orgID
        self.graph = graph
        self.graphID = graphID
        self.address = address
        self.hasEndedLogins = hasEndedLogins
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "graph": .text(graph),
            "page": .link(.page(.graph(org: orgID, graph: graphID))),
            "address": .optional(address) { .text($0) },
            "has_ended_logins": .flag(hasEndedLogins),
        ]
    }
}

/// A payment is contested (NOT-156).
public struct DisputeOpenedContext: MailContext {
    /// `dispute_opened`
    public static let template = MailTemplate.disputeOpened
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("billing", .link),
        .optional("number", .text),
        .mandatory("amount", .money),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The number of the invoice, where it has one.
    public let number: String?
    /// How much is contested.
    public let amount: Money

    /// Makes the values.
    public init(org: String, orgID: String, number: String?, amount: Money) {
        self.org = org
        self.orgID = orgID
        self.number = number
        self.amount = amount
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org),
            "billing": .link(.page(.billing(org: orgID))),
            "number": number.map { .text($0) } ?? .absent,
            "amount": .money(amount),
        ]
    }
}
