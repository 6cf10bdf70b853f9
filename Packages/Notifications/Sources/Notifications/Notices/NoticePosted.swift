public import Core
public import Identity
public import Jobs
public import Orgs

/// A person was told something about an org in the product.
public struct NoticePosted: DomainEvent, Hashable {
    /// `notifications.notice_posted`
    public static let topic = "notifications.notice_posted"
    /// The notice.
    public let notice: Notice.ID
    /// The org that it is about.
    public let org: Org.ID
    /// Who was told.
    public let user: User.ID
    /// What it tells.
    public let kind: Notice.Kind
    /// How much it matters.
    public let severity: Notice.Severity

    /// Tells of it.
    public init(_ notice: Notice, of org: Org.ID) {
        self.notice = notice.id
        self.org = org
        user = notice.user
        kind = notice.kind
        severity = notice.severity
    }

    /// By org.
    public var eventKey: String { org.description }
}
