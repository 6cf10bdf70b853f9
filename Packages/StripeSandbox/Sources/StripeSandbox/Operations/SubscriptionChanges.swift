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
        try put(subscription, before, behavior, isOnSession: !isOffSession)
        return subscriptions[call.id]?.json(in: self) ?? .null
    }

    /// Puts a changed subscription in place, tells of it, and bills what is to be billed at once.
    mutating func put(
        _ changed: Subscription, _ before: Subscription, _ behavior: PaymentBehavior?, isOnSession: Bool
    ) throws {
        let saved = behavior == .errorIfIncomplete ? self : nil
        var updated = changed
        grantDiscounts(to: &updated)
        let (id, after) = (before.id, updated)
        change(\.subscriptions, id, "customer.subscription.updated") { $0 = after }
        setTimersOfEnd(updated, before)
        if updated.billsProrationsNow {
            if updated.billsPeriodNow { setPeriodTimers(id) }
            let result = invoiceProrations(of: id, isOnSession: isOnSession)
            if behavior == .pendingIfIncomplete, result != .paid { postpone(id, to: updated, before) }
            if let saved, result != .paid {
                let error = paymentError(result, invoice: subscriptions[id]?.latestInvoice)
                // Nothing of a refused change remains but the ids it used.
                let used = ids
                self = saved
                ids = used
                throw error
            }
        }
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
        if let rates = try readTaxRates(parameters, "default_tax_rates") { subscription.defaultTaxRates = rates }
        if let wishes = try readDiscounts(parameters, customer: subscription.customer) { subscription.wantedDiscounts = wishes }
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
        let date = try readEndDate(parameters, subscription)
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
        if let schedule = subscription.schedule { throw Self.isScheduled(schedule) }
        subscription.cancelAt = end
        subscription.canceledAt = end == nil ? nil : now
        subscription.cancellationDetails.reason = end == nil ? nil : "cancellation_requested"
    }

    /// A date, or the end of the shortest or longest period of an item.
    private func readEndDate(_ parameters: Parameters, _ subscription: Subscription) throws -> Change<Int64> {
        guard case .set(let word) = try parameters.clearable("cancel_at") else { return try parameters.clearableInteger("cancel_at") }
        switch word {
        case "min_period_end": return .set(subscription.currentPeriodEnd)
        case "max_period_end": return .set(subscription.items.map(\.periodEnd).max() ?? subscription.currentPeriodEnd)
        default: return try parameters.clearableInteger("cancel_at")
        }
    }

    /// What is to become of a subscription that has a schedule is told to the schedule (STR-161).
    static func isScheduled(_ schedule: String) -> StripeError {
        .refused(
            "The subscription is managed by the subscription schedule `\(schedule)`, and updating any cancelation behavior directly is not "
                + "allowed. Please update the schedule instead.")
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
        let date = try parameters.integer("proration_date")
        let behavior = try parameters.string("proration_behavior")
        let changes = try parameters.branches("items").map { try readItem($0, of: subscription) }
        try change(&subscription, by: changes, date, behavior)
    }

    /// Another interval begins a period of its own at once: it is billed now, less what was not used of the old one (STR-156).
    func beginPeriod(
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

    func prorationDate(_ date: Int64?, in item: SubscriptionItem, _ subscription: Subscription) throws -> Int64 {
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
