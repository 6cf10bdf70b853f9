public import Core

/// Something that a person is to be told of on the next page, in the short form that a profile carries (NOT-172).
public struct PendingNotice: Sendable, Hashable {
    /// The id, to acknowledge it by.
    public let id: String
    /// What it is about.
    public let kind: String
    /// How much it matters.
    public let severity: String?
    /// The org.
    public let org: OrgReference?
    /// The subscription.
    public let subscription: String?
    /// The resource, such as a graph.
    public let resource: String?
    /// How it came about.
    public let via: String?
    /// When the subscription renews.
    public let renewsAt: Instant?
    /// When it was made.
    public let createdAt: Instant
    /// Whether it makes the banner show that a subscription was kept (NOT-175).
    public let isKeptBanner: Bool

    /// Makes a notice.
    public init(
        id: String, kind: String, severity: String?, org: OrgReference?, subscription: String?, resource: String?, via: String?,
        renewsAt: Instant?, createdAt: Instant, isKeptBanner: Bool
    ) {
        self.id = id
        self.kind = kind
        self.severity = severity
        self.org = org
        self.subscription = subscription
        self.resource = resource
        self.via = via
        self.renewsAt = renewsAt
        self.createdAt = createdAt
        self.isKeptBanner = isKeptBanner
    }
}
