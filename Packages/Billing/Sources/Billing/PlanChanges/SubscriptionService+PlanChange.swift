public import Core
internal import Identity
internal import Jobs
internal import Orgs

extension SubscriptionService {
    private var changes: PlanChangeWriter<Store.Transaction> { PlanChangeWriter(writer: writer) }

    /// Accepts a change of plan (T15), after all checks; ``prepareSale(of:interval:)`` is to be called before, outside of the transaction.
    ///
    /// - Throws: ``BillingError``; nothing has changed then (BIL-062).
    public func beginPlanChange(_ request: PlanChangeRequest, in transaction: Transaction) async throws -> PlanChange {
        guard let row = try await locked(request.subscription, in: transaction) else { throw BillingError.notFound }
        let plan = try writer.catalogue.plan(request.plan)
        guard row.status == .active else {
            throw row.status == .upgrading ? BillingError.subscriptionBusy(row.status) : BillingError.subscriptionNotActive(row.status)
        }
        guard plan.key.resourceType == row.resourceType, plan.key.repository == row.plan.key.repository else {
            throw BillingError.unknownPlan(plan.key.description)
        }
        guard plan.key != row.plan.key else { throw BillingError.samePlan(plan.key) }
        guard writer.catalogue.isOnSale(plan) else { throw BillingError.planNotAvailable(plan.key) }
        let now = dateSource.now
        let customer = try await transaction.lockCustomer(of: row.org, currency: writer.catalogue.currency, now: now)
        guard !customer.disputed else { throw BillingError.customerInDispute }
        let price = try await transaction.lockedPrice(of: plan.reference, row.interval, writer.catalogue.currency)?.price
        let isBilled = row.backing?.isCardBilled == true
        guard !isBilled || price != nil else { throw BillingError.priceMismatch(plan.key) }
        let change = PlanChange(
            id: .make(at: now), subscription: row.id, org: row.org, from: row.plan, to: plan.reference, requestedBy: request.user,
            operation: request.operation, prorationDate: now, state: isBilled ? .started : .priced, failure: nil,
            deadline: now + .minutes(60), createdAt: now, endedAt: nil)
        try await changes.begin(
            change, of: row, price: isBilled ? price : nil, because: .user(request.user, via: "plan-change"), in: transaction)
        return change
    }

    /// How far a change has come.
    public func planChange(_ id: PlanChange.ID) async throws -> PlanChange? {
        try await store.withTransaction(.system) { try await $0.lockedPlanChange(id) }
    }

    /// Asks the provider now and waits at most 15 s; an answer that does not come is found out by the job that goes on.
    public func settlePlanChange(_ id: PlanChange.ID) async throws -> PlanChange? {
        guard let change = try await planChange(id) else { return nil }
        guard change.state == .started || change.state == .compensating else { return change }
        let row = try await store.withTransaction(.system) { try await $0.subscription(change.subscription) }
        if let row, let intent = try await store.intent(about: "subscription:\(row.id)", operationSequence: row.operationSequence) {
            _ = try await runner.settle(intent.id)
        }
        return try await planChange(id)
    }

    /// Commits a change whose price is charged (T16); twice is once.
    @discardableResult
    public func commitPlanChange(_ id: PlanChange.ID, in transaction: Transaction) async throws -> Subscription {
        guard let first = try await transaction.planChange(id), let row = try await locked(first.subscription, in: transaction),
            let change = try await transaction.lockedPlanChange(id)
        else { throw BillingError.notFound }
        if change.state == .committed { return row }
        guard change.state == .priced, row.status == .upgrading else { throw BillingError.subscriptionBusy(row.status) }
        return try await changes.commit(change, of: row, in: transaction)
    }

    /// Takes a change back; the way back ends when the provider charges the old price again. Twice is once.
    ///
    /// - Throws: ``BillingError/providerUncertain`` while it is not known whether the provider charges the new price.
    public func revertPlanChange(_ id: PlanChange.ID, because failure: ProvisioningFailure, in transaction: Transaction) async throws {
        guard let first = try await transaction.planChange(id), let row = try await locked(first.subscription, in: transaction),
            let change = try await transaction.lockedPlanChange(id)
        else { throw BillingError.notFound }
        switch change.state {
        case .priced: try await changes.revert(change, of: row, because: failure, in: transaction)
        case .started: throw BillingError.providerUncertain
        case .compensating, .committed, .reverted, .failed: break
        }
    }

    /// Changes the plan of a seat at once: the provider first, then the commit (BIL-062).
    ///
    /// - Throws: ``BillingError``; after a decline the old plan, price and credits stand as they were (BIL-065).
    public func changePlan(_ request: PlanChangeRequest) async throws -> Subscription {
        let plan = try writer.catalogue.plan(request.plan)
        let row = try await store.withTransaction(.system) { try await $0.subscription(request.subscription) }
        if row?.backing?.isCardBilled == true { try await prepareSale(of: plan.key, interval: row?.interval ?? .monthly) }
        let begun = try await store.withTransaction(.system) { try await self.beginPlanChange(request, in: $0) }
        guard let change = try await settlePlanChange(begun.id) else { throw BillingError.notFound }
        switch change.state {
        case .priced: return try await store.withTransaction(.system) { try await self.commitPlanChange(change.id, in: $0) }
        case .failed:
            if change.failure?.code == "PAYMENT_ACTION_REQUIRED" { throw BillingError.paymentActionRequired(url: nil) }
            throw BillingError.paymentDeclined(change.failure?.message ?? "The payment was declined.")
        case .committed: return try await store.withTransaction(.system) { try await self.commitPlanChange(change.id, in: $0) }
        case .started, .compensating, .reverted: throw BillingError.providerTimeout
        }
    }
}
