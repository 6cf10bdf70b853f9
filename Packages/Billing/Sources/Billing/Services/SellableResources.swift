/// The kinds of resources that are sold here, each with the package that owns it.
public struct SellableResources<Transaction: BillingTransaction>: Sendable {
    private let byType: [ResourceType: any SellableResource<Transaction>]

    /// Takes the kinds; add-ons need no package and are always there.
    public init(_ resources: [any SellableResource<Transaction>]) {
        var byType: [ResourceType: any SellableResource<Transaction>] = [.addon: AddonResource<Transaction>()]
        for resource in resources { byType[resource.type] = resource }
        self.byType = byType
    }

    /// The kind that a plan pays for.
    ///
    /// - Throws: ``BillingError/planNotAvailable(_:)`` when nobody here provides it.
    public func resource(for plan: Plan) throws(BillingError) -> any SellableResource<Transaction> {
        guard let resource = byType[plan.key.resourceType] else { throw .planNotAvailable(plan.key) }
        return resource
    }

    /// What a sale of the plan pays for when it stands already.
    func standingResource(of plan: PlanKey) -> ResourceID? {
        byType[plan.resourceType]?.standingResource(of: plan)
    }

    /// Tells the kind's package of a change.
    func changed(_ subscription: Subscription, in transaction: Transaction) async throws {
        try await byType[subscription.resourceType]?.changed(subscription, in: transaction)
    }

    /// Frees the places of a sale that came to nothing.
    func release(_ subscription: Subscription, in transaction: Transaction) async throws {
        try await byType[subscription.resourceType]?.release(subscription.id, in: transaction)
    }
}
