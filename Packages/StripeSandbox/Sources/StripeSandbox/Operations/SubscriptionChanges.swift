internal import Core

extension Account {
    /// Changes a subscription; after its end only texts may change (STR-153).
    mutating func updateSubscription(_ call: Call) throws -> JSONValue {
        let parameters = call.parameters
        let before = try subscription(call.id)
        var subscription = before
        var (behavior, isOffSession): (PaymentBehavior?, Bool) = (nil, false)
        try readCancellation(parameters, into: &subscription)
        if before.status.isTerminal {
            try parameters.changeMetadata(&subscription.metadata)
            do {
                try parameters.finish()
            } catch {
                throw StripeError.refused("A canceled subscription can only update its cancellation_details and metadata.")
            }
        } else {
            try readCommon(parameters, into: &subscription)
            try readItems(parameters, into: &subscription)
            try readPause(parameters, into: &subscription)
            try readEnd(parameters, into: &subscription)
            behavior = try parameters.choice("payment_behavior", of: PaymentBehavior.self)
            isOffSession = try parameters.bool("off_session") ?? false
            try parameters.finish()
        }
        let updated = subscription
        let saved = behavior == .errorIfIncomplete ? self : nil
        change(\.subscriptions, call.id, "customer.subscription.updated") { $0 = updated }
        setTimersOfEnd(updated, before)
        if updated.billsProrationsNow {
            if updated.billsPeriodNow { setPeriodTimers(call.id) }
            let result = invoiceProrations(of: call.id, isOnSession: !isOffSession)
            if behavior == .pendingIfIncomplete, result != .paid { postpone(call.id, to: updated, before) }
            if let saved, result != .paid {
                let error = paymentError(result, invoice: subscriptions[call.id]?.latestInvoice)
                // Nothing of a refused change remains but the ids it used.
                let used = ids
                self = saved
                ids = used
                throw error
            }
        }
        return subscriptions[call.id]?.json(in: self) ?? .null
    }

    private mutating func setTimersOfEnd(_ updated: Subscription, _ before: Subscription) {
        if let cancelAt = updated.cancelAt, cancelAt != before.cancelAt {
            setTimer(.endSubscription(updated.id), at: cancelAt, testClock: updated.testClock)
        }
        if let resumesAt = updated.pauseResumesAt, resumesAt != before.pauseResumesAt {
            setTimer(.resumeCollection(subscription: updated.id), at: resumesAt, testClock: updated.testClock)
        }
    }

    /// What creation and update have in common.
    func readCommon(_ parameters: Parameters, into subscription: inout Subscription) throws {
        try parameters.changeMetadata(&subscription.metadata)
        try parameters.clearable("description").apply(to: &subscription.description)
        switch try parameters.clearable("default_payment_method") {
        case .unchanged: break
        case .clear: subscription.defaultPaymentMethod = nil
        case .set(let method):
            guard paymentMethods[method]?.customer == subscription.customer else {
                throw StripeError.refused(
                    "The customer does not have a payment method with the ID \(method). The payment method must be attached to the customer.",
                    code: "resource_missing", param: "default_payment_method")
            }
            subscription.defaultPaymentMethod = method
        }
        if let method = try parameters.string("collection_method") {
            guard ["charge_automatically", "send_invoice"].contains(method) else {
                throw StripeError.invalid(
                    "Invalid collection_method: must be one of `charge_automatically`, `send_invoice`", param: "collection_method")
            }
            subscription.collectionMethod = method
        }
        subscription.daysUntilDue = try parameters.integer("days_until_due", in: 0...365) ?? subscription.daysUntilDue
        if subscription.collectionMethod == "send_invoice", subscription.daysUntilDue == nil { throw parameters.missing("days_until_due") }
        if let payment = try parameters.branch("payment_settings") {
            if let saving = try payment.string("save_default_payment_method") {
                subscription.savesDefaultPaymentMethod = saving == "on_subscription"
            }
            try readCardTypes(payment)
        }
        if let behavior = try parameters.branch("trial_settings")?.branch("end_behavior")?.required("missing_payment_method") {
            guard ["create_invoice", "cancel", "pause"].contains(behavior) else {
                throw StripeError.invalid(
                    "Invalid trial_settings[end_behavior][missing_payment_method]: must be one of `cancel`, `create_invoice`, `pause`",
                    param: "trial_settings[end_behavior][missing_payment_method]")
            }
            subscription.missingPaymentMethod = behavior
        }
        if let mode = try parameters.branch("billing_mode"), try mode.required("type") != "flexible" {
            throw StripeError.invalid("The simulator knows the billing mode flexible only.", param: "billing_mode[type]")
        }
        if let proration = try parameters.string("proration_behavior"),
            !["none", "create_prorations", "always_invoice"].contains(proration)
        {
            throw StripeError.invalid("Invalid proration_behavior", param: "proration_behavior")
        }
    }

    func readCardTypes(_ parameters: Parameters) throws {
        if let types = try parameters.strings("payment_method_types"), types != ["card"] {
            throw StripeError.invalid(
                "The simulator knows payment methods of type card only.", param: parameters.fullName("payment_method_types"))
        }
    }

    func readCancellation(_ parameters: Parameters, into subscription: inout Subscription) throws {
        guard let details = try parameters.branch("cancellation_details") else { return }
        try details.clearable("comment").apply(to: &subscription.cancellationDetails.comment)
        try details.clearable("feedback").apply(to: &subscription.cancellationDetails.feedback)
    }

    /// An end by plan: the flag sets the dates, clearing it resets them (STR-153).
    func readEnd(_ parameters: Parameters, into subscription: inout Subscription) throws {
        let now = now(subscription.testClock)
        let flag = try parameters.bool("cancel_at_period_end")
        let date = try parameters.clearableInteger("cancel_at")
        if flag == true, case .set = date {
            throw StripeError.invalid("You may only specify one of these parameters: cancel_at, cancel_at_period_end.", param: "cancel_at")
        }
        var end = subscription.cancelAt
        switch (flag, date) {
        case (true, _):
            end = subscription.currentPeriodEnd
            subscription.cancelsAtPeriodEnd = true
        case (_, .set(let time)):
            guard time > now else { throw StripeError.invalid("The cancel_at date must be in the future.", param: "cancel_at") }
            end = time
            subscription.cancelsAtPeriodEnd = false
        case (false, .unchanged):
            // A flag that is taken back takes its date along; a date of its own stays.
            if subscription.cancelsAtPeriodEnd { end = nil }
            subscription.cancelsAtPeriodEnd = false
        case (_, .clear):
            end = nil
            subscription.cancelsAtPeriodEnd = false
        case (nil, .unchanged): break
        }
        guard end != subscription.cancelAt else { return }
        subscription.cancelAt = end
        subscription.canceledAt = end == nil ? nil : now
        subscription.cancellationDetails.reason = end == nil ? nil : "cancellation_requested"
    }

    private func readPause(_ parameters: Parameters, into subscription: inout Subscription) throws {
        if parameters.isCleared("pause_collection") {
            subscription.pauseBehavior = nil
            subscription.pauseResumesAt = nil
        }
        guard let pause = try parameters.branch("pause_collection") else { return }
        let behavior = try pause.required("behavior")
        guard ["keep_as_draft", "mark_uncollectible", "void"].contains(behavior) else {
            throw StripeError.invalid("Invalid pause_collection[behavior]", param: "pause_collection[behavior]")
        }
        subscription.pauseBehavior = behavior
        subscription.pauseResumesAt = try pause.integer("resumes_at")
    }

    /// New prices and quantities for items; what that means for the rest of the period comes with the next invoice, or not at all.
    func readItems(_ parameters: Parameters, into subscription: inout Subscription) throws {
        let changes = try parameters.branches("items")
        let date = try parameters.integer("proration_date")
        guard !changes.isEmpty else { return }
        let before = subscription.items
        for change in changes {
            let id = try change.string("id") ?? (subscription.items.count == 1 ? subscription.items[0].id : "")
            guard let index = subscription.items.firstIndex(where: { $0.id == id }) else {
                throw StripeError.noSuchParameter("subscription_item", id, param: change.fullName("id"))
            }
            if change.has("price") {
                let price = try recurringPrice(change)
                guard price.currency == subscription.currency else {
                    throw StripeError.invalid(
                        "The currency of a subscription cannot be changed; it is \(subscription.currency).", param: change.fullName("price")
                    )
                }
                if price.interval != prices[subscription.items[index].price]?.interval {
                    guard subscription.items.count == 1 else {
                        throw StripeError.invalid(
                            "The simulator changes the interval of subscriptions with one item only.", param: change.fullName("price"))
                    }
                    subscription.billsPeriodNow = subscription.trialEnd.map { $0 <= now(subscription.testClock) } ?? true
                }
                subscription.items[index].price = price.id
            }
            subscription.items[index].quantity = try change.integer("quantity", in: 0...1_000_000) ?? subscription.items[index].quantity
            try change.changeMetadata(&subscription.items[index].metadata)
        }
        let behavior = try parameters.string("proration_behavior")
        if subscription.billsPeriodNow { return try beginPeriod(of: &subscription, after: before[0], date, behavior) }
        if behavior == "none" { return }
        for (old, new) in zip(before, subscription.items) where (old.price, old.quantity) != (new.price, new.quantity) {
            let from = try prorationDate(date, in: old, subscription)
            subscription.prorations += [proration(of: old, from: from, isUnused: true), proration(of: new, from: from, isUnused: false)]
            subscription.billsProrationsNow = behavior == "always_invoice"
        }
    }

    /// Another interval begins a period of its own at once: it is billed now, less what was not used of the old one (STR-156).
    private func beginPeriod(
        of subscription: inout Subscription, after old: SubscriptionItem, _ date: Int64?, _ behavior: String?
    ) throws {
        if behavior != "none" {
            subscription.prorations.append(proration(of: old, from: try prorationDate(date, in: old, subscription), isUnused: true))
        }
        let start = now(subscription.testClock)
        subscription.billingCycleAnchor = start
        subscription.items[0].periodStart = start
        subscription.items[0].periodEnd = periodEnd(ofPrice: subscription.items[0].price, from: start, anchor: start)
        subscription.billsProrationsNow = true
    }

    private func prorationDate(_ date: Int64?, in item: SubscriptionItem, _ subscription: Subscription) throws -> Int64 {
        let date = date ?? now(subscription.testClock)
        guard (item.periodStart...item.periodEnd).contains(date) else {
            throw StripeError.invalid("The proration_date must lie in the current period.", param: "proration_date")
        }
        return date
    }

    /// The rest of a period at a price, to the second and rounded to the nearest unit.
    func proration(of item: SubscriptionItem, from: Int64, isUnused: Bool) -> Proration {
        let price = prices[item.price]
        let unitAmount = price?.unitAmount ?? 0
        let name = price.flatMap { products[$0.product]?.name } ?? "Subscription"
        let (all, rest) = (max(1, item.periodEnd - item.periodStart), item.periodEnd - from)
        let amount = (unitAmount * item.quantity * rest * 2 + all) / (all * 2)
        return Proration(
            item: item.id, price: item.price, product: price?.product ?? "", unitAmount: unitAmount, quantity: item.quantity,
            amount: isUnused ? -amount : amount, description: isUnused ? "Unused time on \(name)" : "Remaining time on \(name)",
            from: from, to: item.periodEnd)
    }
}
