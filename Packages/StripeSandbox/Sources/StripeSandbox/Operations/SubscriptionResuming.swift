internal import Core

extension Account {
    /// The way back of a subscription that was paused because its trial ended without a method (STR-158).
    static let resumingOperations: [Operation] = [
        Operation("POST", "/v1/subscriptions/{id}/resume") { account, call in
            let anchor = try call.parameters.string("billing_cycle_anchor") ?? "now"
            let proration = try call.parameters.string("proration_behavior")
            try call.parameters.finish()
            guard ["now", "unchanged"].contains(anchor) else {
                throw StripeError.invalid("Invalid billing_cycle_anchor: must be one of `now`, `unchanged`", param: "billing_cycle_anchor")
            }
            if let proration, !["none", "create_prorations", "always_invoice"].contains(proration) {
                throw StripeError.invalid("Invalid proration_behavior", param: "proration_behavior")
            }
            let subscription = try account.subscription(call.id)
            guard subscription.status == .paused else {
                throw StripeError.refused("Only paused subscriptions can be resumed; this one is \(subscription.status.rawValue).")
            }
            try account.resume(subscription, fromNow: anchor == "now")
            return account.subscriptions[call.id]?.json(in: account) ?? .null
        }
    ]

    /// A trial is over and nothing can be charged: the subscription waits, and nothing is billed.
    mutating func pauseAfterTrial(_ id: String) {
        change(\.subscriptions, id, "customer.subscription.updated") { $0.status = .paused }
        announce("customer.subscription.paused", \.subscriptions, id)
    }

    private mutating func resume(_ subscription: Subscription, fromNow: Bool) throws {
        guard let method = subscription.defaultPaymentMethod ?? customers[subscription.customer]?.defaultPaymentMethod else {
            throw paymentError(.noMethod, invoice: nil)
        }
        let saved = self
        let start = fromNow ? now(subscription.testClock) : subscription.currentPeriodEnd
        let before = subscription.json(in: self)
        var items = subscription.items
        for index in items.indices {
            items[index].periodStart = start
            items[index].periodEnd = periodEnd(ofPrice: items[index].price, from: start, anchor: start)
        }
        subscriptions.modify(subscription.id) { subscription in
            subscription.items = items
            subscription.billingCycleAnchor = start
        }
        guard let invoice = makeInvoice(for: subscription.id, reason: "subscription_update", periodStart: start, periodEnd: start) else {
            return
        }
        announce("invoice.created", \.invoices, invoice)
        finalize(invoice)
        let result = collect(invoice, PaymentAttempt(method: method, isOnSession: false))
        guard result == .paid else {
            let error = paymentError(result, invoice: invoice)
            let used = ids
            self = saved
            ids = used
            throw error
        }
        subscriptions.modify(subscription.id) { $0.status = .active }
        setPeriodTimers(subscription.id)
        if let after = subscriptions[subscription.id]?.json(in: self) {
            emit("customer.subscription.resumed", after)
            emit("customer.subscription.updated", after, previous: .difference(from: before, to: after))
        }
    }
}
