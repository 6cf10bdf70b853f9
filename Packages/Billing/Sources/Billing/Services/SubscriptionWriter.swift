internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Carries out one move of a subscription with everything that belongs to it in one transaction: the row, the entry in the log,
/// the intents, the due jobs and the events (billing.md, section 4).
struct SubscriptionWriter<Transaction: BillingTransaction>: Sendable {
    let catalogue: Catalogue
    let resources: SellableResources<Transaction>
    let dateSource: any DateSource
    var idle: (any IdleEndObserver<Transaction>)?

    var dunning: Dunning<Transaction> { Dunning(catalogue: catalogue, dateSource: dateSource) }

    /// Sells (T1): stores the row, holds its places, records it.
    func create(_ subscription: Subscription, plan: Plan, because cause: SubscriptionCause, in transaction: Transaction) async throws {
        let resource = try resources.resource(for: plan)
        try await resource.admit(subscription, plan: plan, in: transaction)
        try await transaction.insert(subscription)
        try await resource.reserve(for: subscription, plan: plan, in: transaction)
        try await transaction.record(SubscriptionCreatedEntry(change: facts(nil, subscription, cause)), by: cause.actor)
        try await transaction.publish(SubscriptionCreated(facts: SubscriptionFacts(subscription)))
    }

    /// Decides and carries out one move.
    ///
    /// - Throws: ``SubscriptionRefusal`` when the table has no such move; nothing has changed then.
    @discardableResult
    func apply(
        _ change: SubscriptionChange, to subscription: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws -> Subscription {
        let transition = try SubscriptionTransition.decide(change, on: subscription, now: dateSource.now)
        var next = transition.subscription
        let order = self.order(after: transition, because: cause)
        var intent: ProviderIntent?
        if let order { intent = try await ask(order, of: &next, in: transaction) }
        try await transaction.save(next)
        next.version += 1
        try await resources.changed(next, in: transaction)
        if let intent { try await recordRequest(intent, next, because: cause, in: transaction) }
        try await record(transition, next, because: cause, in: transaction)
        try await publish(transition, next, because: cause, in: transaction)
        return try await followUp(transition, next, because: cause, in: transaction)
    }

    /// Stores a decision about the provider's side and the job that sends it; queued older ones are given up (BIL-055).
    func ask(_ command: ProviderCommand, of subscription: inout Subscription, in transaction: Transaction) async throws -> ProviderIntent {
        subscription.operationSequence += 1
        subscription.providerSync = .pending
        let object = "subscription:\(subscription.id)"
        _ = try await transaction.supersedeQueuedIntents(of: object, before: subscription.operationSequence)
        let intent = ProviderIntent(
            id: .make(at: dateSource.now), org: subscription.org, object: object, operationSequence: subscription.operationSequence,
            command: command, at: dateSource.now)
        let stored = try await transaction.insert(intent)
        if stored.command.isIdleEnd {
            try await transaction.enqueue(SendIdleEnd(intent: stored.id), .sending(stored))
        } else {
            try await transaction.enqueue(SendProviderIntent(intent: stored.id), .sending(stored))
        }
        return stored
    }

    /// What a move asks of the provider; nothing when the provider made it, or does not know the subscription.
    private func order(after transition: SubscriptionTransition, because cause: SubscriptionCause) -> ProviderCommand? {
        if let order = cause.order { return order }
        guard !cause.isProviderNews, case .providerSubscription(let id) = transition.subscription.backing else { return nil }
        switch transition.rule {
        case .t14, .t20, .t21: return .cancelNow(subscription: id)
        case .t19, .t24: return .cancelAtPeriodEnd(subscription: id)
        case .t22: return .takeBackEnd(subscription: id)
        default: return nil
        }
    }

    private func recordRequest(
        _ intent: ProviderIntent, _ subscription: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        switch intent.command {
        case .cancelNow, .cancelAtPeriodEnd, .setIdleEnd:
            let entry = ProviderCancelRequestedEntry(intent: intent, subscription: subscription, detail: cause.via)
            try await transaction.record(entry, by: cause.actor)
        default: break
        }
    }

    func facts(_ before: Subscription.Status?, _ subscription: Subscription, _ cause: SubscriptionCause) -> SubscriptionEntryFacts {
        SubscriptionEntryFacts(before: before, subscription: subscription, cause: cause.event, via: cause.via)
    }

    private func record(
        _ transition: SubscriptionTransition, _ next: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        guard !cause.isRecordedElsewhere else { return }
        let change = facts(transition.from, next, cause)
        let actor = cause.actor
        switch transition.rule {
        // A change of plan tells of itself.
        case .t2, .t4, .t15, .t16: break
        case .t3: try await transaction.record(SubscriptionProvisioningStartedEntry(change: change), by: actor)
        case .t5: try await transaction.record(SubscriptionActivatedEntry(change: change), by: actor)
        case .t6, .t9: try await transaction.record(SubscriptionFailedEntry(change: change), by: actor)
        case .t7, .t12: try await transaction.record(SubscriptionUnpaidEntry(change: change), by: actor)
        case .t8 where next.cancellation?.origin == .provider:
            try await transaction.record(SubscriptionExpiredEntry(change: change), by: actor)
        case .t8, .t14, .t19, .t20, .t21, .t24: try await transaction.record(SubscriptionCanceledEntry(change: change), by: actor)
        case .t10: try await transaction.record(SubscriptionPastDueEntry(change: change), by: actor)
        case .t11, .t13: try await transaction.record(SubscriptionRecoveredEntry(change: change), by: actor)
        case .t17: try await transaction.record(SubscriptionPausedEntry(change: change), by: actor)
        // Where cases are kept, an end without one is taken back like any other: what says "kept" names its case.
        case .t22 where transition.origin == .idle && idle == nil:
            try await transaction.record(SubscriptionKeptEntry(change: change), by: actor)
        case .t18, .t22: try await transaction.record(SubscriptionResumedEntry(change: change), by: actor)
        }
    }

    private func publish(
        _ transition: SubscriptionTransition, _ next: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        let facts = SubscriptionFacts(next)
        switch transition.rule {
        case .t2, .t4, .t8, .t9, .t15, .t16: break
        case .t7:
            guard let failure = next.failure else { break }
            try await transaction.publish(FirstPaymentFailed(facts: facts, failure: failure))
        case .t3:
            guard let lease = next.lease else { break }
            try await transaction.publish(
                SubscriptionReadyToProvision(
                    facts: facts, fence: lease.fence, configuration: next.configuration, requestedBy: next.requestedBy,
                    operation: next.operation))
        case .t5:
            try await transaction.publish(SubscriptionActivated(facts: facts, at: dateSource.now, periodEnd: next.currentPeriod?.end))
        case .t6:
            guard let failure = next.failure else { break }
            let isRefunded = next.backing?.isCardBilled == true
            try await transaction.publish(SubscriptionProvisioningFailed(facts: facts, failure: failure, isRefunded: isRefunded))
        case .t10, .t11, .t12, .t13, .t17:
            let deadline = next.status == .unpaid ? next.finalDeadline : next.graceDeadline
            try await transaction.publish(
                SubscriptionStandingChanged(facts: facts, from: transition.from, to: next.status, deadline: deadline))
        case .t14, .t20, .t21: try await publishEnd(of: next, via: cause.via, in: transaction)
        case .t18, .t22: try await transaction.publish(SubscriptionResumed(facts: facts, endOrigin: transition.origin))
        case .t19, .t24:
            guard let endsAt = next.endsAt, let cancellation = next.cancellation else { break }
            try await transaction.publish(
                SubscriptionEnding(facts: facts, endsAt: endsAt, origin: cancellation.origin, user: cause.user))
        }
    }

    /// Tells that it is over, at once or with its period.
    func publishEnd(of subscription: Subscription, via: String, in transaction: Transaction) async throws {
        guard let endsAt = subscription.endsAt, let cancellation = subscription.cancellation else { return }
        try await transaction.publish(
            SubscriptionEnded(
                facts: SubscriptionFacts(subscription), endedAt: endsAt, mode: cancellation.mode, origin: cancellation.origin, via: via))
    }

    private func followUp(
        _ transition: SubscriptionTransition, _ next: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws -> Subscription {
        try await money.follow(transition, next, because: cause, in: transaction)
        try await tellIdle(transition, next, because: cause, in: transaction)
        switch transition.rule {
        case .t3: return try await startStanding(next, because: cause, in: transaction)
        case .t6:
            try await resources.release(next, in: transaction)
            if case .providerSubscription(let id) = next.backing { try await compensate(id, for: next, in: transaction) }
        case .t8, .t9: try await resources.release(next, in: transaction)
        case .t10:
            try await enforce(next, at: next.graceDeadline, in: transaction)
            try await dunning.opened(next, in: transaction)
        case .t11, .t13: try await dunning.closed(next, .paid, in: transaction)
        case .t12:
            try await enforce(next, at: next.finalDeadline, in: transaction)
            try await dunning.reached(.readOnly, of: next, in: transaction)
        case .t14, .t20, .t21: try await dunning.closed(next, .ended, in: transaction)
        case .t22 where next.status == .pastDue: try await enforce(next, at: next.graceDeadline, in: transaction)
        case .t19, .t24: try await scheduleEnd(of: next, in: transaction)
        default: break
        }
        switch transition.rule {
        // What runs, or runs on, is paid for as its customer pays by now (BIL-089).
        case .t5, .t11, .t13, .t16, .t18, .t22: return try await ConversionWriter(writer: self).plan(next, in: transaction)
        default: return next
        }
    }

    /// A person's decision takes the place of the one that idleness made; attention of any kind starts its clock anew (IDL-018, IDL-034).
    private func tellIdle(
        _ transition: SubscriptionTransition, _ next: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        guard let idle, !cause.isRecordedElsewhere else { return }
        switch transition.rule {
        case .t21 where transition.origin == .idle, .t24: try await idle.overridden(next, in: transaction)
        case .t18, .t22: try await idle.attended(to: next.id, in: transaction)
        default: break
        }
    }

    /// A seat or an add-on has nothing to be provisioned: it runs as soon as it is paid.
    private func startStanding(
        _ subscription: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws -> Subscription {
        guard let resource = resources.standingResource(of: subscription.plan.key), let lease = subscription.lease else {
            return subscription
        }
        var linked = subscription
        linked.resource = resource
        let period = linked.currentPeriod ?? firstPeriod(of: linked)
        return try await apply(.activated(fence: lease.fence, period: period, trialEnd: nil), to: linked, because: cause, in: transaction)
    }

    /// The first period of a subscription that starts now, for what the provider does not bill.
    func firstPeriod(of subscription: Subscription) -> Period? {
        let now = dateSource.now
        return Period(start: now, end: now.addingMonths(subscription.interval.months, anchoredOnDay: now.calendarDate.day))
    }

    /// Undoes a sale at the provider: ends it there, gives back what was collected; exactly once (BIL-038).
    func compensate(_ id: ProviderID, for subscription: Subscription, in transaction: Transaction) async throws {
        guard try await transaction.openCompensation(of: id, for: subscription, at: dateSource.now) else { return }
        let intent = try await transaction.insert(
            ProviderIntent(
                id: .make(at: dateSource.now), org: subscription.org, object: "compensation:\(id.rawValue)", operationSequence: 1,
                command: .cancelNow(subscription: id), at: dateSource.now))
        try await transaction.enqueue(SendProviderIntent(intent: intent.id), .sending(intent))
        let entry = ProviderCancelRequestedEntry(intent: intent, subscription: subscription, detail: "compensation")
        try await transaction.record(entry, by: .system(component: "billing"))
        try await transaction.enqueue(
            CompensateSale(subscription: subscription.id, provider: id),
            JobOptions(uniqueKey: id.rawValue, org: subscription.org.uuid))
    }

    private func enforce(_ subscription: Subscription, at deadline: Instant?, in transaction: Transaction) async throws {
        guard let deadline else { return }
        let (job, options) = EnforceDeadline.order(of: subscription, at: deadline)
        try await transaction.enqueue(job, options)
    }

    func scheduleEnd(of subscription: Subscription, in transaction: Transaction) async throws {
        guard let endsAt = subscription.endsAt else { return }
        try await transaction.enqueue(
            EndAccess(subscription: subscription.id),
            JobOptions(runAt: endsAt, uniqueKey: "\(subscription.id):\(endsAt.microsecondsSinceEpoch)", org: subscription.org.uuid))
    }
}

/// Who or what made it happen.
struct SubscriptionCause: Sendable {
    let actor: AuditActor
    var event: InboundEvent.ID?
    var user: User.ID?
    var via: String
    /// Whether it happened at the provider, so that nothing has to be asked of it.
    var isProviderNews = false
    /// What is asked of the provider in place of the usual order.
    var order: ProviderCommand?
    /// Whether whoever makes the move records it, and tells whom it concerns.
    var isRecordedElsewhere = false

    static func system(_ via: String) -> SubscriptionCause {
        SubscriptionCause(actor: .system(component: "billing"), via: via)
    }

    static func user(_ id: User.ID, via: String) -> SubscriptionCause {
        SubscriptionCause(actor: .user(AuditReference(id)), user: id, via: via)
    }

    static func event(_ id: InboundEvent.ID) -> SubscriptionCause {
        SubscriptionCause(actor: .provider(AuditReference(id)), event: id, via: "provider", isProviderNews: true)
    }
}

extension BillingTransaction {
    /// The customer of an org, locked; made and recorded when there is none yet.
    func lockCustomer(of org: Org.ID, currency: Currency, now: Instant) async throws -> BillingCustomer {
        let (customer, isNew) = try await lockedCustomer(orMaking: BillingCustomer(org: org, currency: currency, at: now))
        if isNew { try await record(CustomerCreatedEntry(customer: customer), by: .system(component: "billing")) }
        return customer
    }

    /// A subscription, locked after its customer, so that all who lock both do it in one order (BIL-134).
    func lockWithCustomer(_ id: Subscription.ID, currency: Currency, now: Instant) async throws -> Subscription? {
        guard let org = try await subscription(id)?.org else { return nil }
        _ = try await lockCustomer(of: org, currency: currency, now: now)
        return try await lockedSubscription(id)
    }
}
