internal import Core

extension Account {
    /// Begins a subscription: first invoice, first payment (STR-148).
    ///
    /// - Parameter attempt: how the first invoice is paid at once; `nil` leaves it open and the subscription incomplete.
    /// - Returns: what the payment came to.
    mutating func begin(_ subscription: Subscription, paying attempt: PaymentAttempt?) -> PaymentResult {
        let id = subscription.id
        // The event of creation shows the result of the payment, but comes before what led to it (spec 8.3).
        let mark = drafts.count
        let result = prepare(subscription) { account, invoice in
            guard let attempt else {
                guard let open = account.invoices[invoice], open.amountRemaining > 0 else {
                    return account.collect(invoice, PaymentAttempt())
                }
                _ = account.ensurePaymentIntent(for: open)
                return .noMethod
            }
            return account.collect(invoice, attempt)
        }
        conclude(id, result, method: attempt?.method)
        if let object = subscriptions[id]?.json(in: self) {
            drafts.insert(EventDraft(type: "customer.subscription.created", data: object, previous: nil, time: occasion.now), at: mark)
        }
        return result
    }

    /// Stores a new subscription with its first invoice, finalised, and lets it be paid.
    mutating func prepare(_ subscription: Subscription, pay: (inout Account, String) -> PaymentResult) -> PaymentResult {
        subscriptions.insert(subscription)
        subscriptionsOfCustomer[subscription.customer, default: []].append(subscription.id)
        customers.modify(subscription.customer) { $0.currency = $0.currency ?? subscription.currency }
        let now = now(subscription.testClock)
        guard let invoice = makeInvoice(for: subscription.id, reason: "subscription_create", periodStart: now, periodEnd: now) else {
            return .noMethod
        }
        announce("invoice.created", \.invoices, invoice)
        finalize(invoice)
        return pay(&self, invoice)
    }

    /// Puts a new subscription into the state that its first payment gives it, and sets its timers.
    private mutating func conclude(_ id: String, _ result: PaymentResult, method: String?) {
        guard let subscription = subscriptions[id] else { return }
        if subscription.collectionMethod == "send_invoice" || result == .paid {
            subscriptions.modify(id) { subscription in
                subscription.status = subscription.trialEnd == nil ? .active : .trialing
                if subscription.savesDefaultPaymentMethod, let method { subscription.defaultPaymentMethod = method }
            }
            setPeriodTimers(id)
        } else {
            subscriptions.modify(id) { $0.status = .incomplete }
            setTimer(
                .lapse(subscription: id), at: now(subscription.testClock) + settings.incompleteLifetime, testClock: subscription.testClock)
        }
    }

    /// Sets the timers of the present period.
    mutating func setPeriodTimers(_ id: String) {
        guard let subscription = subscriptions[id] else { return }
        let (end, clock) = (subscription.currentPeriodEnd, subscription.testClock)
        if let trialEnd = subscription.trialEnd, subscription.status == .trialing {
            setTimer(.warnOfTrialEnd(subscription: id), at: max(now(clock), trialEnd - 3 * 86_400), testClock: clock)
        }
        if settings.upcomingDays > 0 {
            let time = end - settings.upcomingDays * 86_400
            // A period shorter than the notice has no notice before it begins.
            setTimer(.announceRenewal(subscription: id, periodEnd: end), at: max(now(clock), time), testClock: clock)
        }
        setTimer(.renew(subscription: id, periodEnd: end), at: end, testClock: clock)
    }

    /// What a payment of one of its invoices means for a subscription that has begun.
    mutating func applyPayment(of invoiceID: String, _ result: PaymentResult, method: String? = nil) {
        guard let invoice = invoices[invoiceID], let id = invoice.subscription, let subscription = subscriptions[id],
            !subscription.status.isTerminal
        else { return }
        switch (result, subscription.status) {
        case (.paid, .incomplete):
            change(\.subscriptions, id, "customer.subscription.updated") { subscription in
                subscription.status = subscription.trialEnd == nil ? .active : .trialing
                if subscription.savesDefaultPaymentMethod, let method { subscription.defaultPaymentMethod = method }
            }
            setPeriodTimers(id)
        case (.paid, _) where subscription.pendingUpdate?.invoice == invoiceID: applyUpdate(id)
        case (.paid, .pastDue), (.paid, .unpaid):
            guard subscription.latestInvoice == invoiceID else { return }
            customers.modify(invoice.customer) { $0.isDelinquent = false }
            change(\.subscriptions, id, "customer.subscription.updated") { $0.status = .active }
        case (.paid, _): break
        case (_, .active), (_, .trialing):
            customers.modify(invoice.customer) { $0.isDelinquent = true }
            change(\.subscriptions, id, "customer.subscription.updated") { $0.status = .pastDue }
        default: break
        }
    }

    /// Ends a subscription now (STR-153).
    mutating func end(_ id: String, reason: String) {
        guard let subscription = subscriptions[id], !subscription.status.isTerminal else { return }
        let now = now(subscription.testClock)
        subscriptions.modify(id) { subscription in
            subscription.status = .canceled
            subscription.canceledAt = subscription.canceledAt ?? now
            subscription.endedAt = now
            subscription.cancellationDetails.reason = subscription.cancellationDetails.reason ?? reason
            subscription.pauseBehavior = nil
            subscription.pauseResumesAt = nil
        }
        announce("customer.subscription.deleted", \.subscriptions, id)
        abortSchedule(of: subscription)
        for invoice in invoicesOfSubscription[id] ?? [] where [.draft, .open].contains(invoices[invoice]?.status) {
            change(\.invoices, invoice, "invoice.updated") { invoice in
                invoice.isAutoAdvanced = false
                invoice.nextPaymentAttempt = nil
                invoice.automaticallyFinalizesAt = nil
            }
        }
    }
}
