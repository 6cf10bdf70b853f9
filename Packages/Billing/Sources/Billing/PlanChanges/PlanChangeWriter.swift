internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Carries out the steps of a plan change, each with the row, the entry in the log and the order to the provider in one transaction.
struct PlanChangeWriter<Transaction: BillingTransaction>: Sendable {
    let writer: SubscriptionWriter<Transaction>

    private var now: Instant { writer.dateSource.now }

    /// T15: the subscription is upgrading, and the provider is asked where it bills.
    func begin(
        _ change: PlanChange, of row: Subscription, price: ProviderID?, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        try await transaction.insert(change)
        var next = try await writer.apply(.planChangeAccepted, to: row, because: cause, in: transaction)
        if let order = order(change, of: next, to: price) {
            _ = try await writer.ask(.changePrice(order), of: &next, in: transaction)
            try await transaction.save(next)
        }
        try await transaction.enqueue(
            FinishPlanChange(change: change.id),
            JobOptions(runAt: now + FinishPlanChange.pause, uniqueKey: change.id.description, org: change.org.uuid))
    }

    private func order(_ change: PlanChange, of row: Subscription, to price: ProviderID?) -> ProviderCommand.PriceChange? {
        guard let price else { return nil }
        return ProviderCommand.PriceChange(
            of: row, to: price, under: writer.catalogue.plans[change.to.key]?.policies, restartsPeriod: change.restartsPeriod,
            from: change.prorationDate)
    }

    /// The provider charges another price: the new one on the way there, the old one on the way back.
    func priced(_ intent: ProviderIntent, _ spec: ProviderCommand.PriceChange, in transaction: Transaction) async throws {
        guard let row = try await row(of: intent, in: transaction),
            var change = try await transaction.lockedUnfinishedPlanChange(of: row.id)
        else { return }
        switch change.state {
        case .started where try await price(of: change.to, change.toInterval, in: transaction) == spec.price:
            change.state = .priced
            try await transaction.save(change)
        case .compensating where try await price(of: change.from, change.fromInterval, in: transaction) == spec.price:
            try await end(change, of: row, as: .reverted, in: transaction)
        default: break
        }
    }

    /// The same for what was read outside of any news, whose row is to be locked first.
    func saw(_ subscription: ProviderSubscription, of change: PlanChange, in transaction: Transaction) async throws {
        guard let row = try await transaction.lockWithCustomer(change.subscription, currency: writer.catalogue.currency, now: now),
            row.status == .upgrading
        else { return }
        let isOver = subscription.terms?.hasPendingUpdate == false
        try await saw(subscription, pendingUpdateEnded: isOver, of: row, in: transaction)
    }

    /// Takes up what the provider shows of a change under way: once it charges the new price it may be committed, whoever's answer was lost;
    /// an update that lapsed there unpaid never was (STR-088).
    ///
    /// - Parameter pendingUpdateEnded: whether the provider says that no change waits for its payment any more.
    func saw(
        _ subscription: ProviderSubscription, pendingUpdateEnded: Bool, of row: Subscription, in transaction: Transaction
    ) async throws {
        guard var change = try await transaction.lockedUnfinishedPlanChange(of: row.id), change.state == .started,
            let seen = subscription.price
        else { return }
        if seen == (try await price(of: change.to, change.toInterval, in: transaction)) {
            change.state = .priced
            try await transaction.save(change)
            return
        }
        // An order that is still under way may yet be carried out: what becomes of it is read back.
        guard pendingUpdateEnded, seen == (try await price(of: change.from, change.fromInterval, in: transaction)),
            try await transaction.lastIntent(about: "subscription:\(row.id)")?.isSettled == true
        else { return }
        change.failure = ProvisioningFailure(code: "PAYMENT_ACTION_REQUIRED", message: "The payment was not confirmed in time.", at: now)
        try await end(change, of: row, as: .failed, in: transaction)
    }

    /// The provider will not charge another price. On the way there nothing has changed; the way back is found out by the job that
    /// finishes changes.
    func refused(_ intent: ProviderIntent, _ refusal: ProviderRefusal, in transaction: Transaction) async throws {
        guard let row = try await row(of: intent, in: transaction),
            var change = try await transaction.lockedUnfinishedPlanChange(of: row.id), change.state == .started
        else { return }
        let code = refusal.kind == .actionRequired ? "PAYMENT_ACTION_REQUIRED" : "PAYMENT_DECLINED"
        change.failure = ProvisioningFailure(code: code, message: refusal.customerMessage ?? "The payment was declined.", at: now)
        try await end(change, of: row, as: .failed, in: transaction)
    }

    /// T16: the subscription has the new plan, and its credits follow (BIL-109).
    func commit(_ change: PlanChange, of row: Subscription, in transaction: Transaction) async throws -> Subscription {
        let (price, plan) = (try await price(of: change.to, change.toInterval, in: transaction), try writer.catalogue.plan(change.to.key))
        let cause = SubscriptionCause.user(change.requestedBy, via: "plan-change")
        let next = try await writer.apply(
            .planChangeEnded(change.to, change.toInterval, price: price), to: row, because: cause, in: transaction)
        try await writer.money.pools.changeAllocation(of: next, to: plan, key: change.id.description, in: transaction)
        try await finish(change, as: .committed, in: transaction)
        if isUpward(change, to: plan) {
            try await transaction.record(PlanUpgradedEntry(change: change), by: cause.actor)
        } else {
            try await transaction.record(PlanDowngradedEntry(change: change), by: cause.actor)
        }
        try await transaction.publish(
            SubscriptionPlanChanged(
                facts: SubscriptionFacts(next), change: change.id, from: change.from, requestedBy: change.requestedBy))
        return next
    }

    /// Begins the way back; where the provider was never told, that is the end of it.
    func revert(_ change: PlanChange, of row: Subscription, because failure: ProvisioningFailure, in transaction: Transaction) async throws
    {
        var (change, row) = (change, row)
        change.failure = change.failure ?? failure
        let wasTold = try await transaction.supersedeQueuedIntents(of: "subscription:\(row.id)", before: row.operationSequence + 1) == 0
        guard wasTold, let old = try await price(of: change.from, change.fromInterval, in: transaction),
            let order = order(change, of: row, to: old)
        else {
            return try await end(change, of: row, as: .reverted, in: transaction)
        }
        change.state = .compensating
        try await transaction.save(change)
        _ = try await writer.ask(.changePrice(order), of: &row, in: transaction)
        try await transaction.save(row)
    }

    /// Goes on with a way back that the provider refused, by what it charges now: the old price ends it; for any other one the old price
    /// is asked for again, without proration, so that no payment can be in its way (BIL-066).
    ///
    /// - Returns: whether it was asked for again; a person has to look at the money then.
    func resume(
        _ id: PlanChange.ID, seeing subscription: ProviderSubscription?, in transaction: Transaction
    ) async throws -> Bool {
        guard let first = try await transaction.planChange(id),
            var row = try await transaction.lockWithCustomer(first.subscription, currency: writer.catalogue.currency, now: now),
            let change = try await transaction.lockedPlanChange(id), change.state == .compensating, row.status == .upgrading,
            try await transaction.lastIntent(about: "subscription:\(row.id)")?.isSettled == true
        else { return false }
        let old = try await price(of: change.from, change.fromInterval, in: transaction)
        let isOver = subscription == nil || subscription?.status == .canceled || subscription?.status == .incompleteExpired
        guard !isOver, subscription?.price != old, let old, let order = order(change, of: row, to: old) else {
            try await end(change, of: row, as: .reverted, in: transaction)
            return false
        }
        let unprorated = ProviderCommand.PriceChange(
            subscription: order.subscription, item: order.item, price: order.price, proration: .none, from: order.from)
        _ = try await writer.ask(.changePrice(unprorated), of: &row, in: transaction)
        try await transaction.save(row)
        return true
    }

    private func end(_ change: PlanChange, of row: Subscription, as state: PlanChange.State, in transaction: Transaction) async throws {
        let cause = SubscriptionCause.system("plan-change")
        let next = try await writer.apply(.planChangeEnded(nil, nil, price: nil), to: row, because: cause, in: transaction)
        try await finish(change, as: state, in: transaction)
        if state == .reverted {
            try await transaction.record(PlanChangeRevertedEntry(change: change), by: cause.actor)
        } else {
            try await transaction.record(PlanChangeFailedEntry(change: change), by: cause.actor)
        }
        try await transaction.publish(SubscriptionPlanChangeFailed(facts: SubscriptionFacts(next), change: change))
    }

    private func finish(_ change: PlanChange, as state: PlanChange.State, in transaction: Transaction) async throws {
        var next = change
        next.state = state
        next.endedAt = now
        try await transaction.save(next)
    }

    private func row(of intent: ProviderIntent, in transaction: Transaction) async throws -> Subscription? {
        guard let id = intent.subscriptionID else { return nil }
        return try await transaction.lockWithCustomer(id, currency: writer.catalogue.currency, now: now)
    }

    /// The dearer plan is up; of one plan the longer commitment.
    private func isUpward(_ change: PlanChange, to plan: Plan) -> Bool {
        guard change.from.key != change.to.key else { return change.toInterval.months >= change.fromInterval.months }
        let before = writer.catalogue.plans[change.from.key]?.prices[change.toInterval]?.minorUnits ?? 0
        return plan.prices[change.toInterval]?.minorUnits ?? 0 >= before
    }

    private func price(of plan: PlanReference, _ interval: BillingInterval, in transaction: Transaction) async throws -> ProviderID? {
        try await transaction.lockedPrice(of: plan, interval, writer.catalogue.currency)?.price
    }
}
