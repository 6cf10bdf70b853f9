internal import Core

extension Account {
    static let paymentOperations: [Operation] = [
        Operation("GET", "/v1/payment_intents") { account, call in
            let customer = try call.parameters.string("customer")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.paymentIntents.newestFirst, call, url: "/v1/payment_intents") {
                (customer == nil || $0.customer == customer) && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/payment_intents/{id}") { account, call in
            _ = try call.parameters.string("client_secret")
            try call.parameters.finish()
            return try account.paymentIntent(call.id).json(in: account)
        },
        Operation("POST", "/v1/payment_intents/{id}") { account, call in
            var intent = try account.paymentIntent(call.id)
            try account.readChange(call.parameters, of: &intent)
            try call.parameters.clearable("description").apply(to: &intent.description)
            try call.parameters.changeMetadata(&intent.metadata)
            try call.parameters.finish()
            account.paymentIntents.insert(intent)
            return intent.json(in: account)
        },
        Operation("POST", "/v1/payment_intents/{id}/confirm") { account, call in
            let given = try call.parameters.string("payment_method")
            _ = try call.parameters.url("return_url")
            let isOffSession = try call.parameters.bool("off_session") ?? false
            try call.parameters.finish()
            let intent = try account.paymentIntent(call.id)
            try account.confirm(intent, method: given, isOnSession: !isOffSession)
            return account.paymentIntents[intent.id]?.json(in: account) ?? .null
        },
        Operation("GET", "/v1/charges") { account, call in
            let customer = try call.parameters.string("customer")
            let intent = try call.parameters.string("payment_intent")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.charges.newestFirst, call, url: "/v1/charges") {
                (customer == nil || $0.customer == customer) && (intent == nil || $0.paymentIntent == intent)
                    && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/charges/{id}") { account, call in
            try call.parameters.finish()
            return try account.charge(call.id).json(in: account)
        },
        Operation("POST", "/v1/charges/{id}") { account, call in
            var charge = try account.charge(call.id)
            try call.parameters.clearable("description").apply(to: &charge.description)
            try call.parameters.changeMetadata(&charge.metadata)
            try call.parameters.finish()
            let updated = charge
            account.change(\.charges, charge.id, "charge.updated") { $0 = updated }
            return updated.json(in: account)
        },
        Operation("GET", "/v1/invoice_payments") { account, call in
            let invoice = try call.parameters.string("invoice")
            let status = try call.parameters.string("status")
            let payment = try call.parameters.branch("payment")
            _ = try payment?.string("type")
            let intent = try payment?.string("payment_intent")
            return try account.page(account.invoicePayments.newestFirst, call, url: "/v1/invoice_payments") {
                (invoice == nil || $0.invoice == invoice) && (status == nil || $0.status == status)
                    && (intent == nil || $0.paymentIntent == intent)
            }
        },
        Operation("GET", "/v1/invoice_payments/{id}") { account, call in
            try call.parameters.finish()
            guard let payment = account.invoicePayments[call.id] else { throw StripeError.noSuch("invoice_payment", call.id) }
            return payment.json(in: account)
        },
    ]

    func paymentIntent(_ id: String) throws -> PaymentIntent {
        guard let intent = paymentIntents[id] else { throw StripeError.noSuch("payment_intent", id) }
        return intent
    }

    private func charge(_ id: String) throws -> Charge {
        guard let charge = charges[id] else { throw StripeError.noSuch("charge", id) }
        return charge
    }

    /// Pays the invoice of an intent, as the customer does from a page of the product's own.
    private mutating func confirm(_ intent: PaymentIntent, method given: String?, isOnSession: Bool) throws {
        guard ["requires_payment_method", "requires_confirmation", "requires_action"].contains(intent.status) else {
            throw StripeError.refused(
                "You cannot confirm this PaymentIntent because it has a status of \(intent.status).",
                code: "payment_intent_unexpected_state")
        }
        guard let invoiceID = intent.invoice, let customer = intent.customer else {
            return try confirmAlone(intent, method: given, isOnSession: isOnSession)
        }
        let invoice = try invoice(invoiceID)
        guard let name = given ?? intent.paymentMethod ?? paymentMethod(for: invoice) else {
            throw StripeError.refused(
                "You cannot confirm this PaymentIntent because it's missing a payment method.", code: "parameter_missing")
        }
        let method = try attach(name, to: customer, param: "payment_method")
        try pay(invoiceID, PaymentAttempt(method: method, isOnSession: isOnSession))
    }

    /// The customer has passed, or failed, the authentication that an intent waits for.
    mutating func authenticate(intent id: String, succeeds: Bool) throws {
        if setupIntents[id]?.status == "requires_action" { return try authenticateSetup(id, succeeds) }
        let intent = try paymentIntent(id)
        guard intent.status == "requires_action" else {
            throw StripeError.refused("This intent does not wait for authentication.", code: "payment_intent_unexpected_state")
        }
        guard let invoice = intent.invoice else { return try authenticateAlone(intent, succeeds) }
        if succeeds { return try pay(invoice, PaymentAttempt(method: intent.paymentMethod, isOnSession: true, isAuthenticated: true)) }
        let error = CardDecline(
            code: "payment_intent_authentication_failure", message: "The provided payment method has failed authentication."
        ).error
        paymentIntents.modify(id) { intent in
            intent.status = "requires_payment_method"
            intent.paymentMethod = nil
            intent.lastError = error.details()
        }
        announce("payment_intent.payment_failed", \.paymentIntents, id)
        announce("invoice.payment_failed", \.invoices, invoice)
    }

    private mutating func authenticateSetup(_ id: String, _ succeeds: Bool) throws {
        guard !succeeds else { return try confirmSetup(id, setupIntents[id]?.paymentMethod, isAuthenticated: true) }
        setupIntents.modify(id) { $0.status = "requires_payment_method" }
        announce("setup_intent.setup_failed", \.setupIntents, id)
    }

    private mutating func pay(_ invoice: String, _ attempt: PaymentAttempt) throws {
        let result = collect(invoice, attempt)
        applyPayment(of: invoice, result, method: attempt.method)
        if case .declined = result { throw paymentError(result, invoice: invoice) }
    }
}
