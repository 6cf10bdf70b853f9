internal import Core

extension Account {
    /// Takes a change back until its bill is paid; the subscription goes on as it was (STR-157).
    mutating func postpone(_ id: String, to updated: Subscription, _ before: Subscription) {
        guard let invoice = subscriptions[id]?.latestInvoice else { return }
        let expiresAt = now(before.testClock) + settings.incompleteLifetime
        let pending = PendingUpdate(
            items: updated.items, billingCycleAnchor: updated.billingCycleAnchor, invoice: invoice, expiresAt: expiresAt)
        customers.modify(before.customer) { $0.isDelinquent = false }
        // Waiting for the customer, the bill is not retried.
        invoices.modify(invoice) { invoice in
            invoice.nextPaymentAttempt = nil
            invoice.isAutoAdvanced = false
        }
        change(\.subscriptions, id, "customer.subscription.updated") { subscription in
            subscription.items = before.items
            subscription.billingCycleAnchor = before.billingCycleAnchor
            subscription.status = before.status
            subscription.pendingUpdate = pending
        }
        setTimer(.lapseUpdate(subscription: id), at: expiresAt, testClock: before.testClock)
    }

    /// The bill was paid: now the change counts.
    mutating func applyUpdate(_ id: String) {
        guard let pending = subscriptions[id]?.pendingUpdate else { return }
        change(\.subscriptions, id, "customer.subscription.updated") { subscription in
            subscription.items = pending.items
            subscription.billingCycleAnchor = pending.billingCycleAnchor
            subscription.pendingUpdate = nil
        }
        setPeriodTimers(id)
        announce("customer.subscription.pending_update_applied", \.subscriptions, id)
    }

    /// Nobody paid in time: the change never was, and its bill is void.
    mutating func lapseUpdate(_ id: String) {
        guard let subscription = subscriptions[id], let pending = subscription.pendingUpdate,
            pending.expiresAt <= now(subscription.testClock)
        else { return }
        change(\.subscriptions, id, "customer.subscription.updated") { $0.pendingUpdate = nil }
        announce("customer.subscription.pending_update_expired", \.subscriptions, id)
        if invoices[pending.invoice]?.status == .open { void(pending.invoice) }
    }

    // MARK: An end with a bill

    /// Puts what was not used of the present period on the next bill (STR-155).
    mutating func creditUnusedTime(of id: String) {
        guard let subscription = subscriptions[id] else { return }
        let now = now(subscription.testClock)
        let parts = subscription.items.filter { $0.periodEnd > now }.map {
            proration(of: $0, from: max(now, $0.periodStart), isUnused: true)
        }
        subscriptions.modify(id) { $0.prorations += parts }
    }

    /// Bills at an end what is still open; a bill that only gives back goes to the balance, or is left as uncollectible.
    mutating func billEnd(of id: String) {
        guard let subscription = subscriptions[id], !subscription.prorations.isEmpty,
            let invoice = makeInvoice(
                for: id, reason: "subscription_update", periodStart: subscription.currentPeriodStart,
                periodEnd: now(subscription.testClock), prorationsOnly: true)
        else { return }
        announce("invoice.created", \.invoices, invoice)
        if settings.creditOnCancel == .uncollectible, (invoices[invoice]?.total ?? 0) < 0 {
            invoices.modify(invoice) { $0.isAutoAdvanced = false }
            return markUncollectible(invoice)
        }
        finalize(invoice)
        guard subscription.collectionMethod == "charge_automatically", let open = invoices[invoice] else { return }
        _ = collect(invoice, PaymentAttempt(method: paymentMethod(for: open)))
    }

    /// The bill that a change would make now (STR-156).
    func previewOfChange(_ changed: Subscription) -> Invoice {
        var invoice = preview(of: changed)
        var generator = IDGenerator(seed: UInt64(bitPattern: changed.currentPeriodEnd))
        invoice.lines = lines(of: changed, prorationsOnly: !changed.billsPeriodNow) { generator.id("il_tmp") }
        if changed.billsPeriodNow {
            invoice.lines += pendingItems(of: changed.customer, subscription: changed.id).map {
                $0.line(generator.id("il_tmp"), in: self)
            }
        }
        invoice.discounts = discounts(of: changed, at: now(changed.testClock))
        price(&invoice)
        invoice.billingReason = "subscription_update"
        return invoice
    }
}
