public import Core

/// The stream of the audit log to a place is failing (NOT-204).
public struct AuditSinkFailingContext: MailContext {
    /// `audit_sink_failing`
    public static let template = MailTemplate.auditSinkFailing
    /// What the template may print.
    public static let fields: [MailField] = [
        .optional("org", .text),
        .mandatory("host", .text),
        .mandatory("since", .instant),
        .mandatory("answer", .text),
        .mandatory("pauses_at", .instant),
        .optional("page", .link),
    ]

    /// The name of the org; `nil` for a sink of those who run the product.
    public let org: String?
    /// The id of the org.
    public let orgID: String?
    /// The host of the address.
    public let host: String
    /// The first failure.
    public let since: Instant
    /// What came back last, as the end of a sentence.
    public let answer: String
    /// When it would be paused.
    public let pausesAt: Instant

    /// Makes the values.
    public init(org: String?, orgID: String?, host: String, since: Instant, answer: String, pausesAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.host = host
        self.since = since
        self.answer = answer
        self.pausesAt = pausesAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "host": .text(host), "since": .instant(since), "answer": .text(answer), "pauses_at": .instant(pausesAt),
            "page": orgID.map { .link(.page(.org($0))) } ?? .absent,
        ]
    }
}

/// The stream of the audit log to a place has stopped (NOT-167).
public struct AuditSinkPausedContext: MailContext {
    /// `audit_sink_paused`
    public static let template = MailTemplate.auditSinkPaused
    /// What the template may print.
    public static let fields: [MailField] = [
        .optional("org", .text),
        .mandatory("host", .text),
        .mandatory("paused_at", .instant),
        .optional("failed_since", .instant),
        .optional("page", .link),
    ]

    /// The name of the org; `nil` for a sink of those who run the product.
    public let org: String?
    /// The id of the org.
    public let orgID: String?
    /// The host of the address.
    public let host: String
    /// When.
    public let pausedAt: Instant
    /// Since when it has failed; `nil` when somebody stopped it.
    public let failedSince: Instant?

    /// Makes the values.
    public init(org: String?, orgID: String?, host: String, pausedAt: Instant, failedSince: Instant?) {
        self.org = org
        self.orgID = orgID
        self.host = host
        self.pausedAt = pausedAt
        self.failedSince = failedSince
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "host": .text(host), "paused_at": .instant(pausedAt),
            "failed_since": failedSince.map { .instant($0) } ?? .absent, "page": orgID.map { .link(.page(.org($0))) } ?? .absent,
        ]
    }
}

/// A file with an org's part of the audit log can be fetched (NOT-167).
public struct AuditExportReadyContext: MailContext {
    /// `audit_export_ready`
    public static let template = MailTemplate.auditExportReady
    /// What the template may print.
    public static let fields: [MailField] = [
        .mandatory("org", .text),
        .mandatory("format", .text),
        .mandatory("entries", .integer),
        .mandatory("expires_at", .instant),
        .mandatory("page", .link),
    ]

    /// The name of the org.
    public let org: String
    /// The id of the org.
    public let orgID: String
    /// The id of the export.
    public let exportID: String
    /// How it is written, as people call it.
    public let format: String
    /// How many entries it has.
    public let entries: Int64
    /// Until when it can be fetched.
    public let expiresAt: Instant

    /// Makes the values.
    public init(org: String, orgID: String, exportID: String, format: String, entries: Int64, expiresAt: Instant) {
        self.org = org
        self.orgID = orgID
        self.exportID = exportID
        self.format = format
        self.entries = entries
        self.expiresAt = expiresAt
    }

    /// The values of the fields.
    public var values: [String: MailValue] {
        [
            "org": .text(org), "format": .text(format), "entries": .integer(entries), "expires_at": .instant(expiresAt),
            "page": .link(.page(.auditExport(org: orgID, export: exportID))),
        ]
    }
}
