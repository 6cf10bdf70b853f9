public import Core
public import Identity
public import Orgs

/// What people do with billing, for the routes.
public protocol BillingManaging: Sendable {
    /// Starts paying for a resource on the hosted page (BIL-011 to BIL-021).
    func startCheckout(_ request: CheckoutRequest) async throws -> CheckoutResult

    /// How a checkout stands; an unknown session and another org's are the same ``BillingError/notFound`` (BIL-022).
    func checkoutStatus(session: ProviderID, as principal: Principal) async throws -> CheckoutStatus

    /// The org's billing account; made on the first read (BIL-071).
    func customer(of org: Org.ID, as principal: Principal) async throws -> CustomerView

    /// Opens the customer's own pages at the provider (BIL-073).
    func openPortal(of org: Org.ID, as principal: Principal) async throws -> PortalResult

    /// The subscriptions of an org that the caller may see, newest first (BIL-042, BIL-043).
    func subscriptions(of org: Org.ID, includingUnprovisioned: Bool, as principal: Principal) async throws -> [SubscriptionView]

    /// One subscription; another org's and an invisible one are the same ``BillingError/notFound``.
    func subscription(_ id: Subscription.ID, of org: Org.ID, as principal: Principal) async throws -> SubscriptionView

    /// Ends a subscription that has no path of its own for that (BIL-046, BIL-047).
    func cancel(_ request: CancelRequest, as principal: Principal) async throws -> SubscriptionView

    /// The newest invoices and how many there are (BIL-077).
    func invoices(of org: Org.ID, limit: Int, as principal: Principal) async throws -> (invoices: [Invoice], total: Int)

    /// What the next invoice will be; `nil` when nothing will be billed (BIL-083).
    func upcomingInvoice(of org: Org.ID, as principal: Principal) async throws -> UpcomingInvoice?

    /// What people do with a running subscription and with what it is paid by.
    var lifecycle: any LifecycleManaging { get }

    /// What people do with seats.
    var seats: any SeatManaging { get }

    /// The name for people of a plan.
    func displayName(of plan: PlanKey) -> String
}

/// The wish to pay for a resource.
public struct CheckoutRequest: Sendable {
    /// Who asks.
    public let principal: Principal
    /// The org that the body names.
    public let namedOrg: Org.ID?
    /// The plan in the caller's spelling.
    public let planName: String
    /// What is wanted.
    public let resourceType: ResourceType
    /// The wishes for it.
    public let configuration: JSONValue

    /// Describes a wish.
    public init(principal: Principal, namedOrg: Org.ID?, planName: String, resourceType: ResourceType, configuration: JSONValue) {
        self.principal = principal
        self.namedOrg = namedOrg
        self.planName = planName
        self.resourceType = resourceType
        self.configuration = configuration
    }
}

/// What came of a wish to pay.
public enum CheckoutResult: Sendable, Hashable {
    /// Nobody is billed here.
    case billingDisabled
    /// The page to pay on.
    case open(url: String, session: ProviderID, subscription: Subscription.ID)
}

/// How a checkout stands.
public struct CheckoutStatus: Sendable, Hashable {
    /// The words that are shown.
    public enum Word: String, Sendable {
        case pendingPayment = "pending_payment"
        case provisioning, active, failed, canceled
    }

    /// How it stands.
    public let word: Word
    /// What is bought.
    public let subscription: Subscription.ID
    /// What it became.
    public let resource: ResourceID?
    /// The operation that tells about the provisioning.
    public let operation: String?
    /// Why it failed, for the customer.
    public let error: String?
}

/// An org's billing account as the caller may see it.
public struct CustomerView: Sendable, Hashable {
    /// The account.
    public let customer: BillingCustomer
    /// Whether there is a card that can be charged now.
    public let hasPaymentMethod: Bool
    /// The cards; owners only.
    public let methods: [PaymentMethod]
    /// Whether the caller may see the provider's ids.
    public let showsProviderIDs: Bool
}

/// The way to the customer's own pages.
public enum PortalResult: Sendable, Hashable {
    /// Nobody is billed here.
    case billingDisabled
    /// The page.
    case open(url: String)
}

/// The wish to end a subscription.
public struct CancelRequest: Sendable, Hashable {
    /// Which one.
    public let subscription: Subscription.ID
    /// Whose.
    public let org: Org.ID
    /// At once or with the period.
    public let mode: Subscription.Cancellation.Mode
    /// The id of what ends, repeated by whoever ends it at once.
    public let confirm: String?

    /// Describes a wish.
    public init(subscription: Subscription.ID, org: Org.ID, mode: Subscription.Cancellation.Mode, confirm: String?) {
        self.subscription = subscription
        self.org = org
        self.mode = mode
        self.confirm = confirm
    }
}

/// What the next invoice will be.
public struct UpcomingInvoice: Sendable, Hashable {
    /// How much will be due.
    public let amountDue: Int64
    /// In what.
    public let currency: Currency
    /// What time it will bill.
    public let period: Period
    /// Line by line.
    public let lines: [InvoiceLine]
    /// What it bills, when it bills one.
    public let subscription: Subscription.ID?
}
