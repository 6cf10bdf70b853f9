internal import Core

extension Account {
    enum PaymentBehavior: String, CaseIterable {
        case allowIncomplete = "allow_incomplete"
        case defaultIncomplete = "default_incomplete"
        case errorIfIncomplete = "error_if_incomplete"
        case pendingIfIncomplete = "pending_if_incomplete"
    }

    static let subscriptionOperations: [Operation] = [
        Operation("POST", "/v1/subscriptions") { try $0.createSubscription($1.parameters) },
        Operation("GET", "/v1/subscriptions") { account, call in
            let parameters = call.parameters
            let customer = try parameters.string("customer")
            let price = try parameters.string("price")
            let status = try parameters.string("status")
            let clock = try parameters.string("test_clock")
            let created = try parameters.timeFilter("created")
            let ends = try parameters.timeFilter("current_period_end")
            if let status, !["all", "ended"].contains(status), Subscription.Status(rawValue: status) == nil {
                throw StripeError.invalid("Invalid status: \(status)", param: "status")
            }
            let all = customer.map { id in (account.subscriptionsOfCustomer[id] ?? []).reversed().compactMap { account.subscriptions[$0] } }
            return try account.page(all ?? account.subscriptions.newestFirst, call, url: "/v1/subscriptions") { subscription in
                subscription.matches(status) && (price == nil || subscription.items.contains { $0.price == price })
                    && (clock == nil || subscription.testClock == clock) && created?.contains(subscription.created) != false
                    && ends?.contains(subscription.currentPeriodEnd) != false
            }
        },
        Operation("GET", "/v1/subscriptions/{id}") { account, call in
            try call.parameters.finish()
            return try account.subscription(call.id).json(in: account)
        },
        Operation("POST", "/v1/subscriptions/{id}") { try $0.updateSubscription($1) },
        Operation("DELETE", "/v1/subscriptions/{id}") { try $0.cancelSubscription($1) },
    ]

    func subscription(_ id: String) throws -> Subscription {
        guard let subscription = subscriptions[id] else { throw StripeError.noSuch("subscription", id) }
        return subscription
    }

    private mutating func createSubscription(_ parameters: Parameters) throws -> JSONValue {
        guard let customer = try customer(of: parameters) else { throw parameters.missing("customer") }
        let behavior = try parameters.choice("payment_behavior", of: PaymentBehavior.self) ?? .allowIncomplete
        guard behavior != .pendingIfIncomplete else {
            throw StripeError.invalid("pending_if_incomplete is for updates only.", param: "payment_behavior")
        }
        let isOffSession = try parameters.bool("off_session") ?? false
        try checkRoom(onClock: customer.testClock, customer: customer.id)
        let id = ids.id("sub")
        var subscription = try draft(parameters, id: id, customer: customer)
        try readCommon(parameters, into: &subscription)
        try readTrial(parameters, into: &subscription)
        try readEnd(parameters, into: &subscription)
        if let currency = try parameters.currency(), currency != subscription.currency {
            throw StripeError.invalid("The prices are in \(subscription.currency), not in \(currency).", param: "currency")
        }
        try readBillingMode(parameters, into: &subscription)
        try parameters.finish()
        let original = self
        grantDiscounts(to: &subscription)
        let method = subscription.defaultPaymentMethod ?? customer.defaultPaymentMethod
        let isFree = subscription.trialEnd != nil || firstTotal(of: subscription) == 0
        if method == nil, !isFree, subscription.collectionMethod == "charge_automatically", behavior != .defaultIncomplete {
            self = original
            throw StripeError.refused(
                "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
                code: "resource_missing")
        }
        let saved = behavior == .errorIfIncomplete ? original : nil
        let paysNow = subscription.collectionMethod == "charge_automatically" && behavior != .defaultIncomplete
        let result = begin(subscription, paying: paysNow ? PaymentAttempt(method: method, isOnSession: !isOffSession) : nil)
        if let saved, result != .paid {
            let error = paymentError(result, invoice: subscriptions[id]?.latestInvoice)
            // Nothing of a refused creation remains but the ids it used.
            let used = ids
            self = saved
            ids = used
            throw error
        }
        return subscriptions[id]?.json(in: self) ?? .null
    }

    /// What the first invoice of a subscription will come to.
    private func firstTotal(of subscription: Subscription) -> Int64 {
        var invoice = preview(of: subscription)
        invoice.lines = lines(of: subscription) { "" }
        invoice.lines += pendingItems(of: subscription.customer, subscription: subscription.id).map { $0.line("", in: self) }
        invoice.discounts = discounts(of: subscription, at: subscription.startDate)
        price(&invoice)
        return invoice.total
    }

    private func readBillingMode(_ parameters: Parameters, into subscription: inout Subscription) throws {
        guard let mode = try parameters.branch("billing_mode") else { return }
        switch try mode.required("type") {
        case "flexible": subscription.isFlexible = true
        case "classic": subscription.isFlexible = false
        default: throw StripeError.invalid("Invalid billing_mode[type]: must be one of `classic`, `flexible`", param: "billing_mode[type]")
        }
        try mode.readProrationDiscounts()
    }

    /// A new subscription with its items, beginning now.
    private mutating func draft(_ parameters: Parameters, id: String, customer: Customer) throws -> Subscription {
        let given = try parameters.branches("items")
        guard !given.isEmpty else { throw parameters.missing("items") }
        guard given.count <= 20 else { throw StripeError.invalid("A subscription can have up to 20 items.", param: "items") }
        let now = now(customer.testClock)
        let start = try readStart(parameters, now: now)
        let anchor = try parameters.integer("billing_cycle_anchor")
        var items: [SubscriptionItem] = []
        var currency = ""
        for entry in given {
            let price = try recurringPrice(entry)
            guard currency.isEmpty || currency == price.currency else {
                throw StripeError.refused("All prices of a subscription must be in one currency.", param: entry.fullName("price"))
            }
            currency = price.currency
            items.append(
                SubscriptionItem(
                    id: ids.id("si", length: 14), created: now, subscription: id, price: price.id,
                    quantity: try entry.integer("quantity", in: 0...1_000_000) ?? 1, periodStart: start,
                    periodEnd: try firstEnd(ofPrice: price.id, from: start, anchor: anchor, now: now), metadata: try entry.metadata(),
                    taxRates: try readTaxRates(entry, "tax_rates") ?? []))
        }
        if let own = customer.currency, own != currency {
            throw StripeError.refused("You cannot combine currencies on a single customer. This customer has \(own).", param: "customer")
        }
        return Subscription(
            id: id, created: now, customer: customer.id, status: .incomplete, items: items, currency: currency, startDate: start,
            billingCycleAnchor: anchor ?? start, testClock: customer.testClock)
    }

    /// When a new subscription begins: now, or where it is said to have begun.
    private func readStart(_ parameters: Parameters, now: Int64) throws -> Int64 {
        guard let start = try parameters.integer("backdate_start_date") else { return now }
        guard start < now else {
            throw StripeError.invalid("backdate_start_date must be in the past.", param: "backdate_start_date")
        }
        guard parameters.has("billing_cycle_anchor") else {
            // It would be charged for a part of a period, and a whole one from now on.
            throw StripeError.invalid("The sandbox plays backdate_start_date with billing_cycle_anchor only.", param: "backdate_start_date")
        }
        return start
    }

    /// When the first period ends; only one of the usual length is played, which costs what the price says.
    private func firstEnd(ofPrice price: String, from start: Int64, anchor: Int64?, now: Int64) throws -> Int64 {
        let usual = periodEnd(ofPrice: price, from: start, anchor: start)
        guard let anchor else { return usual }
        guard anchor > now else {
            throw StripeError.invalid("billing_cycle_anchor must be a timestamp in the future.", param: "billing_cycle_anchor")
        }
        guard anchor <= periodEnd(ofPrice: price, from: now, anchor: now) else {
            throw StripeError.invalid(
                "billing_cycle_anchor cannot be later than next natural billing date.", param: "billing_cycle_anchor")
        }
        guard anchor == usual else {
            throw StripeError.invalid("The sandbox plays whole periods before billing_cycle_anchor only.", param: "billing_cycle_anchor")
        }
        return anchor
    }

    /// The active recurring price that an item names.
    func recurringPrice(_ entry: Parameters) throws -> Price {
        let id = try entry.required("price")
        guard let price = prices[id] else { throw StripeError.noSuchParameter("price", id, param: entry.fullName("price")) }
        guard price.isActive else {
            throw StripeError.refused(
                "The price specified is inactive. This field only accepts active prices.", param: entry.fullName("price"))
        }
        guard price.interval != nil else {
            throw StripeError.refused(
                "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
                param: entry.fullName("price"))
        }
        return price
    }

    private func readTrial(_ parameters: Parameters, into subscription: inout Subscription) throws {
        let days = try parameters.integer("trial_period_days", in: 1...730)
        let end = try parameters.integer("trial_end")
        guard let trialEnd = end ?? days.map({ subscription.startDate + $0 * 86_400 }) else { return }
        guard trialEnd > subscription.startDate else {
            throw StripeError.invalid("Invalid trial_end: must be in the future.", param: "trial_end")
        }
        (subscription.trialStart, subscription.trialEnd) = (subscription.startDate, trialEnd)
        subscription.billingCycleAnchor = trialEnd
        for index in subscription.items.indices { subscription.items[index].periodEnd = trialEnd }
    }

    private mutating func cancelSubscription(_ call: Call) throws -> JSONValue {
        let parameters = call.parameters
        var subscription = try subscription(call.id)
        try readCancellation(parameters, into: &subscription)
        let (isBilled, isProrated) = (try parameters.bool("invoice_now") ?? false, try parameters.bool("prorate") ?? false)
        try parameters.finish()
        // Stripe answers a second cancellation as if there were no such subscription (STR-153).
        guard !subscription.status.isTerminal else { throw StripeError.noSuch("subscription", call.id) }
        if let schedule = subscription.schedule { throw Self.isScheduled(schedule) }
        let details = subscription.cancellationDetails
        subscriptions.modify(call.id) { $0.cancellationDetails = details }
        if isProrated { creditUnusedTime(of: call.id) }
        if isBilled { billEnd(of: call.id) }
        end(call.id, reason: "cancellation_requested")
        return subscriptions[call.id]?.json(in: self) ?? .null
    }

    /// What a payment that did not succeed is answered with.
    func paymentError(_ result: PaymentResult, invoice: String?) -> StripeError {
        var error: StripeError
        switch result {
        case .declined(let decline): error = decline.error
        case .requiresAction:
            error = StripeError(
                status: 402, kind: .card,
                message: "Payment for this subscription requires additional user action before it can be completed.",
                code: "subscription_payment_intent_requires_action", isStored: true)
        case .noMethod, .paid:
            error = .refused(
                "There is no `default_payment_method` set on this Customer or Invoice. Please set one.", code: "resource_missing")
        }
        if let intent = invoice.flatMap({ invoices[$0]?.paymentIntent }), let object = paymentIntents[intent]?.json(in: self) {
            error.members["payment_intent"] = object
        }
        return error
    }
}

extension Subscription {
    fileprivate func matches(_ wanted: String?) -> Bool {
        switch wanted {
        case nil: status != .canceled
        case "all": true
        case "ended": status.isTerminal
        default: status.rawValue == wanted
        }
    }
}
