public import Audit
public import Core
public import Identity
public import Orgs

/// An org's agreement to pay for one resource, and how far it has come.
///
/// It changes only through ``SubscriptionTransition``; the database refuses every other move of ``status``.
public struct Subscription: Sendable, Hashable, Identifiable, IdentifiedEntity, AuditReferable {
    /// The id of a subscription.
    public typealias ID = Identifier<Subscription>
    /// `bsub_…`
    public static let idPrefix = "bsub"
    /// How the audit log calls it.
    public static let auditKind = AuditReferenceKind.subscription

    /// Its own id.
    public let id: ID
    /// Who pays.
    public let org: Org.ID
    /// What kind of thing is paid for.
    public let resourceType: ResourceType
    /// What is paid for; empty until it has been provisioned.
    public var resource: ResourceID?
    /// Whose seat it is; repositories only.
    public let subscriber: User.ID?
    /// Who asked for it.
    public let requestedBy: User.ID?
    /// What was bought. The price is read from it and never stored apart.
    public var plan: PlanReference
    /// How often it is billed.
    public var interval: BillingInterval
    /// The wishes for the resource, as they were given (BIL-014).
    public let configuration: JSONValue
    /// Why it may run; empty until money or its replacement is certain.
    public var backing: Backing?
    /// Its counterpart at the provider.
    public var providerLink: ProviderLink?
    /// How far it has come.
    public var status: Status
    /// Whether the provider has acknowledged our last decision.
    public var providerSync: ProviderSync
    /// When a trial ends or ended.
    public var trialEnd: Instant?
    /// When it first became active.
    public var startedAt: Instant?
    /// What is paid for now.
    public var currentPeriod: Period?
    /// Whether the provider has stopped to collect for it; what it grants stays as it is (STR-E57).
    public var isCollectionPaused = false
    /// What is to pay for it once its period is over (BIL-089).
    public var conversion: Conversion?
    /// When its end was asked for.
    public var canceledAt: Instant?
    /// When access ends or ended.
    public var endsAt: Instant?
    /// When it stopped to occupy its resource; a row without it is live.
    public var closedAt: Instant?
    /// How and by whom it was ended.
    public var cancellation: Cancellation?
    /// When unpaid service stops taking writes.
    public var graceDeadline: Instant?
    /// When unpaid service ends.
    public var finalDeadline: Instant?
    /// The right to provision it.
    public var lease: ProvisioningLease?
    /// The number of our last decision about the provider's side.
    public var operationSequence: Int64
    /// The number of the newest read of the provider that was applied (STR-123).
    public var readNumber: Int64
    /// What went wrong.
    public var failure: ProvisioningFailure?
    /// The operation that tells about the provisioning.
    public var operation: String?
    /// The ended subscription whose late payment opened this one (BIL-026).
    public let supersedes: ID?
    /// When it was made.
    public let createdAt: Instant
    /// When it last changed.
    public var updatedAt: Instant
    /// Counts its changes.
    public var version: Int64

    /// Makes a new subscription (T1): pending, live, without backing.
    public init(
        id: ID, org: Org.ID, resourceType: ResourceType, resource: ResourceID? = nil, subscriber: User.ID?, requestedBy: User.ID?,
        plan: PlanReference, interval: BillingInterval, configuration: JSONValue, supersedes: ID? = nil, at now: Instant
    ) {
        self.id = id
        self.org = org
        self.resourceType = resourceType
        self.resource = resource
        self.subscriber = subscriber
        self.requestedBy = requestedBy
        self.plan = plan
        self.interval = interval
        self.configuration = configuration
        self.supersedes = supersedes
        status = .pending
        providerSync = .confirmed
        operationSequence = 0
        readNumber = 0
        createdAt = now
        updatedAt = now
        version = 1
    }
}

extension Subscription {
    /// The stored statuses; ``canceled`` and ``failed`` are terminal.
    public enum Status: String, Codable, Sendable, CaseIterable {
        case pending
        case pendingPayment = "pending_payment"
        case provisioning
        case active
        case upgrading
        case pastDue = "past_due"
        case unpaid
        case paused
        case canceled
        case failed
    }

    /// From the card to our own invoices, or back, with the end of a period (BIL-089).
    public enum Conversion: String, Codable, Sendable, CaseIterable {
        /// The provider's subscription ends with its period; the next one is billed by us.
        case netTerms = "net_terms"
        /// The provider was asked for a subscription that begins where the last period of ours ended.
        case card
    }

    /// Whether the provider has acknowledged our last decision on the row.
    public enum ProviderSync: String, Codable, Sendable { case confirmed, pending, unknown }

    /// How a subscription was ended.
    public struct Cancellation: Hashable, Sendable {
        /// When the end takes effect.
        public enum Mode: String, Codable, Sendable {
            case immediate
            case periodEnd = "period_end"
        }

        /// Who ended it.
        public enum Origin: String, Codable, Sendable, CaseIterable {
            case user, portal, provider, idle, admin
            case provisioningFailure = "provisioning_failure"
            case paymentFailure = "payment_failure"
        }

        /// When the end takes effect.
        public var mode: Mode
        /// Who ended it.
        public var origin: Origin
        /// Why, in the words of whoever ended it.
        public var reason: String?

        /// Describes an end.
        public init(mode: Mode, origin: Origin, reason: String? = nil) {
            self.mode = mode
            self.origin = origin
            self.reason = reason
        }
    }

    /// The counterpart of a subscription at the provider.
    public struct ProviderLink: Hashable, Codable, Sendable {
        /// Its subscription.
        public var subscription: ProviderID
        /// The one item of it.
        public var item: ProviderID?
        /// The price of that item.
        public var price: ProviderID?

        /// Names the counterpart.
        public init(subscription: ProviderID, item: ProviderID? = nil, price: ProviderID? = nil) {
            self.subscription = subscription
            self.item = item
            self.price = price
        }
    }

    /// Whether it still occupies its resource.
    public var isLive: Bool { closedAt == nil }

    /// Whether it can only be left by taking back a future end (T22).
    public var isTerminal: Bool { status == .canceled || status == .failed }

    /// Whether the end is decided and lies ahead: the customer still has the service and may take the end back.
    public func isEnding(at now: Instant) -> Bool {
        guard status == .canceled, cancellation?.mode == .periodEnd, let endsAt else { return false }
        return now < endsAt
    }
}
