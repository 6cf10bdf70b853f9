public import Core
public import Identity

/// What people do with seats of shared repositories, and how they see what pays for a resource, for the routes below a resource.
public protocol SeatManaging: Sendable {
    /// Buys a seat, which runs as soon as it is paid (BIL-031).
    ///
    /// - Throws: ``BillingError/alreadySubscribed`` for a seat that is live, also when it was bought at the same moment; ``BillingError/paymentMethodRequired``
    ///   or ``BillingError/paymentDeclined(_:)`` when nobody pays; ``BillingError/providerTimeout`` while the provider's answer is missing: the purchase goes
    ///   on by itself then.
    func subscribe(_ request: SeatRequest) async throws -> SubscriptionView

    /// What pays for a resource that the caller may read: the live or ending row, else the newest one that is over (BIL-044).
    ///
    /// - Throws: ``BillingError/notFound`` when nothing ever did.
    func subscription(of resource: ResourceID, subscriber: User.ID?) async throws -> SubscriptionView

    /// Changes the plan of a seat at once, or how often a seat or a graph is billed; owners only (BIL-062, BIL-069).
    ///
    /// - Throws: ``BillingError/changeAtCanonicalPath(_:)`` for another plan of a graph, which moves the graph as well.
    func changePlan(_ request: SeatChangeRequest) async throws -> SubscriptionView

    /// Says what such a change would cost, also that of a graph's plan; it fails as the change would (BIL-063).
    func quote(_ request: SeatChangeRequest) async throws -> PlanChangeQuote

    /// Ends a seat (BIL-048).
    func cancelSeat(_ request: SeatCancelRequest) async throws -> SubscriptionView
}

/// The wish for a seat.
public struct SeatRequest: Sendable, Hashable {
    /// Who asks; the org that the request acts for pays.
    public let principal: Principal
    /// Of which repository, by its slug.
    public let repository: ResourceID
    /// The plan in the caller's spelling.
    public let planName: String
    /// Whose seat; `nil` for the caller's own.
    public let subscriber: User.ID?

    /// Describes a wish.
    public init(principal: Principal, repository: ResourceID, planName: String, subscriber: User.ID?) {
        self.principal = principal
        self.repository = repository
        self.planName = planName
        self.subscriber = subscriber
    }
}

/// The wish for another plan of a seat or graph.
public struct SeatChangeRequest: Sendable, Hashable {
    /// Who asks.
    public let principal: Principal
    /// Of which kind of thing.
    public let type: ResourceType
    /// Of which repository, or graph.
    public let repository: ResourceID
    /// Whose seat; `nil` for the caller's own.
    public let subscriber: User.ID?
    /// The plan in the caller's spelling.
    public let planName: String
    /// How often it is to be billed; `nil` for as often as now.
    public let interval: BillingInterval?
    /// What it was said to cost.
    public let quote: PlanChangeQuote.Reference?

    /// Describes a wish.
    public init(
        principal: Principal, type: ResourceType = .repository, repository: ResourceID, subscriber: User.ID?, planName: String,
        interval: BillingInterval? = nil, quote: PlanChangeQuote.Reference? = nil
    ) {
        self.principal = principal
        self.type = type
        self.repository = repository
        self.subscriber = subscriber
        self.planName = planName
        self.interval = interval
        self.quote = quote
    }
}

/// The wish to end a seat.
public struct SeatCancelRequest: Sendable, Hashable {
    /// Who asks.
    public let principal: Principal
    /// Of which repository.
    public let repository: ResourceID
    /// Whose seat; `nil` for the caller's own.
    public let subscriber: User.ID?
    /// At once or with the period.
    public let mode: Subscription.Cancellation.Mode
    /// The repository's slug, repeated by whoever ends a seat at once.
    public let confirm: String?

    /// Describes a wish.
    public init(
        principal: Principal, repository: ResourceID, subscriber: User.ID?, mode: Subscription.Cancellation.Mode, confirm: String?
    ) {
        self.principal = principal
        self.repository = repository
        self.subscriber = subscriber
        self.mode = mode
        self.confirm = confirm
    }
}

/// Decides who may see what pays for a resource and which credits it has; met by the package that knows graphs and seats.
public protocol ResourceAuthorizing: Sendable {
    /// The resource that is paid for, and the seat's member when it is a repository: a subgraph is paid for and spends as its parent (BIL-101).
    ///
    /// - Throws: the refusal: 404 for what the caller may not know of.
    func readableResource(_ name: String, for principal: Principal) async throws -> (resource: ResourceID, subscriber: User.ID?)
}
