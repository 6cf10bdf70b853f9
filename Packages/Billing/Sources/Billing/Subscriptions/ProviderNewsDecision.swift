internal import Core

/// What the provider's view of a subscription means for ours: a pure decision (billing.md, section 4; STR-084, STR-085).
enum ProviderNewsDecision {
    /// What is to be done.
    struct Outcome: Hashable, Sendable {
        /// The moves, in order.
        var changes: [SubscriptionChange] = []
        /// Whether what was sold there must be undone, because nothing here can take it (BIL-026, BIL-135).
        var mustBeUndone = false
        /// How far a conversion has come (BIL-089).
        var conversion: ConversionStep?

        /// Whether something begins to be provisioned.
        var isStart: Bool {
            changes.contains { change in
                if case .backingConfirmed = change { true } else { false }
            }
        }
    }

    /// How far a conversion has come at the provider.
    enum ConversionStep: Hashable, Sendable {
        /// The provider's subscription ended with its period, as planned.
        case ended
        /// The provider's subscription began.
        case begun
        /// The provider's subscription goes on, with no end planned.
        case goesOn
    }

    /// A word we do not know, where a decision is needed.
    struct UnknownWord: Error, Hashable {}

    static func decide(
        _ row: Subscription, by news: ProviderSubscription, policies: Plan.Policies?, now: Instant
    ) throws(UnknownWord) -> Outcome {
        guard let status = news.status else { throw UnknownWord() }
        if let link = row.providerLink, link.subscription != news.id {
            return Outcome(mustBeUndone: status != .canceled && status != .incompleteExpired)
        }
        if let step = conversion(row, news, status, now: now) { return Outcome(conversion: step) }
        // What we bill ourselves is not moved by what a subscription of before shows.
        if row.startedAt != nil, case .netTerms = row.backing {
            return Outcome(mustBeUndone: row.conversion == .card && row.closedAt != nil && isRunning(status))
        }
        switch row.status {
        case .pending, .pendingPayment: return beforeStart(row, news, status, now: now)
        case .unpaid where row.startedAt == nil: return beforeStart(row, news, status, now: now)
        case .provisioning: return Outcome(changes: whileProvisioning(row, status, now: now))
        case .failed: return Outcome(mustBeUndone: row.providerLink == nil && isRunning(status))
        case .canceled where !row.isEnding(at: now):
            return Outcome(mustBeUndone: row.startedAt == nil && row.providerLink == nil && isRunning(status))
        case .upgrading: return Outcome()
        case .active, .pastDue, .unpaid, .paused, .canceled:
            return Outcome(changes: whileRunning(row, news, status, policies: policies, now: now))
        }
    }

    private static func conversion(
        _ row: Subscription, _ news: ProviderSubscription, _ status: ProviderSubscription.Status, now: Instant
    ) -> ConversionStep? {
        guard row.startedAt != nil, !row.isTerminal else { return nil }
        switch row.conversion {
        case .none: return nil
        case .card:
            guard case .netTerms = row.backing, status == .active || status == .pastDue else { return nil }
            return .begun
        case .netTerms where row.status == .upgrading: return nil
        case .netTerms where status == .canceled:
            // Ended before, or for want of payment, it is an end like any other.
            guard row.status != .unpaid, news.cancellationReason != "payment_failed", let end = (news.period ?? row.currentPeriod)?.end,
                (news.endedAt ?? now) >= end
            else { return nil }
            return .ended
        case .netTerms:
            return isRunning(status) && row.providerSync == .confirmed && news.endsAt == nil ? .goesOn : nil
        }
    }

    private static func isRunning(_ status: ProviderSubscription.Status) -> Bool {
        switch status {
        case .active, .trialing, .pastDue, .unpaid, .paused: true
        case .incomplete, .incompleteExpired, .canceled: false
        }
    }

    private static func beforeStart(
        _ row: Subscription, _ news: ProviderSubscription, _ status: ProviderSubscription.Status, now: Instant
    ) -> Outcome {
        switch status {
        case .active, .trialing:
            // Delayed methods make a subscription active before any money came: it counts once the invoice is settled (STR-E44).
            guard status == .trialing || news.latestInvoice.map(\.isSettled) ?? true else { return Outcome() }
            let lease = ProvisioningLease(subscription: row.id, fence: 1, holder: "provisioning", until: now + .minutes(60))
            let link = Subscription.ProviderLink(subscription: news.id, item: news.item, price: news.price)
            return Outcome(changes: [.backingConfirmed(.providerSubscription(news.id), link: link, lease: lease)])
        case .incomplete: return Outcome(changes: row.status == .pending ? [.paymentRequested] : [])
        case .incompleteExpired, .canceled: return Outcome(changes: [.abandoned(.provider, reason: news.cancellationReason)])
        case .pastDue, .unpaid:
            guard row.status != .unpaid else { return Outcome() }
            let failure = ProvisioningFailure(code: "PAYMENT_FAILED", message: "The first payment failed.", at: now)
            return Outcome(changes: [.firstPaymentFailed(failure)])
        case .paused: return Outcome()
        }
    }

    private static func whileProvisioning(
        _ row: Subscription, _ status: ProviderSubscription.Status, now: Instant
    ) -> [SubscriptionChange] {
        guard status == .canceled || status == .incompleteExpired, let fence = row.lease?.fence else { return [] }
        let failure = ProvisioningFailure(
            code: "SUBSCRIPTION_ENDED", message: "The subscription was ended before the resource was ready.", at: now)
        return [.provisioningFailed(fence: fence, failure)]
    }

    private static func whileRunning(
        _ row: Subscription, _ news: ProviderSubscription, _ status: ProviderSubscription.Status, policies: Plan.Policies?, now: Instant
    ) -> [SubscriptionChange] {
        if status == .canceled || status == .incompleteExpired { return ended(row, news, now: now) }
        // Our own decision, not yet confirmed, is not undone by what the provider showed before it (STR-124).
        guard row.providerSync == .confirmed else { return [] }
        var changes: [SubscriptionChange] = []
        if row.status == .canceled {
            guard news.endsAt == nil else { return [] }
            return [.endTakenBack(pastDue: status == .pastDue)]
        }
        changes += standing(row, status, policies: policies, now: now)
        if row.conversion == nil, let end = news.endsAt, end > now {
            changes.append(.endScheduled(at: end, .portal, reason: news.cancellationReason))
        }
        return changes
    }

    private static func standing(
        _ row: Subscription, _ status: ProviderSubscription.Status, policies: Plan.Policies?, now: Instant
    ) -> [SubscriptionChange] {
        let grace = now + .days(policies?.graceDays ?? 14)
        let final = (row.graceDeadline ?? grace) + .days((policies?.finalDays ?? 28) - (policies?.graceDays ?? 14))
        switch (row.status, status) {
        case (.pastDue, .active), (.unpaid, .active), (.pastDue, .trialing), (.unpaid, .trialing): return [.paymentRecovered]
        case (.active, .pastDue): return [.paymentOverdue(graceDeadline: grace)]
        case (.active, .unpaid): return [.paymentOverdue(graceDeadline: grace), .graceEnded(finalDeadline: final)]
        case (.pastDue, .unpaid): return [.graceEnded(finalDeadline: final)]
        case (.active, .paused), (.pastDue, .paused): return [.paused]
        case (.paused, .active), (.paused, .trialing): return [.unpaused(pastDue: false)]
        case (.paused, .pastDue): return [.unpaused(pastDue: true)]
        default: return []
        }
    }

    private static func ended(_ row: Subscription, _ news: ProviderSubscription, now: Instant) -> [SubscriptionChange] {
        let end = min(news.endedAt ?? now, now)
        if row.isEnding(at: now) {
            // Reached as planned: the due job hands over. Ended earlier: now.
            guard let planned = row.endsAt, end < planned else { return [] }
            return [.ended(at: end, row.cancellation?.origin ?? .provider, reason: news.cancellationReason)]
        }
        switch news.cancellationReason {
        case "payment_failed" where row.status == .pastDue || row.status == .unpaid: return [.endedUnpaid]
        case "payment_failed" where row.status == .active:
            return [.ended(at: end, .paymentFailure, reason: news.cancellationReason)]
        case "cancellation_requested": return [.ended(at: end, .portal, reason: news.cancellationReason)]
        default: return [.ended(at: end, .provider, reason: news.cancellationReason)]
        }
    }
}
