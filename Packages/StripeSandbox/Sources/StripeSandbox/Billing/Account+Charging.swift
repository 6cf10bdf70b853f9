internal import Core

/// What trying to collect an invoice came to.
enum PaymentResult: Hashable, Sendable {
    case paid
    case declined(CardDecline)
    case requiresAction
    /// Nobody has left a method to pay with.
    case noMethod
}

/// How an invoice is collected.
struct PaymentAttempt: Sendable {
    var method: String?
    /// Whether the customer is at the screen.
    var isOnSession = false
    /// Whether the customer has just proved who they are.
    var isAuthenticated = false
    /// Whether the timer list of retries applies when it fails.
    var isRetried = false
}

extension Account {
    /// The method that an invoice is charged to: the subscription's, else the customer's.
    func paymentMethod(for invoice: Invoice) -> String? {
        let own = invoice.subscription.flatMap { subscriptions[$0]?.defaultPaymentMethod }
        return invoice.defaultPaymentMethod ?? own ?? customers[invoice.customer]?.defaultPaymentMethod
    }

    /// Collects an open invoice: pay block, fail block or authentication (spec 8.3).
    mutating func collect(_ id: String, _ attempt: PaymentAttempt) -> PaymentResult {
        guard let invoice = invoices[id], invoice.status == .open else { return .paid }
        guard invoice.amountRemaining > 0 else {
            settle(id, at: now(invoice.testClock), paying: 0)
            announce("invoice.paid", \.invoices, id)
            return .paid
        }
        let intent = ensurePaymentIntent(for: invoice)
        guard let methodID = attempt.method, let method = paymentMethods[methodID], method.customer == invoice.customer else {
            noteFailure(id, decline: nil, attempt)
            return .noMethod
        }
        let result = judge(method, attempt)
        switch result {
        case .paid: chargeSucceeded(invoice, intent, method)
        case .declined(let decline): chargeFailed(invoice, intent, method, decline, attempt)
        case .requiresAction: authenticationNeeded(invoice, intent, method)
        case .noMethod: break
        }
        return result
    }

    /// What a card does when it is charged.
    mutating func judge(_ method: PaymentMethod, _ attempt: PaymentAttempt) -> PaymentResult {
        if let first = method.script.first {
            paymentMethods.modify(method.id) { $0.script.removeFirst() }
            return first.map { .declined($0) } ?? .paid
        }
        let mustAuthenticate =
            switch method.card.authentication {
            case .never: false
            case .unlessSetUp: !method.isSetUp
            case .always: true
            case .onSession: attempt.isOnSession
            }
        if mustAuthenticate, !attempt.isAuthenticated { return .requiresAction }
        if let decline = method.card.decline ?? method.card.chargeDecline { return .declined(decline) }
        return .paid
    }

    /// Makes the intent of an invoice when it has none yet.
    mutating func ensurePaymentIntent(for invoice: Invoice) -> String {
        if let existing = invoices[invoice.id]?.paymentIntent { return existing }
        let id = ids.id("pi")
        let created = now(invoice.testClock)
        paymentIntents.insert(
            PaymentIntent(
                id: id, created: created, clientSecret: "\(id)_secret_\(ids.text(24))", customer: invoice.customer,
                amount: invoice.amountRemaining, currency: invoice.currency, invoice: invoice.id,
                description: invoice.billingReason == "subscription_create" ? "Subscription creation" : "Subscription update"))
        join(invoice.id, to: id)
        announce("payment_intent.created", \.paymentIntents, id)
        return id
    }

    /// Lets an invoice be paid by an intent.
    mutating func join(_ invoice: String, to intent: String) {
        guard let open = invoices[invoice] else { return }
        let payment = InvoicePayment(
            id: ids.id("inpay"), created: now(open.testClock), invoice: invoice, paymentIntent: intent,
            amountRequested: open.amountRemaining, currency: open.currency)
        invoicePayments.insert(payment)
        paymentsOfInvoice[invoice, default: []].append(payment.id)
        invoices.modify(invoice) { $0.paymentIntent = intent }
        paymentIntents.modify(intent) { $0.invoice = invoice }
    }

    @discardableResult
    mutating func makeCharge(_ intentID: String, _ method: PaymentMethod, decline: CardDecline?, at time: Int64) -> String? {
        guard let intent = paymentIntents[intentID] else { return nil }
        let isCaptured = intent.captureMethod != "manual"
        let charge = Charge(
            id: ids.id("ch"), created: time, customer: intent.customer, paymentIntent: intentID, paymentMethod: method,
            amount: intent.amount, currency: intent.currency, balanceTransaction: decline == nil && isCaptured ? ids.id("txn") : nil,
            decline: decline, amountCaptured: decline == nil && isCaptured ? intent.amount : nil, description: intent.description)
        charges.insert(charge)
        announce(decline == nil ? "charge.succeeded" : "charge.failed", \.charges, charge.id)
        if decline == nil, method.card.dispute != nil {
            let clock = intent.customer.flatMap { customers[$0]?.testClock }
            setTimer(.openDispute(charge: charge.id), at: time + settings.disputeDelay, testClock: clock)
        }
        paymentIntents.modify(intentID) { intent in
            intent.latestCharge = charge.id
            if let decline {
                intent.status = "requires_payment_method"
                intent.paymentMethod = nil
                intent.lastError = decline.error.details()
            } else {
                intent.status = isCaptured ? "succeeded" : "requires_capture"
                intent.paymentMethod = method.id
                intent.amountReceived = isCaptured ? intent.amount : 0
                intent.lastError = nil
            }
        }
        let succeeded = isCaptured ? "payment_intent.succeeded" : "payment_intent.amount_capturable_updated"
        announce(decline == nil ? succeeded : "payment_intent.payment_failed", \.paymentIntents, intentID)
        return charge.id
    }

    private mutating func chargeSucceeded(_ invoice: Invoice, _ intent: String, _ method: PaymentMethod) {
        let time = now(invoice.testClock)
        paymentMethods.modify(method.id) { $0.isSetUp = true }
        paymentIntents.modify(intent) { $0.amount = invoice.amountRemaining }
        makeCharge(intent, method, decline: nil, at: time)
        settle(invoice.id, at: time, paying: invoice.amountRemaining)
        announce("invoice.paid", \.invoices, invoice.id)
        announce("invoice.payment_succeeded", \.invoices, invoice.id)
        for payment in paymentsOfInvoice[invoice.id] ?? [] where invoicePayments[payment]?.paymentIntent == intent {
            invoicePayments.modify(payment) { payment in
                payment.status = "paid"
                payment.amountPaid = payment.amountRequested
                payment.paidAt = time
            }
            announce("invoice_payment.paid", \.invoicePayments, payment)
        }
    }

    /// Marks an invoice as paid; tells of the change when money moved.
    private mutating func settle(_ id: String, at time: Int64, paying amount: Int64) {
        let pay: (inout Invoice) -> Void = { invoice in
            invoice.status = .paid
            invoice.isAttempted = true
            if amount > 0 { invoice.attemptCount += 1 }
            invoice.amountPaid += amount
            invoice.transitions.paid = time
            invoice.nextPaymentAttempt = nil
            invoice.isAutoAdvanced = false
        }
        if amount > 0 { change(\.invoices, id, "invoice.updated", pay) } else { invoices.modify(id, pay) }
    }

    private mutating func chargeFailed(
        _ invoice: Invoice, _ intent: String, _ method: PaymentMethod, _ decline: CardDecline, _ attempt: PaymentAttempt
    ) {
        makeCharge(intent, method, decline: decline, at: now(invoice.testClock))
        noteFailure(invoice.id, decline: decline, attempt)
    }

    private mutating func noteFailure(_ id: String, decline: CardDecline?, _ attempt: PaymentAttempt) {
        guard let invoice = invoices[id] else { return }
        let now = now(invoice.testClock)
        let made = Int(invoice.attemptCount)
        var next: Int64?
        if attempt.isRetried {
            let canRetry = decline.map { !$0.isFinal } ?? false
            if canRetry, made < settings.retryDays.count {
                let due = now + settings.retryDays[made] * 86_400
                next = due
                setTimer(.retryPayment(invoice: id, attempt: invoice.attemptCount + 1), at: due, testClock: invoice.testClock)
            } else {
                // Without another attempt the end comes when the last one would have been.
                let rest = settings.retryDays.dropFirst(made).reduce(0, +) * 86_400
                setTimer(.giveUp(invoice: id), at: now + rest, testClock: invoice.testClock)
            }
        }
        change(\.invoices, id, "invoice.updated") { invoice in
            invoice.isAttempted = true
            invoice.attemptCount += 1
            invoice.nextPaymentAttempt = next
        }
        announce("invoice.payment_failed", \.invoices, id)
    }

    private mutating func authenticationNeeded(_ invoice: Invoice, _ intent: String, _ method: PaymentMethod) {
        paymentIntents.modify(intent) { intent in
            intent.status = "requires_action"
            intent.paymentMethod = method.id
        }
        announce("payment_intent.requires_action", \.paymentIntents, intent)
        change(\.invoices, invoice.id, "invoice.updated") { $0.isAttempted = true }
        announce("invoice.payment_action_required", \.invoices, invoice.id)
    }
}
