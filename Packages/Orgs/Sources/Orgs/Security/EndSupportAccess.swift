internal import Audit
public import Core
public import Identity
public import Jobs

/// Note that support access has run out. That it is over is a matter of its time alone.
public struct EndSupportAccess: Job, Hashable {
    /// `orgs.end_support_access`
    public static let kind = "orgs.end_support_access"
    /// The lane of life cycles.
    public static let lane = Lane.lifecycle
    /// The org.
    public let org: Org.ID
    /// The end that was set.
    public let until: Instant

    /// Orders it.
    public init(org: Org.ID, until: Instant) {
        self.org = org
        self.until = until
    }
}

/// Clears the end, with its entry and its mail; an end that was moved in the meantime is left alone.
public struct EndSupportAccessHandler<Store: OrgStore>: JobHandler {
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice ends it once.
    public func run(_ job: EndSupportAccess, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        return try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(job.org), var rules = try await transaction.security(of: job.org),
                rules.supportAccessUntil == job.until
            else { return .cancelled(reason: "the access has another end") }
            guard job.until <= now else { return .snoozed(until: job.until) }
            rules.supportAccessUntil = nil
            try await transaction.setSecurity(rules, of: org.id, at: now)
            try await transaction.record(OrgsAudit.SupportAccessEnded(org: org.id), by: .system(component: "orgs"))
            try await transaction.publish(
                OrgSupportAccessChanged(
                    org: org.id, name: org.name.description, until: nil, changedBy: nil,
                    recipients: try await transaction.recipients(with: .owner, of: org.id)))
            return .completed
        }
    }
}

/// Support may write in an org for a while, or no more: its owners are told.
public struct OrgSupportAccessChanged: DomainEvent, Hashable {
    /// `orgs.support_access_changed`
    public static let topic = "orgs.support_access_changed"
    /// The org.
    public let org: Org.ID
    /// Its name.
    public let name: String
    /// Until when; `nil` when it has ended.
    public let until: Instant?
    /// The owner who decided it; `nil` when its time was over.
    public let changedBy: User.ID?
    /// The owners.
    public let recipients: [User.ID]

    /// Makes the event.
    public init(org: Org.ID, name: String, until: Instant?, changedBy: User.ID?, recipients: [User.ID]) {
        self.org = org
        self.name = name
        self.until = until
        self.changedBy = changedBy
        self.recipients = recipients
    }

    /// By org.
    public var eventKey: String { org.description }
}
