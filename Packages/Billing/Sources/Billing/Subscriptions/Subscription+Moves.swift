internal import Core

extension Subscription {
    /// Applies a change or throws without having changed anything that is kept.
    mutating func apply(_ change: SubscriptionChange, now: Instant) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        switch change {
        case .paymentRequested: try requestPayment()
        case .backingConfirmed(let backing, let link, let lease): try confirm(backing, link: link, lease: lease)
        case .leaseLapsed(let lease): try handOver(to: lease)
        case .activated(let fence, let period, let trialEnd):
            try activate(fence: fence, period: period, trialEnd: trialEnd, now: now)
        case .provisioningFailed(let fence, let failure): try fail(fence: fence, failure, now: now)
        case .firstPaymentFailed(let failure): try failFirstPayment(failure)
        case .abandoned(let origin, let reason): try abandon(origin, reason: reason, now: now)
        case .refused(let failure): try refuse(failure, now: now)
        case .paymentOverdue(let deadline): try becomePastDue(graceDeadline: deadline)
        case .paymentRecovered: try recover()
        case .graceEnded(let deadline): try becomeUnpaid(finalDeadline: deadline)
        case .endedUnpaid: try endUnpaid(now: now)
        case .planChangeAccepted: try beginPlanChange()
        case .planChangeEnded(let plan, let interval, let price): try endPlanChange(plan, interval, price: price)
        case .paused: try pause()
        case .unpaused(let pastDue): try unpause(pastDue: pastDue)
        case .endScheduled(let end, let origin, let reason): try scheduleEnd(at: end, origin, reason: reason, now: now)
        case .ended(let end, let origin, let reason): try endNow(at: end, origin, reason: reason, now: now)
        case .endTakenBack(let pastDue): try takeBack(pastDue: pastDue, now: now)
        case .endAdopted(let origin, let end): try adoptEnd(origin, endsAt: end, now: now)
        }
    }

    private func require(_ statuses: Status...) throws(SubscriptionRefusal) {
        guard statuses.contains(status) else { throw .notAllowed(status) }
    }

    // MARK: Before it runs

    private mutating func requestPayment() throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pending)
        status = .pendingPayment
        return .t2
    }

    private mutating func confirm(
        _ backing: Backing, link: ProviderLink?, lease: ProvisioningLease
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pending, .pendingPayment, .unpaid)
        if status == .unpaid, startedAt != nil { throw .notAllowed(status) }
        guard resource == nil || resourceType == .repository else { throw .resourceInTheWay }
        guard self.lease == nil else { throw .leased }
        self.backing = backing
        providerLink = link ?? providerLink
        self.lease = lease
        failure = nil
        status = .provisioning
        return .t3
    }

    private mutating func handOver(to next: ProvisioningLease) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.provisioning)
        guard let lease, next.fence == lease.fence + 1 else { throw .staleFence }
        self.lease = next
        return .t4
    }

    private mutating func activate(
        fence: Int64, period: Period?, trialEnd: Instant?, now: Instant
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.provisioning)
        guard lease?.fence == fence else { throw .staleFence }
        guard resource != nil, backing != nil else { throw .resourceInTheWay }
        status = .active
        startedAt = startedAt ?? now
        currentPeriod = period ?? currentPeriod
        self.trialEnd = trialEnd ?? self.trialEnd
        lease = nil
        return .t5
    }

    private mutating func fail(
        fence: Int64, _ failure: ProvisioningFailure, now: Instant
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.provisioning)
        guard lease?.fence == fence else { throw .staleFence }
        finish(.failed, at: now, Cancellation(mode: .immediate, origin: .provisioningFailure), now: now)
        self.failure = self.failure ?? failure
        return .t6
    }

    private mutating func failFirstPayment(_ failure: ProvisioningFailure) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pending, .pendingPayment)
        self.failure = failure
        status = .unpaid
        return .t7
    }

    private mutating func abandon(
        _ origin: Cancellation.Origin, reason: String?, now: Instant
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pending, .pendingPayment, .unpaid)
        if status == .unpaid, startedAt != nil { throw .notAllowed(status) }
        finish(.canceled, at: now, Cancellation(mode: .immediate, origin: origin, reason: reason), now: now)
        canceledAt = now
        return .t8
    }

    private mutating func refuse(_ failure: ProvisioningFailure, now: Instant) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pending)
        finish(.failed, at: now, nil, now: now)
        self.failure = failure
        return .t9
    }

    // MARK: Money owed

    private mutating func becomePastDue(graceDeadline: Instant) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.active)
        status = .pastDue
        self.graceDeadline = graceDeadline
        return .t10
    }

    private mutating func recover() throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pastDue, .unpaid)
        if status == .unpaid, startedAt == nil { throw .notAllowed(status) }
        let rule = status == .pastDue ? SubscriptionTransition.Rule.t11 : .t13
        status = .active
        graceDeadline = nil
        finalDeadline = nil
        return rule
    }

    private mutating func becomeUnpaid(finalDeadline: Instant) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pastDue)
        status = .unpaid
        self.finalDeadline = finalDeadline
        return .t12
    }

    private mutating func endUnpaid(now: Instant) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.pastDue, .unpaid)
        if startedAt == nil { throw .notAllowed(status) }
        finish(.canceled, at: now, Cancellation(mode: .immediate, origin: .paymentFailure), now: now)
        canceledAt = now
        return .t14
    }

    private mutating func beginPlanChange() throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.active)
        status = .upgrading
        return .t15
    }

    private mutating func endPlanChange(
        _ plan: PlanReference?, _ interval: BillingInterval?, price: ProviderID?
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.upgrading)
        status = .active
        if let plan {
            self.plan = plan
            self.interval = interval ?? self.interval
            if let price { providerLink?.price = price }
        }
        return .t16
    }

    private mutating func pause() throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.active, .pastDue)
        status = .paused
        return .t17
    }

    private mutating func unpause(pastDue: Bool) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        try require(.paused)
        status = pastDue ? .pastDue : .active
        return .t18
    }

    // MARK: Ends

    private mutating func scheduleEnd(
        at end: Instant, _ origin: Cancellation.Origin, reason: String?, now: Instant
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        if origin == .provider || origin == .portal {
            try require(.active, .pastDue, .paused)
        } else {
            try require(.active)
        }
        guard end > now else { throw .periodEndUnknown }
        status = .canceled
        cancellation = Cancellation(mode: .periodEnd, origin: origin, reason: reason)
        canceledAt = now
        endsAt = end
        conversion = nil
        return .t19
    }

    private mutating func endNow(
        at end: Instant, _ origin: Cancellation.Origin, reason: String?, now: Instant
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        let wasEnding = isEnding(at: now)
        if !wasEnding { try require(.active, .pastDue, .unpaid, .paused) }
        if status == .unpaid, startedAt == nil { throw .notAllowed(status) }
        let instant = min(end, endsAt ?? end)
        finish(.canceled, at: instant, Cancellation(mode: .immediate, origin: origin, reason: reason), now: now)
        canceledAt = canceledAt ?? now
        return wasEnding ? .t21 : .t20
    }

    private mutating func takeBack(pastDue: Bool, now: Instant) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        guard status == .canceled, cancellation?.mode == .periodEnd else { throw .notAllowed(status) }
        guard isEnding(at: now) else { throw .tooLate }
        status = pastDue ? .pastDue : .active
        cancellation = nil
        canceledAt = nil
        endsAt = nil
        return .t22
    }

    private mutating func adoptEnd(
        _ origin: Cancellation.Origin, endsAt: Instant?, now: Instant
    ) throws(SubscriptionRefusal) -> SubscriptionTransition.Rule {
        guard isEnding(at: now), cancellation?.origin == .idle, [.user, .admin, .portal].contains(origin) else {
            throw .notAllowed(status)
        }
        cancellation?.origin = origin
        canceledAt = now
        if origin == .portal, let endsAt { self.endsAt = endsAt }
        return .t24
    }

    private mutating func finish(_ status: Status, at end: Instant, _ cancellation: Cancellation?, now: Instant) {
        self.status = status
        self.cancellation = cancellation ?? self.cancellation
        endsAt = end
        closedAt = now
        lease = nil
        // What the provider was asked to begin is to be undone when it comes.
        if conversion == .netTerms { conversion = nil }
    }
}
