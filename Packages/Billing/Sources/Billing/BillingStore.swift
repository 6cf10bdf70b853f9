public import Core
public import Identity
public import Observability
public import Orgs

/// Where billing is kept.
public protocol BillingStore<Transaction>: OrgStore, AccountCreditReading, CreditPoolReading, InvoiceReading, BillingCensusReading,
    BillingControlReading, DeliveryKeeping
where Transaction: BillingTransaction {
    /// Checks a catalogue against the prices on record (BIL-005); on a new database it becomes the active one, and on no other (BIL-010).
    ///
    /// - Returns: the one that is active.
    /// - Throws: ``CatalogueRefused`` when an amount on record has changed without a new version.
    @discardableResult
    func establish(_ catalogue: Catalogue, at now: Instant) async throws -> (active: StoredCatalogue, isGiven: Bool)

    /// The catalogue that is active; `nil` on a new database.
    func activeCatalogue() async throws -> StoredCatalogue?

    /// An event as it is.
    func event(_ id: InboundEvent.ID) async throws -> InboundEvent?

    /// The number of a read of the provider that is about to begin; later reads have higher numbers (STR-123).
    func nextReadNumber() async throws -> Int64

    /// The customer of an org, when there is one.
    func customer(of org: Org.ID) async throws -> (customer: BillingCustomer, methods: [PaymentMethod])?

    /// The tiers of graphs that an org pays for at this moment, each once.
    func activeTiers(of org: Org.ID) async throws -> [String]

    /// The subscriptions of an org, newest first.
    ///
    /// - Parameter visibleTo: only those whose subscriber this person is; `nil` for all.
    func subscriptions(of org: Org.ID, visibleTo user: User.ID?, includingUnprovisioned: Bool) async throws -> [SubscriptionView]

    /// One subscription of an org under the same rule.
    func subscription(_ id: Subscription.ID, of org: Org.ID, visibleTo user: User.ID?) async throws -> SubscriptionView?

    /// The live or ending subscription of a resource, else its newest ended one.
    func subscription(of type: ResourceType, _ resource: ResourceID, subscriber: User.ID?) async throws -> SubscriptionView?

    /// The checkout of a provider's session and its subscription.
    func checkout(ofSession id: ProviderID) async throws -> (checkout: Checkout, subscription: Subscription)?

    /// What the pages sell whose time was over at an instant and of which nothing more is known (OPS-106).
    func overdueCheckouts(at instant: Instant, limit: Int) async throws -> [Subscription.ID]

    /// Whether a status call may ask the provider about a checkout now; at most once in an interval (BIL-023).
    func takePoll(of checkout: Checkout.ID, org: Org.ID, at now: Instant, interval: Duration) async throws -> Bool

    /// The newest invoices of an org, and how many there are in all.
    func invoices(of org: Org.ID, limit: Int) async throws -> (invoices: [Invoice], total: Int)

    /// The provider's customer whose method this was when it was last seen.
    func providerCustomer(ofMethod id: ProviderID) async throws -> ProviderID?

    /// Until when a list of the provider was read.
    func providerCursor(_ name: String) async throws -> Instant?

    /// Stores until when a list of the provider was read.
    func moveProviderCursor(_ name: String, to position: Instant) async throws

    /// Everything that happened to a subscription, oldest first (BIL-130).
    func history(of id: Subscription.ID, provider: ProviderID?) async throws -> [HistoryItem]

    /// The intents about a subscription that are not settled, oldest first.
    func unsettledIntents(of subscription: Subscription.ID) async throws -> [ProviderIntent]

    /// The intent with a sequence number about an object.
    func intent(about object: String, operationSequence: Int64) async throws -> ProviderIntent?
}

/// A subscription as it is shown: with its price, which is read from the plan it bought.
public struct SubscriptionView: Sendable, Hashable {
    /// The subscription.
    public let subscription: Subscription
    /// What it costs per interval.
    public let price: Money

    /// Makes a view.
    public init(subscription: Subscription, price: Money) {
        self.subscription = subscription
        self.price = price
    }
}

/// Keeps what the provider delivers.
public protocol DeliveryKeeping: Sendable {
    /// Keeps verified events and asks for their processing, in one go: all of them or none.
    ///
    /// - Returns: those that were not known already; for the others nothing happened (STR-061).
    @discardableResult
    func receive(_ deliveries: [ReceivedDelivery]) async throws -> Set<InboundEvent.ID>
}

extension DeliveryKeeping {
    /// Keeps one verified event and asks for its processing, in one go.
    ///
    /// - Returns: `false` when it was known already; then nothing happened (STR-061).
    public func receive(_ event: InboundEvent) async throws -> Bool {
        try await !receive([ReceivedDelivery(event: event)]).isEmpty
    }
}

/// A verified event and the request that brought it.
public struct ReceivedDelivery: Sendable {
    /// The event.
    public let event: InboundEvent
    /// What the work on it goes on with.
    public let cause: LogContext

    /// Joins an event to the request at work.
    public init(event: InboundEvent, cause: LogContext = .current) {
        self.event = event
        self.cause = cause
    }
}
