public import Audit
public import Core
public import Identity
public import Jobs
public import Orgs

/// Whose a sink of the audit log is, where it is an org's.
public struct AuditSinkPlace: Sendable, Hashable, Codable {
    /// The org.
    public let org: Org.ID
    /// The person who made it.
    public let creator: User.ID

    /// Names them.
    public init(org: Org.ID, creator: User.ID) {
        self.org = org
        self.creator = creator
    }
}

/// A sink of the audit log has taken nothing for an hour; told once for each time that it fails (AUD-089).
public struct AuditSinkFailing: DomainEvent, Hashable {
    /// `notifications.audit_sink_failing`
    public static let topic = "notifications.audit_sink_failing"
    /// Which sink.
    public let sink: AuditSink.ID
    /// Whose; `nil` for one of those who run the product.
    public let place: AuditSinkPlace?
    /// The host of its address.
    public let host: String
    /// The first failure.
    public let since: Instant
    /// What it said last, in a fixed word or a status.
    public let answer: String
    /// When it would be paused.
    public let pausesAt: Instant

    /// Tells of it.
    public init(sink: AuditSink.ID, place: AuditSinkPlace?, host: String, since: Instant, answer: String, pausesAt: Instant) {
        self.sink = sink
        self.place = place
        self.host = host
        self.since = since
        self.answer = answer
        self.pausesAt = pausesAt
    }

    /// By sink.
    public var eventKey: String { sink.description }
}

/// A sink of the audit log is not tried any more: it has failed for seven days, or somebody stopped it (AUD-089).
public struct AuditSinkStopped: DomainEvent, Hashable {
    /// `notifications.audit_sink_stopped`
    public static let topic = "notifications.audit_sink_stopped"
    /// Which sink.
    public let sink: AuditSink.ID
    /// Whose; `nil` for one of those who run the product.
    public let place: AuditSinkPlace?
    /// The host of its address.
    public let host: String
    /// When.
    public let at: Instant
    /// Whether because it failed.
    public let hasFailed: Bool
    /// Since when it has failed.
    public let since: Instant?

    /// Tells of it.
    public init(sink: AuditSink.ID, place: AuditSinkPlace?, host: String, at: Instant, hasFailed: Bool, since: Instant?) {
        self.sink = sink
        self.place = place
        self.host = host
        self.at = at
        self.hasFailed = hasFailed
        self.since = since
    }

    /// By sink.
    public var eventKey: String { sink.description }
}
