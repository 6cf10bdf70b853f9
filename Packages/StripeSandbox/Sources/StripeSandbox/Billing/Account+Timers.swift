internal import Core

extension Account {
    /// Runs the earliest timer that follows the simulator's clock, when it is due.
    ///
    /// - Returns: whether one ran.
    mutating func runTimer(dueAt time: Int64) -> Bool {
        guard let entry = timers.takeDue(at: time) else { return false }
        occasion = Occasion(now: entry.time)
        fire(entry.timer)
        publishEvents()
        return true
    }

    /// Moves a test clock to a time, running its timers in their order (STR-168).
    mutating func advanceTestClock(_ id: String, to time: Int64) {
        while let entry = testClockTimers[id]?.takeDue(at: time) {
            testClocks.modify(id) { $0.frozenTime = max($0.frozenTime, entry.time) }
            fire(entry.timer)
        }
        testClocks.modify(id) { $0.frozenTime = time }
    }

    private mutating func fire(_ timer: SandboxTimer) {
        switch timer {
        case .announceRenewal(let id, let end): announceRenewal(id, end)
        case .renew(let id, let end): renew(id, end)
        case .endSubscription(let id): endIfPlanned(id)
        case .warnOfTrialEnd(let id): warnOfTrialEnd(id)
        case .lapse(let id): lapse(id)
        case .resumeCollection(let id): resumeCollection(id)
        case .finalize(let id): finalizeIfDue(id)
        case .retryPayment(let id, let attempt): retryPayment(id, attempt)
        case .giveUp(let id): giveUp(id)
        case .expireSession(let id): expireIfDue(id)
        case .settleRefund(let id): settleRefund(id)
        case .openDispute(let id): openDispute(of: id)
        case .lapseUpdate(let id): lapseUpdate(id)
        case .arrive(let id, let time): arrive(id, at: time)
        case .advanceSchedule(let id): advance(schedule: id)
        case .warnOfScheduleEnd(let id, let end): warnOfScheduleEnd(id, end)
        case .dropOldSecret(let id): dropOldSecret(id)
        case .warnOfDueDate(let id): tellIfOwed("invoice.will_be_due", id)
        case .fallOverdue(let id): tellIfOwed("invoice.overdue", id)
        case .endDisputed(let id):
            if subscriptions[id]?.status.isTerminal == false { end(id, reason: "payment_disputed") }
        }
    }

    private mutating func announceRenewal(_ id: String, _ periodEnd: Int64) {
        guard let subscription = subscriptions[id], subscription.currentPeriodEnd == periodEnd,
            [.active, .trialing, .pastDue].contains(subscription.status), !subscription.isEnding, subscription.pauseBehavior == nil,
            subscription.collectionMethod == "charge_automatically",
            case .object(var members) = preview(of: subscription).json(in: self)
        else { return }
        members["id"] = nil
        emit("invoice.upcoming", .object(members))
    }

    private mutating func warnOfTrialEnd(_ id: String) {
        guard let subscription = subscriptions[id], subscription.status == .trialing, !subscription.isEnding else { return }
        announce("customer.subscription.trial_will_end", \.subscriptions, id)
    }

    /// A subscription that nobody paid for lapses: its invoice is void.
    private mutating func lapse(_ id: String) {
        guard let subscription = subscriptions[id], subscription.status == .incomplete else { return }
        let now = now(subscription.testClock)
        change(\.subscriptions, id, "customer.subscription.updated") { subscription in
            subscription.status = .incompleteExpired
            subscription.endedAt = now
        }
        if let invoice = subscription.latestInvoice, invoices[invoice]?.status == .open { void(invoice) }
    }

    private mutating func resumeCollection(_ id: String) {
        guard let subscription = subscriptions[id], let resumesAt = subscription.pauseResumesAt,
            resumesAt <= now(subscription.testClock), !subscription.status.isTerminal
        else { return }
        change(\.subscriptions, id, "customer.subscription.updated") { subscription in
            subscription.pauseBehavior = nil
            subscription.pauseResumesAt = nil
        }
    }

    private mutating func endIfPlanned(_ id: String) {
        guard let subscription = subscriptions[id], let cancelAt = subscription.cancelAt, cancelAt <= now(subscription.testClock) else {
            return
        }
        end(id, reason: "cancellation_requested")
    }

    /// The end of a period: the next one begins, or the subscription ends (STR-149).
    private mutating func renew(_ id: String, _ periodEnd: Int64) {
        // What the next phase of a schedule says counts for the period that begins.
        if let schedule = subscriptions[id]?.schedule, schedules[schedule]?.phases.contains(where: { $0.end == periodEnd }) == true {
            advance(schedule: schedule)
        }
        guard let subscription = subscriptions[id], subscription.currentPeriodEnd == periodEnd,
            [.active, .trialing, .pastDue, .unpaid].contains(subscription.status)
        else { return }
        if let cancelAt = subscription.cancelAt, cancelAt <= periodEnd { return end(id, reason: "cancellation_requested") }
        let method = subscription.defaultPaymentMethod ?? customers[subscription.customer]?.defaultPaymentMethod
        if subscription.status == .trialing, method == nil, subscription.missingPaymentMethod == "cancel" {
            return end(id, reason: "cancellation_requested")
        }
        if subscription.status == .trialing, method == nil, subscription.missingPaymentMethod == "pause" { return pauseAfterTrial(id) }
        let before = subscription.json(in: self)
        var items = subscription.items
        for index in items.indices where items[index].periodEnd == periodEnd {
            items[index].periodStart = periodEnd
            items[index].periodEnd = self.periodEnd(
                ofPrice: items[index].price, from: periodEnd, anchor: subscription.billingCycleAnchor)
        }
        subscriptions.modify(id) { subscription in
            subscription.items = items
            if subscription.status == .trialing { subscription.status = .active }
        }
        guard
            let invoice = makeInvoice(
                for: id, reason: "subscription_cycle", periodStart: subscription.currentPeriodStart, periodEnd: periodEnd,
                beginning: periodEnd)
        else { return }
        let isCollected = subscription.status != .unpaid && subscription.pauseBehavior != "keep_as_draft"
        let finalizesAt = now(subscription.testClock) + settings.draftDelay
        invoices.modify(invoice) { invoice in
            invoice.isAutoAdvanced = isCollected
            invoice.automaticallyFinalizesAt = isCollected ? finalizesAt : nil
            invoice.nextPaymentAttempt = isCollected && invoice.collectionMethod == "charge_automatically" ? finalizesAt : nil
        }
        announce("invoice.created", \.invoices, invoice)
        if let after = subscriptions[id]?.json(in: self) {
            emit("customer.subscription.updated", after, previous: .difference(from: before, to: after))
        }
        if isCollected { setTimer(.finalize(invoice: invoice), at: finalizesAt, testClock: subscription.testClock) }
        setPeriodTimers(id)
    }

    /// Finalises a renewal's draft and collects it, once its announcement was acknowledged or waited for long enough.
    private mutating func finalizeIfDue(_ id: String) {
        guard let draft = invoices[id], draft.status == .draft, draft.isAutoAdvanced, let planned = draft.automaticallyFinalizesAt,
            planned <= now(draft.testClock)
        else { return }
        let latest = draft.created + settings.draftPatience
        if let event = draft.creationEvent.flatMap({ events[$0] }), event.pendingWebhooks > 0, planned < latest {
            invoices.modify(id) { $0.automaticallyFinalizesAt = latest }
            return setTimer(.finalize(invoice: id), at: latest, testClock: draft.testClock)
        }
        finalize(id)
        switch draft.subscription.flatMap({ subscriptions[$0]?.pauseBehavior }) {
        case "void": return void(id)
        case "mark_uncollectible": return markUncollectible(id)
        default: break
        }
        guard draft.collectionMethod == "charge_automatically" else { return announce("invoice.sent", \.invoices, id) }
        let result = collect(id, PaymentAttempt(method: paymentMethod(for: draft), isRetried: true))
        applyPayment(of: id, result)
    }

    private mutating func retryPayment(_ id: String, _ attempt: Int64) {
        guard let invoice = invoices[id], invoice.status == .open, invoice.attemptCount == attempt, invoice.nextPaymentAttempt != nil else {
            return
        }
        let result = collect(id, PaymentAttempt(method: paymentMethod(for: invoice), isRetried: true))
        applyPayment(of: id, result)
    }

    /// The last attempt failed: what the account's owner chose happens (STR-151).
    private mutating func giveUp(_ id: String) {
        guard let invoice = invoices[id], invoice.status == .open, invoice.nextPaymentAttempt == nil,
            let subscription = invoice.subscription, subscriptions[subscription]?.status == .pastDue
        else { return }
        switch settings.endAction {
        case .cancel: end(subscription, reason: "payment_failed")
        case .unpaid: change(\.subscriptions, subscription, "customer.subscription.updated") { $0.status = .unpaid }
        case .pastDue: break
        }
    }

    mutating func markUncollectible(_ id: String) {
        guard let invoice = invoices[id] else { return }
        let now = now(invoice.testClock)
        invoices.modify(id) { invoice in
            invoice.status = .uncollectible
            invoice.transitions.markedUncollectible = now
            invoice.nextPaymentAttempt = nil
        }
        announce("invoice.marked_uncollectible", \.invoices, id)
        releaseDebt(of: invoice)
    }
}
