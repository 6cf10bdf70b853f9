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
        try request.quote?.requireLife(at: dateSource.now)
        let wish = try await checked(request, in: transaction)
        let (row, now) = (wish.row, dateSource.now)
        let isBilled = row.backing?.isCardBilled == true
        guard !isBilled || wish.price != nil else { throw BillingError.priceMismatch(wish.plan.key) }
        let change = PlanChange(
            id: .make(at: now), subscription: row.id, org: row.org, from: row.plan, to: wish.plan.reference, fromInterval: row.interval,
            toInterval: wish.interval, requestedBy: request.user, operation: request.operation,
            prorationDate: request.quote?.at ?? now, state: isBilled ? .started : .priced, failure: nil,
            deadline: now + .minutes(60), createdAt: now, endedAt: nil)
        try await changes.begin(
            change, of: row, price: isBilled ? wish.price : nil, because: .user(request.user, via: "plan-change"), in: transaction)
        return change
    }

    /// A change that may be made.
    private struct Wish {
        let row: Subscription
        let plan: Plan
        let interval: BillingInterval
        /// The provider's price for it, when there is one.
        let price: ProviderID?
    }

    /// Makes all checks of a change; nothing is written.
    private func checked(_ request: PlanChangeRequest, in transaction: Transaction) async throws -> Wish {
        guard let row = try await locked(request.subscription, in: transaction) else { throw BillingError.notFound }
        let plan = try writer.catalogue.plan(request.plan)
        let interval = request.interval ?? row.interval
        guard row.status == .active else {
            throw row.status == .upgrading ? BillingError.subscriptionBusy(row.status) : BillingError.subscriptionNotActive(row.status)
        }
        guard plan.key.resourceType == row.resourceType, plan.key.repository == row.plan.key.repository else {
            throw BillingError.unknownPlan(plan.key.description)
        }
        guard plan.key != row.plan.key || interval != row.interval else { throw BillingError.samePlan(plan.key) }
        guard writer.catalogue.isOnSale(plan), plan.prices[interval] != nil else { throw BillingError.planNotAvailable(plan.key) }
        let customer = try await transaction.lockCustomer(of: row.org, currency: writer.catalogue.currency, now: dateSource.now)
        guard !customer.disputed else { throw BillingError.customerInDispute }
        let price = try await transaction.lockedPrice(of: plan.reference, interval, writer.catalogue.currency)?.price
        return Wish(row: row, plan: plan, interval: interval, price: price)
    }

    /// Says what a change would cost from this second on; it fails as the change would, and changes nothing of the subscription (BIL-063).
    ///
    /// A price that was never sold before is made at the provider, as every sale makes it; a rehearsal ends there.
    public func quotePlanChange(_ request: PlanChangeRequest) async throws -> PlanChangeQuote {
        try await prepare(request)
        return try await quote(request, at: Instant(secondsSinceEpoch: dateSource.now.secondsSinceEpoch))
    }

    /// Asks whoever bills it once more.
    public func requireQuote(of request: PlanChangeRequest) async throws {
        guard let accepted = request.quote else { return }
        try accepted.requireLife(at: dateSource.now)
        guard try await quote(request, at: accepted.at).reference == accepted else { throw BillingError.quoteChanged }
    }

    private func prepare(_ request: PlanChangeRequest) async throws {
        let plan = try writer.catalogue.plan(request.plan)
        let row = try await store.withTransaction(.system) { try await $0.subscription(request.subscription) }
        guard let row, row.backing?.isCardBilled == true else { return }
        try await prepareSale(of: plan.key, interval: request.interval ?? row.interval)
    }

    private func quote(_ request: PlanChangeRequest, at instant: Instant) async throws -> PlanChangeQuote {
        let wish = try await store.withTransaction(.system) { try await self.checked(request, in: $0) }
        let (row, plan) = (wish.row, wish.plan)
        func quote(_ lines: [InvoiceLine], total: Int64, due: Int64, billedAt: Instant?) -> PlanChangeQuote {
            PlanChangeQuote(
                subscription: row.id, plan: plan.reference, interval: wish.interval, at: instant, proration: plan.policies.proration,
                restartsPeriod: wish.interval != row.interval, billedAt: billedAt, lines: lines, total: total, amountDue: due,
                currency: writer.catalogue.currency)
        }
        switch row.backing {
        case .providerSubscription:
            guard let price = wish.price,
                let order = ProviderCommand.PriceChange(
                    of: row, to: price, under: plan.policies, restartsPeriod: wish.interval != row.interval, from: instant)
            else { throw BillingError.priceMismatch(plan.key) }
            let bill: ProviderInvoice
            do throws(ProviderFailure) { bill = try await prices.provider.preview(of: order, budget: .interactive) } catch {
                throw error.error
            }
            let isBilledNow = order.proration == .alwaysInvoice || order.restartsPeriod == true
            return quote(
                bill.lines, total: bill.total, due: bill.amountDue, billedAt: isBilledNow ? instant : row.currentPeriod?.end)
        case .netTerms:
            // The period that is billed stands; the next one is billed by the new plan.
            guard let period = row.currentPeriod, let amount = plan.prices[wish.interval]?.minorUnits else {
                throw BillingError.periodEndUnknown
            }
            let line = InvoiceLine(
                description: writer.catalogue.displayName(of: plan.key), quantity: 1, amount: amount,
                period: row.period(after: period, every: wish.interval))
            return quote([line], total: amount, due: amount, billedAt: period.end)
        case .complimentary, .billingDisabled, .none: return quote([], total: 0, due: 0, billedAt: nil)
        }
    }

    /// How far a change has come.
    public func planChange(_ id: PlanChange.ID) async throws -> PlanChange? {
        try await store.withTransaction(.system) { try await $0.lockedPlanChange(id) }
    }

    /// Asks the provider now and waits at most 15 s; an answer that does not come is found out by the job that goes on.
    public func settlePlanChange(_ id: PlanChange.ID) async throws -> PlanChange? {
        try CommandRehearsal.end(askingProvider: true)
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

    /// Changes a plan at once, or how often it is billed: the provider first, then the commit (BIL-062, BIL-069).
    ///
    /// - Throws: ``BillingError``; ``BillingError/quoteChanged`` when it would cost something else than was quoted. After a decline the old plan, price and credits stand as they were (BIL-065).
    public func changePlan(_ request: PlanChangeRequest) async throws -> Subscription {
        try request.quote?.requireLife(at: dateSource.now)
        try await prepare(request)
        try await requireQuote(of: request)
        let (begun, done) = try await store.withTransaction(.system) { transaction in
            let begun = try await self.beginPlanChange(request, in: transaction)
            // Where nobody is asked about the price it is one with its decision.
            let done = begun.state == .priced ? try await self.commitPlanChange(begun.id, in: transaction) : nil
            return (begun, done)
        }
        if let done { return done }
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
