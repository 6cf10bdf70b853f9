public import Core

/// What the package that owns a kind of resource tells Billing before that kind is sold.
public protocol SellableResource<Transaction>: Sendable {
    /// The transactions it works in.
    associatedtype Transaction: BillingTransaction

    /// Which kind it is.
    var type: ResourceType { get }

    /// Checks the wishes for a resource, so that what can never be provisioned is never sold (BIL-014).
    ///
    /// - Throws: ``BillingError/invalidConfiguration(pointer:reason:)``.
    func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError)

    /// The tier that the wishes name, if they do; the plan decides all the same (BIL-009).
    func wishedTier(in configuration: JSONValue) -> String?

    /// Checks wishes that name what an org has, in the transaction that makes the subscription: what is not there is not sold either.
    ///
    /// - Throws: ``BillingError/invalidConfiguration(pointer:reason:)``.
    func admit(_ subscription: Subscription, plan: Plan, in transaction: Transaction) async throws

    /// Holds the places a sale needs, in the transaction that makes its subscription (BIL-015, BIL-016, GRA-008).
    ///
    /// - Throws: ``BillingError/graphLimitReached(limit:)`` or ``BillingError/tierAtCapacity(_:)``.
    func reserve(for subscription: Subscription, plan: Plan, in transaction: Transaction) async throws

    /// Frees the places of a sale that came to nothing; nothing held is no error.
    func release(_ subscription: Subscription.ID, in transaction: Transaction) async throws

    /// What a sale of the plan pays for when it stands already, so that nothing has to be provisioned: a repository, an add-on.
    func standingResource(of plan: PlanKey) -> ResourceID?

    /// Follows a change of a subscription in the transaction that makes it, after the row was saved (GRA-089).
    func changed(_ subscription: Subscription, in transaction: Transaction) async throws
}

extension SellableResource {
    /// `nil`: a kind without tiers.
    public func wishedTier(in configuration: JSONValue) -> String? { nil }

    /// `nil`: it has to be made.
    public func standingResource(of plan: PlanKey) -> ResourceID? { nil }

    /// The wishes name nothing.
    public func admit(_ subscription: Subscription, plan: Plan, in transaction: Transaction) async throws {}

    /// Nothing follows.
    public func changed(_ subscription: Subscription, in transaction: Transaction) async throws {}
}

/// The package's word for a resource that needs no place and no wishes: add-ons.
public struct AddonResource<Transaction: BillingTransaction>: SellableResource {
    /// Makes the kind.
    public init() {}

    /// `addon`
    public var type: ResourceType { .addon }

    /// Takes any wishes; an add-on has none.
    public func validate(_ configuration: JSONValue, for plan: Plan) throws(BillingError) {}

    /// The add-on by its key.
    public func standingResource(of plan: PlanKey) -> ResourceID? { ResourceID(plan.name) }

    /// Needs no place.
    public func reserve(for subscription: Subscription, plan: Plan, in transaction: Transaction) async throws {}

    /// Holds no place.
    public func release(_ subscription: Subscription.ID, in transaction: Transaction) async throws {}
}
