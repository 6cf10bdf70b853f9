public import Audit
public import Core
public import Identity
public import Orgs

/// The way of a subscription from one plan to another: its price at the provider, what is paid for, and the commit of both, or the way back
/// (BIL-062 to BIL-067).
public struct PlanChange: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of a change.
    public typealias ID = Identifier<PlanChange>
    /// `bchg_…`
    public static let idPrefix = "bchg"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.planChange

    /// How far it has come.
    public enum State: String, Codable, Sendable, CaseIterable {
        /// Accepted; the provider is asked for the new price.
        case started
        /// The provider charges the new price, or nobody charges at all; what is paid for may be changed now.
        case priced
        /// It goes back: the provider is asked for the old price.
        case compensating
        /// The subscription has the new plan.
        case committed
        /// The subscription has the old plan again, and no money has moved.
        case reverted
        /// The provider refused; nothing had changed.
        case failed

        /// Whether it is over.
        public var isEnded: Bool { self == .committed || self == .reverted || self == .failed }
    }

    /// Its own id.
    public let id: ID
    /// Which subscription.
    public let subscription: Subscription.ID
    /// Who pays.
    public let org: Org.ID
    /// The old plan.
    public let from: PlanReference
    /// The new plan.
    public let to: PlanReference
    /// How often it was billed.
    public let fromInterval: BillingInterval
    /// How often it is to be billed (BIL-069).
    public let toInterval: BillingInterval
    /// Who asked.
    public let requestedBy: User.ID
    /// The operation that tells about it; seats have none.
    public let operation: String?
    /// From when the difference counts; the way back counts from the same instant, so that both sum to nothing (BIL-067).
    public let prorationDate: Instant
    /// How far it has come.
    public var state: State
    /// Why it did not come about.
    public var failure: ProvisioningFailure?
    /// Until when it must be over; a supervisor acts on it.
    public let deadline: Instant
    /// When it was accepted.
    public let createdAt: Instant
    /// When it was over.
    public var endedAt: Instant?

    /// Describes a change.
    public init(
        id: ID, subscription: Subscription.ID, org: Org.ID, from: PlanReference, to: PlanReference,
        fromInterval: BillingInterval, toInterval: BillingInterval, requestedBy: User.ID,
        operation: String?, prorationDate: Instant, state: State, failure: ProvisioningFailure?, deadline: Instant, createdAt: Instant,
        endedAt: Instant?
    ) {
        self.id = id
        self.subscription = subscription
        self.org = org
        self.from = from
        self.to = to
        self.fromInterval = fromInterval
        self.toInterval = toInterval
        self.requestedBy = requestedBy
        self.operation = operation
        self.prorationDate = prorationDate
        self.state = state
        self.failure = failure
        self.deadline = deadline
        self.createdAt = createdAt
        self.endedAt = endedAt
    }
}

extension PlanChange {
    /// Whether a period of another length begins with it.
    var restartsPeriod: Bool { fromInterval != toInterval }
}

/// The order to change a plan.
public struct PlanChangeRequest: Sendable, Hashable {
    /// Which subscription.
    public let subscription: Subscription.ID
    /// The plan that is wanted, of the same kind of resource.
    public let plan: PlanKey
    /// How often it is to be billed; `nil` for as often as now.
    public let interval: BillingInterval?
    /// Who asked.
    public let user: User.ID
    /// The operation that tells about it.
    public let operation: String?
    /// What it was said to cost; it costs that, or nothing happens (BIL-063).
    public let quote: PlanChangeQuote.Reference?

    /// Describes the order.
    public init(
        subscription: Subscription.ID, plan: PlanKey, interval: BillingInterval? = nil, user: User.ID, operation: String?,
        quote: PlanChangeQuote.Reference? = nil
    ) {
        self.subscription = subscription
        self.plan = plan
        self.interval = interval
        self.quote = quote
        self.user = user
        self.operation = operation
    }
}
