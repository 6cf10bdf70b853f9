internal import Core

/// What trying to complete a checkout session came to.
enum CheckoutResult: Hashable, Sendable {
    case completed
    case declined(CardDecline)
    case requiresAuthentication
}

extension Account {
    /// Completes a session with a card, as the hosted page does (STR-163).
    ///
    /// - Throws: 404 for an unknown session, 400 for one that is not open.
    mutating func complete(
        session id: String, with card: TestCard, email: String? = nil, isAuthenticated: Bool = false
    ) throws -> CheckoutResult {
        guard let session = sessions[id] else { throw StripeError.noSuch("checkout.session", id) }
        guard session.status == "open", occasion.now < session.expiresAt else {
            throw StripeError.refused("This Checkout Session is no longer open: its status is \(session.status).")
        }
        if card.authentication != .never, !isAuthenticated {
            sessions.modify(id) { $0.pendingCard = card }
            return .requiresAuthentication
        }
        sessions.modify(id) { $0.pendingCard = nil }
        let customer = buyer(of: session, email: email)
        let isCharged = session.mode != "setup" && session.amountDue(in: self) > 0
        if let decline = card.decline ?? (isCharged ? card.chargeDecline : nil) {
            refuse(session, customer, card, decline)
            return .declined(decline)
        }
        switch session.mode {
        case "setup": finishSetup(session, customer, card)
        case "payment": finishPayment(session, customer, card)
        default: finishSubscription(session, customer, card)
        }
        announce("checkout.session.completed", \.sessions, id)
        return .completed
    }

    /// The customer of a session, made now when it has none.
    private mutating func buyer(of session: CheckoutSession, email: String?) -> String {
        if let customer = session.customer { return customer }
        let customer = Customer(
            id: ids.id("cus", length: 14), created: occasion.now, email: session.customerEmail ?? email,
            invoicePrefix: ids.text(8).uppercased())
        customers.insert(customer)
        announce("customer.created", \.customers, customer.id)
        sessions.modify(session.id) { $0.customer = customer.id }
        if let setupIntent = session.setupIntent { setupIntents.modify(setupIntent) { $0.customer = customer.id } }
        return customer.id
    }

    /// Enters a promotion code on the page.
    mutating func enter(promotionCode word: String, session id: String) throws {
        guard let session = sessions[id], session.allowsPromotionCodes else {
            throw StripeError.refused("This page takes no promotion codes.", param: "promotion_code")
        }
        let wish = try promotionCode(named: word, customer: session.customer)
        sessions.modify(id) { $0.discounts = [wish] }
    }

    private mutating func finishPayment(_ session: CheckoutSession, _ customer: String, _ card: TestCard) {
        _ = grant(session.discounts, start: occasion.now) { $0.customer = customer }
        let amount = session.amountDue(in: self)
        if amount > 0 {
            let intent = paymentIntent(of: session, customer)
            paymentIntents.modify(intent) { intent in
                intent.amount = amount
                intent.metadata = session.paymentMetadata
                intent.setupFutureUsage = nil
            }
            makeCharge(intent, makePaymentMethod(card), decline: nil, at: occasion.now)
            sessions.modify(session.id) { $0.paymentIntent = intent }
        }
        sessions.modify(session.id) { session in
            session.status = "complete"
            session.paymentStatus = amount > 0 ? "paid" : "no_payment_required"
        }
    }

    /// The intent of a session's attempts, made with the first.
    private mutating func paymentIntent(of session: CheckoutSession, _ customer: String) -> String {
        if let attempted = session.attemptedIntent { return attempted }
        let intent = ids.id("pi")
        paymentIntents.insert(
            PaymentIntent(
                id: intent, created: occasion.now, clientSecret: "\(intent)_secret_\(ids.text(24))", customer: customer,
                amount: session.amountDue(in: self), currency: session.currency ?? "usd",
                description: session.mode == "payment" ? nil : "Subscription creation"))
        announce("payment_intent.created", \.paymentIntents, intent)
        sessions.modify(session.id) { $0.attemptedIntent = intent }
        return intent
    }

    /// A declined attempt leaves a failed charge and an intent that the next attempt goes on with.
    private mutating func refuse(_ session: CheckoutSession, _ customer: String, _ card: TestCard, _ decline: CardDecline) {
        if let setupIntent = session.setupIntent {
            setupIntents.modify(setupIntent) { $0.lastError = decline.error.details() }
            return announce("setup_intent.setup_failed", \.setupIntents, setupIntent)
        }
        makeCharge(paymentIntent(of: session, customer), makePaymentMethod(card), decline: decline, at: occasion.now)
    }

    private mutating func finishSetup(_ session: CheckoutSession, _ customer: String, _ card: TestCard) {
        let method = takeCard(card, for: customer)
        announce("payment_method.attached", \.paymentMethods, method)
        guard let setupIntent = session.setupIntent else { return }
        setupIntents.modify(setupIntent) { intent in
            intent.status = "succeeded"
            intent.paymentMethod = method
            intent.lastError = nil
        }
        announce("setup_intent.succeeded", \.setupIntents, setupIntent)
        sessions.modify(session.id) { $0.status = "complete" }
    }

    /// A card that was entered on the page, authenticated where it wanted to be, as a method of the customer.
    private mutating func takeCard(_ card: TestCard, for customer: String) -> String {
        var method = makePaymentMethod(card)
        (method.customer, method.isSetUp) = (customer, true)
        method.billingDetails["email"] = JSONValue(customers[customer]?.email)
        paymentMethods.insert(method)
        return method.id
    }

    private mutating func finishSubscription(_ session: CheckoutSession, _ customer: String, _ card: TestCard) {
        let method = takeCard(card, for: customer)
        var subscription = makeSubscription(session, customer, method)
        if !session.discounts.isEmpty { subscription.wantedDiscounts = session.discounts }
        grantDiscounts(to: &subscription)
        let id = subscription.id
        let mark = drafts.count
        var created = JSONValue.null
        let result = prepare(subscription) { account, invoice in
            // While it is paid the subscription is incomplete; its event comes before those of its invoice (spec 8.3).
            created = account.subscriptions[id]?.json(in: account) ?? .null
            account.announce("payment_method.attached", \.paymentMethods, method)
            if let intent = session.attemptedIntent { account.join(invoice, to: intent) }
            return account.collect(invoice, PaymentAttempt(method: method, isOnSession: true, isAuthenticated: true))
        }
        drafts.insert(EventDraft(type: "customer.subscription.created", data: created, previous: nil, time: occasion.now), at: mark)
        guard let invoice = subscriptions[subscription.id]?.latestInvoice else { return }
        applyPayment(of: invoice, result, method: method)
        let isFree = session.amountDue(in: self) == 0
        sessions.modify(session.id) { session in
            session.status = "complete"
            session.paymentStatus = isFree ? "no_payment_required" : "paid"
            session.subscription = subscription.id
            session.invoice = invoice
        }
    }

    private mutating func makeSubscription(_ session: CheckoutSession, _ customer: String, _ method: String) -> Subscription {
        let id = ids.id("sub")
        let clock = customers[customer]?.testClock
        let start = now(clock)
        let trialEnd = session.trialDays.map { start + $0 * 86_400 }
        var items: [SubscriptionItem] = []
        for line in session.lineItems {
            items.append(
                SubscriptionItem(
                    id: ids.id("si", length: 14), created: start, subscription: id, price: line.price, quantity: line.quantity,
                    periodStart: start, periodEnd: trialEnd ?? periodEnd(ofPrice: line.price, from: start, anchor: start)))
        }
        return Subscription(
            id: id, created: start, customer: customer, status: .incomplete, items: items, currency: session.currency ?? "usd",
            startDate: start, billingCycleAnchor: trialEnd ?? start, defaultPaymentMethod: method,
            description: session.subscriptionDescription, metadata: session.subscriptionMetadata,
            trialStart: trialEnd == nil ? nil : start, trialEnd: trialEnd, testClock: clock)
    }
}
