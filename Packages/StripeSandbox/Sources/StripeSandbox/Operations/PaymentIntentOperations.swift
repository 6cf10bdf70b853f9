internal import Core

extension Account {
    /// Payments that stand for themselves, without an invoice.
    static let paymentIntentOperations: [Operation] = [
        Operation("POST", "/v1/payment_intents") { try $0.createPaymentIntent($1.parameters) },
        Operation("POST", "/v1/payment_intents/{id}/cancel") { account, call in
            let reason = try call.parameters.string("cancellation_reason")
            try call.parameters.finish()
            if let reason, !["abandoned", "duplicate", "fraudulent", "requested_by_customer"].contains(reason) {
                throw StripeError.invalid(
                    "Invalid cancellation_reason: must be one of `abandoned`, `duplicate`, `fraudulent`, `requested_by_customer`",
                    param: "cancellation_reason")
            }
            let intent = try account.paymentIntent(call.id)
            guard intent.invoice == nil else {
                throw StripeError.refused(
                    "You cannot cancel this PaymentIntent because it belongs to an invoice; void the invoice instead.")
            }
            guard !["succeeded", "canceled", "processing"].contains(intent.status) else {
                throw Self.unexpectedState(intent, "cancel")
            }
            account.cancel(intent, reason)
            return account.paymentIntents[intent.id]?.json(in: account) ?? .null
        },
        Operation("POST", "/v1/payment_intents/{id}/capture") { account, call in
            let amount = try call.parameters.integer("amount_to_capture", in: 1...99_999_999)
            _ = try call.parameters.bool("final_capture")
            var intent = try account.paymentIntent(call.id)
            try call.parameters.changeMetadata(&intent.metadata)
            try call.parameters.finish()
            guard intent.status == "requires_capture" else { throw Self.unexpectedState(intent, "capture") }
            guard (amount ?? 0) <= intent.amount else {
                throw StripeError.refused(
                    "The amount_to_capture (\(amount ?? 0)) must be at most the capturable amount (\(intent.amount)).",
                    code: "amount_too_large", param: "amount_to_capture")
            }
            account.paymentIntents.insert(intent)
            account.capture(intent, amount ?? intent.amount)
            return account.paymentIntents[intent.id]?.json(in: account) ?? .null
        },
    ]

    private static func unexpectedState(_ intent: PaymentIntent, _ verb: String) -> StripeError {
        .refused(
            "You cannot \(verb) this PaymentIntent because it has a status of \(intent.status).", code: "payment_intent_unexpected_state")
    }

    private mutating func createPaymentIntent(_ parameters: Parameters) throws -> JSONValue {
        guard let amount = try parameters.integer("amount", in: 0...99_999_999) else { throw parameters.missing("amount") }
        guard let currency = try parameters.currency() else { throw parameters.missing("currency") }
        guard amount >= Invoice.smallestCharge else {
            throw StripeError.refused(
                "Amount must be at least \(Self.text(Invoice.smallestCharge, currency)).", code: "amount_too_small", param: "amount")
        }
        let customer = try customer(of: parameters)
        let id = ids.id("pi")
        var intent = PaymentIntent(
            id: id, created: now(customer?.testClock), clientSecret: "\(id)_secret_\(ids.text(24))", customer: customer?.id, amount: amount,
            currency: currency)
        intent.setupFutureUsage = try parameters.string("setup_future_usage")
        if let method = try parameters.string("capture_method") {
            guard ["automatic", "automatic_async", "manual"].contains(method) else {
                throw StripeError.invalid(
                    "Invalid capture_method: must be one of `automatic`, `automatic_async`, `manual`", param: "capture_method")
            }
            intent.captureMethod = method
        }
        intent.description = try parameters.string("description")
        intent.receiptEmail = try parameters.string("receipt_email")
        intent.statementDescriptor = try parameters.string("statement_descriptor")
        intent.metadata = try parameters.metadata()
        let method = try parameters.string("payment_method")
        let confirms = try parameters.bool("confirm") ?? false
        let isOffSession = try parameters.bool("off_session") ?? false
        try readCardTypes(parameters)
        if let automatic = try parameters.branch("automatic_payment_methods") {
            _ = (try automatic.bool("enabled"), try automatic.string("allow_redirects"))
        }
        _ = try parameters.url("return_url")
        try parameters.finish()
        guard confirms || !isOffSession else {
            throw StripeError.invalid("off_session is for intents that are confirmed at once: set confirm too.", param: "off_session")
        }
        if let method {
            intent.paymentMethod = try methodToPayWith(method, intent)
            intent.status = "requires_confirmation"
        }
        paymentIntents.insert(intent)
        announce("payment_intent.created", \.paymentIntents, id)
        if confirms { try confirmAlone(intent, method: nil, isOnSession: !isOffSession) }
        return paymentIntents[id]?.json(in: self) ?? .null
    }

    /// What may change of an intent that nobody has confirmed.
    func readChange(_ parameters: Parameters, of intent: inout PaymentIntent) throws {
        guard parameters.has("amount") || parameters.has("receipt_email") else { return }
        guard ["requires_payment_method", "requires_confirmation", "requires_action"].contains(intent.status), intent.invoice == nil else {
            throw Self.unexpectedState(intent, "change the amount of")
        }
        intent.amount = try parameters.integer("amount", in: Invoice.smallestCharge...99_999_999) ?? intent.amount
        try parameters.clearable("receipt_email").apply(to: &intent.receiptEmail)
    }

    /// A method by its id or ready-made name; one that belongs to another customer is none.
    private mutating func methodToPayWith(_ name: String, _ intent: PaymentIntent) throws -> String {
        if let known = paymentMethods[name] {
            guard known.customer == nil || known.customer == intent.customer else {
                throw StripeError.refused(
                    "The PaymentMethod \(name) does not belong to the customer of this PaymentIntent.",
                    code: "payment_method_customer_mismatch", param: "payment_method")
            }
            return name
        }
        guard let card = TestCard.card(methodName: name) else {
            throw StripeError.noSuchParameter("PaymentMethod", name, param: "payment_method")
        }
        let method = makePaymentMethod(card)
        paymentMethods.insert(method)
        return method.id
    }

    /// Charges an intent that has no invoice.
    mutating func confirmAlone(
        _ given: PaymentIntent, method name: String?, isOnSession: Bool, isAuthenticated: Bool = false
    ) throws {
        guard let wanted = name ?? given.paymentMethod else {
            throw StripeError.refused(
                "You cannot confirm this PaymentIntent because it's missing a payment method.", code: "parameter_missing")
        }
        let id = try methodToPayWith(wanted, given)
        guard let method = paymentMethods[id] else { return }
        let time = now(given.customer.flatMap { customers[$0]?.testClock })
        switch judge(method, PaymentAttempt(method: id, isOnSession: isOnSession, isAuthenticated: isAuthenticated)) {
        case .paid:
            if let customer = given.customer, given.setupFutureUsage != nil { _ = try attach(id, to: customer, param: "payment_method") }
            paymentMethods.modify(id) { $0.isSetUp = $0.isSetUp || given.setupFutureUsage != nil }
            makeCharge(given.id, method, decline: nil, at: time)
        case .declined(let decline):
            makeCharge(given.id, method, decline: decline, at: time)
            throw failure(decline.error, given.id)
        case .requiresAction, .noMethod:
            guard isOnSession else {
                let decline = CardDecline(
                    code: "authentication_required", declineCode: "authentication_required",
                    message: "Your card was declined. This transaction requires authentication.")
                makeCharge(given.id, method, decline: decline, at: time)
                throw failure(decline.error, given.id)
            }
            paymentIntents.modify(given.id) { intent in
                intent.status = "requires_action"
                intent.paymentMethod = id
            }
            announce("payment_intent.requires_action", \.paymentIntents, given.id)
        }
    }

    private func failure(_ error: StripeError, _ intent: String) -> StripeError {
        var error = error
        error.members["payment_intent"] = paymentIntents[intent]?.json(in: self)
        return error
    }

    /// The customer has passed, or failed, the authentication of an intent without an invoice.
    mutating func authenticateAlone(_ intent: PaymentIntent, _ succeeds: Bool) throws {
        if succeeds { return try confirmAlone(intent, method: nil, isOnSession: true, isAuthenticated: true) }
        let error = CardDecline(
            code: "payment_intent_authentication_failure", message: "The provided payment method has failed authentication."
        ).error
        paymentIntents.modify(intent.id) { intent in
            intent.status = "requires_payment_method"
            intent.paymentMethod = nil
            intent.lastError = error.details()
        }
        announce("payment_intent.payment_failed", \.paymentIntents, intent.id)
    }

    private mutating func cancel(_ intent: PaymentIntent, _ reason: String?) {
        let now = now(intent.customer.flatMap { customers[$0]?.testClock })
        if intent.status == "requires_capture", let charge = intent.latestCharge {
            // What was authorised is let go.
            change(\.charges, charge, "charge.refunded") { $0.amountRefunded = $0.amount }
        }
        paymentIntents.modify(intent.id) { intent in
            intent.status = "canceled"
            intent.canceledAt = now
            intent.cancellationReason = reason
        }
        announce("payment_intent.canceled", \.paymentIntents, intent.id)
    }

    private mutating func capture(_ intent: PaymentIntent, _ amount: Int64) {
        guard let charge = intent.latestCharge else { return }
        let transaction = ids.id("txn")
        change(\.charges, charge, "charge.captured") { charge in
            charge.amountCaptured = amount
            charge.amountRefunded = charge.amount - amount
            charge.balanceTransaction = transaction
        }
        paymentIntents.modify(intent.id) { intent in
            intent.status = "succeeded"
            intent.amountReceived = amount
        }
        announce("payment_intent.succeeded", \.paymentIntents, intent.id)
    }
}
