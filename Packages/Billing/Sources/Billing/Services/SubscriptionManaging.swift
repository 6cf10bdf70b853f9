public import Core
public import Identity
public import Orgs

/// What the packages above do with subscriptions: ask who pays, link what was paid for, end it.
///
/// Methods with `in:` work inside the caller's transaction; the others must be called outside of any.
public protocol SubscriptionManaging<Transaction>: Sendable {
    /// The transactions it works in.
    associatedtype Transaction: BillingTransaction

    /// How an org would pay for a plan now: the billing gate of creating a resource directly (BIL-028).
    ///
    /// - Throws: ``BillingError/unknownPlan(_:)``, ``BillingError/planNotAvailable(_:)``,
    ///   ``BillingError/paymentMethodRequired`` or ``BillingError/customerInDispute``.
    func entitlement(of org: Org.ID, to plan: PlanKey) async throws -> Entitlement

    /// Makes sure that a plan's price can be charged; to be called before a card-billed ``open(_:in:)``, outside of any transaction (BIL-006).
    ///
    /// - Throws: ``BillingError/priceMismatch(_:)`` when the provider charges something else, or an error about reaching it.
    func prepareSale(of plan: PlanKey, interval: BillingInterval) async throws

    /// Sells a plan directly (T1). When nobody has to be asked for money it goes on to T3 at once and
    /// ``SubscriptionReadyToProvision`` is published; else call ``confirmFirstPayment(of:)`` after the commit.
    func open(_ sale: NewSubscription, in transaction: Transaction) async throws -> Subscription

    /// Charges the card of a direct sale and waits at most 15 s (BIL-029, GRA-006).
    ///
    /// When it is confirmed ``SubscriptionReadyToProvision`` has been published; while it is not known the durable intent goes on.
    /// - Throws: ``BillingError/paymentDeclined(_:)`` or ``BillingError/paymentActionRequired(url:)``.
    func confirmFirstPayment(of id: Subscription.ID) async throws -> FirstPayment

    /// A subscription, locked after its customer.
    func locked(_ id: Subscription.ID, in transaction: Transaction) async throws -> Subscription?

    /// The live or ending subscription of a resource, else its newest ended one, locked after its customer.
    func locked(_ type: ResourceType, _ resource: ResourceID, in transaction: Transaction) async throws -> Subscription?

    /// Commits the id of a resource as soon as it exists, before activation (BIL-036). The same resource twice is once.
    ///
    /// - Throws: ``SubscriptionRefusal`` when the fence is old or another resource is linked.
    @discardableResult
    func link(_ resource: ResourceID, to id: Subscription.ID, fence: Int64, in transaction: Transaction) async throws -> Subscription

    /// Activates what was linked (T5). Twice is once.
    ///
    /// - Throws: ``SubscriptionRefusal`` when the fence is old or nothing is linked.
    @discardableResult
    func activate(_ id: Subscription.ID, fence: Int64, in transaction: Transaction) async throws -> Subscription

    /// Gives up (T6): the provider's subscription is cancelled and everything collected is given back, exactly once (BIL-038).
    @discardableResult
    func failProvisioning(
        of id: Subscription.ID, fence: Int64, _ failure: ProvisioningFailure, in transaction: Transaction
    ) async throws -> Subscription

    /// Says which operation tells about the provisioning, so that a checkout's status can name it.
    func note(operation: String, for id: Subscription.ID, in transaction: Transaction) async throws

    /// Ends a subscription (T19, T20, T21, T24) with its intent, due job, audit entry and events.
    ///
    /// - Throws: ``BillingError`` by the table of BIL-050; nothing has changed then.
    @discardableResult
    func cancel(_ command: CancelSubscription, in transaction: Transaction) async throws -> Subscription

    /// Takes the end of a subscription back, provider first (T22, BIL-056); to be called outside of any transaction.
    ///
    /// - Throws: ``BillingError/cancellationFinal`` when the end has come, ``BillingError/ownerRequired`` when whoever asks may not.
    @discardableResult
    func uncancel(_ command: UncancelSubscription) async throws -> Subscription

    /// Refuses an accepted quote that is over, or that the change would not cost any more; without one there is nothing to hold to (BIL-063).
    ///
    /// - Throws: ``BillingError/quoteExpired``, ``BillingError/quoteChanged``.
    func requireQuote(of request: PlanChangeRequest) async throws

    /// Accepts a change of plan (T15); ``prepareSale(of:interval:)`` is to be called before, outside of the transaction.
    ///
    /// - Throws: ``BillingError`` by the checks of BIL-062; nothing has changed then.
    func beginPlanChange(_ request: PlanChangeRequest, in transaction: Transaction) async throws -> PlanChange

    /// Asks the provider about a change of plan, for at most 15 s, and says how far the change is; to be called outside of any transaction.
    func settlePlanChange(_ id: PlanChange.ID) async throws -> PlanChange?

    /// Commits a change of plan whose price is charged (T16). Twice is once.
    @discardableResult
    func commitPlanChange(_ id: PlanChange.ID, in transaction: Transaction) async throws -> Subscription

    /// Takes a change of plan back; ``settlePlanChange(_:)`` says when the provider charges the old price again. Twice is once.
    func revertPlanChange(_ id: PlanChange.ID, because failure: ProvisioningFailure, in transaction: Transaction) async throws

    /// Whether and how a resource may be used now, by what is stored.
    func access(to type: ResourceType, _ resource: ResourceID, subscriber: User.ID?, state: ResourceState?) async throws -> AccessDecision

    /// What pays for a resource, for whoever may see it.
    func view(of type: ResourceType, _ resource: ResourceID, subscriber: User.ID?) async throws -> SubscriptionView?
}

/// How an org pays for something new.
public enum Entitlement: Sendable, Hashable {
    /// Nobody is billed here.
    case billingDisabled
    /// By its own invoices.
    case netTerms
    /// By a card on file.
    case card(ProviderID)
}

/// A direct sale.
public struct NewSubscription: Sendable, Hashable {
    /// Its id.
    public let id: Subscription.ID
    /// Who pays.
    public let org: Org.ID
    /// How; from ``SubscriptionManaging/entitlement(of:to:)``.
    public let entitlement: Entitlement
    /// What is bought.
    public let plan: PlanKey
    /// How often it is billed.
    public let interval: BillingInterval
    /// Whose seat; repositories only.
    public let subscriber: User.ID?
    /// Who asked.
    public let requestedBy: User.ID
    /// The wishes for the resource.
    public let configuration: JSONValue
    /// The operation that tells about the provisioning.
    public let operation: String?

    /// Describes a sale.
    public init(
        id: Subscription.ID, org: Org.ID, entitlement: Entitlement, plan: PlanKey, interval: BillingInterval = .monthly,
        subscriber: User.ID? = nil, requestedBy: User.ID, configuration: JSONValue, operation: String?
    ) {
        self.id = id
        self.org = org
        self.entitlement = entitlement
        self.plan = plan
        self.interval = interval
        self.subscriber = subscriber
        self.requestedBy = requestedBy
        self.configuration = configuration
        self.operation = operation
    }
}

/// How the first charge of a direct sale stands.
public enum FirstPayment: Sendable, Hashable {
    /// It was made, or nothing had to be charged.
    case confirmed
    /// The provider has not said yet; the sale goes on by itself once it has.
    case waiting
}

/// The order to end a subscription.
public struct CancelSubscription: Sendable, Hashable {
    /// Which one.
    public let subscription: Subscription.ID
    /// When.
    public let mode: Subscription.Cancellation.Mode
    /// Who decided.
    public let origin: Subscription.Cancellation.Origin
    /// The person who asked, when it was one.
    public let user: User.ID?
    /// Why, in that person's words.
    public let reason: String?
    /// Through what, such as `delete-graph`.
    public let via: String
    /// Whether an end that lies ahead may be brought forward.
    public let bringingForward: Bool

    /// Describes the order.
    public init(
        subscription: Subscription.ID, mode: Subscription.Cancellation.Mode, origin: Subscription.Cancellation.Origin,
        user: User.ID?, reason: String? = nil, via: String, bringingForward: Bool = false
    ) {
        self.subscription = subscription
        self.mode = mode
        self.origin = origin
        self.user = user
        self.reason = reason
        self.via = via
        self.bringingForward = bringingForward
    }
}
