internal import Audit
internal import Core
internal import Jobs
internal import Orgs

/// Brings running subscriptions from the card to our own invoices and back, each at the end of a period, so that no time is paid for
/// twice and none is left out (BIL-089).
///
/// What is wanted is what the customer says by now; whatever was begun before is taken back or followed by the other direction.
struct ConversionWriter<Transaction: BillingTransaction>: Sendable {
    let writer: SubscriptionWriter<Transaction>

    private var now: Instant { writer.dateSource.now }

    // MARK: From the card to invoices

    /// Has the provider's subscription of who pays by invoice by now end with its period, or go on where that was taken back.
    ///
    /// One that owes money, or whose plan changes, follows once that is over.
    func plan(_ row: Subscription, in transaction: Transaction) async throws -> Subscription {
        guard case .providerSubscription(let id) = row.backing, row.startedAt != nil else { return row }
        let isPlanned = row.conversion == .netTerms
        guard row.status == .active || (isPlanned && [.pastDue, .paused, .unpaid].contains(row.status)) else { return row }
        let customer = try await transaction.lockCustomer(of: row.org, currency: writer.catalogue.currency, now: now)
        guard customer.invoiceBillingEnabled || isPlanned else { return row }
        // While it is taken back it stays marked: an end that comes first is still none of the customer's.
        var next = row
        next.conversion = .netTerms
        next.updatedAt = now
        let intent: ProviderIntent
        if customer.invoiceBillingEnabled {
            intent = try await writer.ask(.cancelAtPeriodEnd(subscription: id), of: &next, in: transaction)
        } else {
            intent = try await writer.ask(.takeBackEnd(subscription: id), of: &next, in: transaction)
        }
        try await transaction.save(next)
        next.version += 1
        if customer.invoiceBillingEnabled {
            let entry = ProviderCancelRequestedEntry(intent: intent, subscription: next, detail: "conversion")
            try await transaction.record(entry, by: .billing)
        }
        let cause = SubscriptionCause.system(customer.invoiceBillingEnabled ? "pays by invoice" : "pays by card")
        try await transaction.record(SubscriptionConversionPlannedEntry(change: writer.facts(nil, next, cause)), by: .billing)
        return next
    }

    /// Looks at the provider's subscription when it should have ended, whether its events come or not.
    func watchEnd(of row: Subscription, _ id: ProviderID, in transaction: Transaction) async throws {
        guard let end = row.currentPeriod?.end else { return }
        let subject = ProviderSubject.subscription(id)
        // Not in the line of the other looks, which would wait for it.
        let options = JobOptions(
            runAt: max(now, end + .minutes(1)), uniqueKey: "\(subject.serialKey):conversion:\(row.operationSequence)", org: row.org.uuid)
        try await transaction.enqueue(SyncProviderObject(subject: subject), options)
    }

    /// The provider's subscription has no end: as is wanted by now, or against it.
    func goesOn(_ row: Subscription, in transaction: Transaction) async throws {
        let customer = try await transaction.lockCustomer(of: row.org, currency: writer.catalogue.currency, now: now)
        guard !customer.invoiceBillingEnabled else {
            _ = try await plan(row, in: transaction)
            return
        }
        var next = row
        next.conversion = nil
        next.updatedAt = now
        try await transaction.save(next)
    }

    /// Carries on by what the provider shows.
    func saw(
        _ step: ProviderNewsDecision.ConversionStep, _ subscription: ProviderSubscription?, of row: Subscription,
        cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        switch step {
        case .ended: try await takeOver(row, because: cause, in: transaction)
        case .goesOn: try await goesOn(row, in: transaction)
        case .begun:
            guard let subscription else { return }
            try await handOver(row, to: subscription, because: cause, in: transaction)
        }
    }

    /// The provider charges no more: the next period, which begins where its last one ended, is billed by us.
    private func takeOver(_ row: Subscription, because cause: SubscriptionCause, in transaction: Transaction) async throws {
        guard let period = row.currentPeriod, let next = row.period(after: period) else { return }
        var taken = row
        taken.backing = .netTerms
        taken.providerLink = nil
        taken.conversion = nil
        taken.isCollectionPaused = false
        // Nothing that still waits is to be asked about what is over.
        taken.operationSequence += 1
        taken.providerSync = .confirmed
        _ = try await transaction.supersedeQueuedIntents(of: "subscription:\(row.id)", before: taken.operationSequence)
        let renewed = try await renew(taken, for: next, in: transaction)
        try await transaction.record(SubscriptionConvertedEntry(change: writer.facts(nil, renewed, cause)), by: cause.actor)
        try await writer.money.carry(row.org, because: "converted:\(row.id):\(next.start.microsecondsSinceEpoch)", in: transaction)
        if renewed.status == .paused {
            // What had paused it is gone.
            try await writer.apply(.unpaused(pastDue: false), to: renewed, because: cause, in: transaction)
        }
    }

    // MARK: From invoices to the card

    /// What became of the wish to have the provider charge a period.
    enum Beginning: Hashable, Sendable {
        /// The provider was asked.
        case asked
        /// It can be asked later.
        case tooEarly(until: Instant)
        /// The period is billed by us.
        case notAsked
    }

    /// What begins at the provider must have begun by its clock, too, which may be behind ours.
    static var margin: Duration { .seconds(30) }

    /// Moves a subscription on to a period and bills it.
    @discardableResult
    func renew(_ row: Subscription, for period: Period, in transaction: Transaction) async throws -> Subscription {
        var row = row
        row.currentPeriod = period
        row.updatedAt = now
        try await transaction.save(row)
        row.version += 1
        let change = writer.facts(row.status, row, .system("renewal"))
        try await transaction.record(SubscriptionRenewedEntry(change: change), by: .billing)
        try await transaction.publish(SubscriptionRenewed(facts: SubscriptionFacts(row), period: period))
        try await writer.money.netTerms.bill(row, for: period, by: .billing, in: transaction)
        return row
    }

    /// Asks the provider for a subscription that begins with this period, where the customer pays by card by now.
    func begin(_ row: Subscription, for period: Period, in transaction: Transaction) async throws -> Beginning {
        let customer = try await transaction.lockCustomer(of: row.org, currency: writer.catalogue.currency, now: now)
        // Periods that were missed altogether are billed by us, one by one.
        guard !customer.invoiceBillingEnabled, row.status == .active, let first = row.providerPeriod(from: period.start),
            first.end > now
        else { return .notAsked }
        let earliest = period.start + Self.margin
        guard now >= earliest else { return .tooEarly(until: earliest) }
        let methods = try await transaction.paymentMethods(of: row.org).filter { $0.isUsable(at: now) }
        guard let payer = customer.providerCustomer, let method = methods.first(where: \.isDefault) ?? methods.first,
            let price = try await transaction.lockedPrice(of: row.plan, row.interval, customer.currency)?.price
        else {
            try await fail(row, via: "no usable payment method", in: transaction)
            return .notAsked
        }
        var next = row
        next.conversion = .card
        next.updatedAt = now
        let sale = ProviderCommand.Sale(
            org: row.org, subscription: row.id, customer: payer, price: price, method: method.id, trialDays: 0, period: first)
        _ = try await writer.ask(.createSubscription(sale), of: &next, in: transaction)
        try await transaction.save(next)
        next.version += 1
        let change = writer.facts(nil, next, .system("pays by card"))
        try await transaction.record(SubscriptionConversionPlannedEntry(change: change), by: .billing)
        return .asked
    }

    /// The card was declined: the period is billed by us, and the next one is tried again.
    func refused(_ row: Subscription, _ refusal: ProviderRefusal, in transaction: Transaction) async throws {
        var row = row
        row.conversion = nil
        row.providerSync = .confirmed
        let period = row.currentPeriod.flatMap { row.period(after: $0) }
        guard row.status == .active || row.status == .pastDue, case .netTerms = row.backing, let period else {
            row.updatedAt = now
            return try await transaction.save(row)
        }
        try await fail(row, via: refusal.code, in: transaction)
        try await renew(row, for: period, in: transaction)
    }

    /// The provider charges from now on.
    private func handOver(
        _ row: Subscription, to subscription: ProviderSubscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        var next = row
        next.backing = .providerSubscription(subscription.id)
        next.providerLink = Subscription.ProviderLink(subscription: subscription.id, item: subscription.item, price: subscription.price)
        next.conversion = nil
        // It begins where ours ended, whatever part of it the provider calls the current period.
        if let shown = subscription.period {
            next.currentPeriod = row.currentPeriod.flatMap { Period(start: $0.end, end: shown.end) } ?? shown
        }
        next.updatedAt = now
        try await transaction.save(next)
        next.version += 1
        let change = writer.facts(nil, next, cause)
        try await transaction.record(SubscriptionConvertedEntry(change: change), by: cause.actor)
        try await writer.money.carry(row.org, because: "converted:\(subscription.id.rawValue)", in: transaction)
        // The customer may have changed its mind meanwhile.
        _ = try await plan(next, in: transaction)
    }

    private func fail(_ row: Subscription, via: String, in transaction: Transaction) async throws {
        let change = writer.facts(nil, row, .system(via))
        try await transaction.record(SubscriptionConversionFailedEntry(change: change), by: .billing)
    }
}
