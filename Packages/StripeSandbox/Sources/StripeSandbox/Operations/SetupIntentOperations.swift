internal import Core

extension Account {
    static let setupIntentOperations: [Operation] = [
        Operation("POST", "/v1/setup_intents") { account, call in
            let parameters = call.parameters
            let customer = try account.customer(of: parameters)
            let method = try parameters.string("payment_method")
            let description = try parameters.string("description")
            let usage = try parameters.string("usage") ?? "off_session"
            let confirms = try parameters.bool("confirm") ?? false
            _ = try parameters.strings("payment_method_types")
            let metadata = try parameters.metadata()
            try parameters.finish()
            if let method, account.paymentMethod(named: method) == nil {
                throw StripeError.noSuchParameter("PaymentMethod", method, param: "payment_method")
            }
            let id = account.ids.id("seti")
            account.setupIntents.insert(
                SetupIntent(
                    id: id, created: account.occasion.now, clientSecret: "\(id)_secret_\(account.ids.text(24))", customer: customer?.id,
                    paymentMethod: method, status: method == nil ? "requires_payment_method" : "requires_confirmation", usage: usage,
                    description: description, metadata: metadata))
            account.announce("setup_intent.created", \.setupIntents, id)
            if confirms { try account.confirmSetup(id, method) }
            return account.setupIntents[id]?.json(in: account) ?? .null
        },
        Operation("GET", "/v1/setup_intents") { account, call in
            let customer = try call.parameters.string("customer")
            let method = try call.parameters.string("payment_method")
            return try account.page(account.setupIntents.newestFirst, call, url: "/v1/setup_intents") {
                (customer == nil || $0.customer == customer) && (method == nil || $0.paymentMethod == method)
            }
        },
        Operation("GET", "/v1/setup_intents/{id}") { account, call in
            _ = try call.parameters.string("client_secret")
            try call.parameters.finish()
            return try account.setupIntent(call.id).json(in: account)
        },
        Operation("POST", "/v1/setup_intents/{id}") { account, call in
            var intent = try account.setupIntent(call.id)
            try call.parameters.clearable("description").apply(to: &intent.description)
            try call.parameters.changeMetadata(&intent.metadata)
            try call.parameters.finish()
            account.setupIntents.insert(intent)
            return intent.json(in: account)
        },
        Operation("POST", "/v1/setup_intents/{id}/confirm") { account, call in
            let intent = try account.setupIntent(call.id)
            let method = try call.parameters.string("payment_method") ?? intent.paymentMethod
            _ = try call.parameters.url("return_url")
            try call.parameters.finish()
            try account.confirmSetup(intent.id, method)
            return account.setupIntents[intent.id]?.json(in: account) ?? .null
        },
        Operation("POST", "/v1/setup_intents/{id}/cancel") { account, call in
            let reason = try call.parameters.string("cancellation_reason")
            try call.parameters.finish()
            let intent = try account.setupIntent(call.id)
            guard !["succeeded", "canceled"].contains(intent.status) else { throw Self.unexpectedSetupState(intent) }
            account.setupIntents.modify(intent.id) { intent in
                intent.status = "canceled"
                intent.cancellationReason = reason
            }
            account.announce("setup_intent.canceled", \.setupIntents, intent.id)
            return account.setupIntents[intent.id]?.json(in: account) ?? .null
        },
    ]

    private func setupIntent(_ id: String) throws -> SetupIntent {
        guard let intent = setupIntents[id] else { throw StripeError.noSuch("setupintent", id) }
        return intent
    }

    private static func unexpectedSetupState(_ intent: SetupIntent) -> StripeError {
        .refused(
            "You cannot do this to a SetupIntent because it has a status of \(intent.status).", code: "setup_intent_unexpected_state")
    }

    /// Sets a method up for later use; cards that want it go through authentication first.
    mutating func confirmSetup(_ id: String, _ name: String?, isAuthenticated: Bool = false) throws {
        let intent = try setupIntent(id)
        guard !["succeeded", "canceled"].contains(intent.status) else { throw Self.unexpectedSetupState(intent) }
        guard let name else {
            throw StripeError.refused(
                "You cannot confirm this SetupIntent because it's missing a payment method.", code: "parameter_missing")
        }
        guard let card = paymentMethod(named: name) else {
            throw StripeError.noSuchParameter("PaymentMethod", name, param: "payment_method")
        }
        if let decline = card.decline {
            setupIntents.modify(id) { intent in
                intent.status = "requires_payment_method"
                intent.lastError = decline.error.details()
            }
            announce("setup_intent.setup_failed", \.setupIntents, id)
            var error = decline.error
            if let object = setupIntents[id]?.json(in: self) { error.members["setup_intent"] = object }
            throw error
        }
        let method: String
        if let customer = intent.customer {
            method = try attach(name, to: customer, param: "payment_method")
        } else {
            method = name
        }
        if card.authentication != .never, !isAuthenticated {
            setupIntents.modify(id) { intent in
                intent.status = "requires_action"
                intent.paymentMethod = method
            }
            return announce("setup_intent.requires_action", \.setupIntents, id)
        }
        paymentMethods.modify(method) { $0.isSetUp = true }
        setupIntents.modify(id) { intent in
            intent.status = "succeeded"
            intent.paymentMethod = method
            intent.lastError = nil
        }
        announce("setup_intent.succeeded", \.setupIntents, id)
    }
}
