public import Core

/// A fact that forbids deleting an org now (ORG-089), with what ends it.
public struct DeletionBlocker: Sendable, Hashable {
    /// What kind of fact; declared in the order in which they are named to the caller.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Comparable {
        /// A subscription that is not over.
        case liveSubscription = "live_subscription"
        /// A graph that is protected against deletion.
        case protectedGraph = "protected_graph"
        /// An invoice that is open or uncollectible.
        case openInvoice = "open_invoice"
        /// An operation, an export or a provisioning under way.
        case runningWork = "running_work"
        /// Credit that would be lost.
        case balance

        /// Orders kinds as they are declared.
        public static func < (left: Kind, right: Kind) -> Bool { left.rank < right.rank }

        /// Whether it is gone once the subscriptions have ended and time has passed (ORG-090).
        public var endsByItself: Bool {
            switch self {
            case .liveSubscription, .runningWork: true
            case .protectedGraph, .openInvoice, .balance: false
            }
        }

        private var rank: Int { Kind.allCases.firstIndex(of: self) ?? 0 }
    }

    /// The kind.
    public let kind: Kind
    /// The id of what stands in the way.
    public let id: String
    /// The route that ends it, such as `POST /v1/billing/subscriptions/{org_id}/subscription/{subscription_id}/cancel`.
    public let remedy: String

    /// Names a blocker.
    public init(_ kind: Kind, id: String, remedy: String) {
        self.kind = kind
        self.id = id
        self.remedy = remedy
    }
}

/// What deleting an org would mean, without doing it (ORG-087).
public struct DeletionPlan: Sendable, Hashable {
    /// The org.
    public let org: Org
    /// What stands in the way; nothing when it can be deleted now.
    public let blockers: [DeletionBlocker]
    /// The graphs that stop.
    public let graphs: [OrgGraph]
    /// How many people lose their access.
    public let memberCount: Int
    /// When it would be erased beyond return, or will be.
    public let purgeAt: Instant
    /// When it was deleted; `nil` while it is not.
    public let deletedAt: Instant?

    /// Makes a plan.
    public init(org: Org, blockers: [DeletionBlocker], graphs: [OrgGraph], memberCount: Int, purgeAt: Instant, deletedAt: Instant?) {
        self.org = org
        self.blockers = blockers
        self.graphs = graphs
        self.memberCount = memberCount
        self.purgeAt = purgeAt
        self.deletedAt = deletedAt
    }
}

/// The steps in which an org is erased, in their order; each is stored when it is done, and never undone (ORG-096).
public enum PurgeStep: String, Sendable, Hashable, CaseIterable, Codable {
    /// Graphs are destroyed, and that is confirmed.
    case graphs
    /// Backups, exports, keys, webhook endpoints, notices and invitations go.
    case belongings
    /// The memberships end.
    case memberships
    /// What Billing knows of people goes.
    case billingContact = "billing_contact"
    /// The org becomes an id, a kind and its times.
    case org
}

/// What a purge step came to.
public enum PurgeStepOutcome: Sendable, Hashable {
    /// Done; it is not asked for again.
    case done
    /// Not yet: ask again after a while. Nothing is skipped.
    case waiting(Duration)
}
