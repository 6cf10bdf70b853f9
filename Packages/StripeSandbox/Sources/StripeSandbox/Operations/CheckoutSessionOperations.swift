internal import Core

extension Account {
    static let sessionOperations: [Operation] = [
        Operation("POST", "/v1/checkout/sessions") { try $0.createSession($1.parameters) },
        Operation("GET", "/v1/checkout/sessions") { account, call in
            let customer = try call.parameters.string("customer")
            let subscription = try call.parameters.string("subscription")
            let status = try call.parameters.string("status")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.sessions.newestFirst, call, url: "/v1/checkout/sessions") {
                (customer == nil || $0.customer == customer) && (subscription == nil || $0.subscription == subscription)
                    && (status == nil || $0.status == status) && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/checkout/sessions/{id}") { account, call in
            try call.parameters.finish()
            return try account.session(call.id).json(in: account)
        },
        Operation("POST", "/v1/checkout/sessions/{id}") { account, call in
            var session = try account.session(call.id)
            try call.parameters.changeMetadata(&session.metadata)
            try call.parameters.finish()
            account.sessions.insert(session)
            return session.json(in: account)
        },
        Operation("GET", "/v1/checkout/sessions/{id}/line_items") { account, call in
            let session = try account.session(call.id)
            _ = try call.parameters.integer("limit", in: 1...100)
            try call.parameters.finish()
            return account.lineItems(ofSession: session.id)
        },
        Operation("POST", "/v1/checkout/sessions/{id}/expire") { account, call in
            try call.parameters.finish()
            let session = try account.session(call.id)
            guard session.status == "open" else {
                throw StripeError.refused(
                    "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `\(session.status)`."
                )
            }
            account.expire(session.id)
            return account.sessions[session.id]?.json(in: account) ?? .null
        },
    ]

    private func session(_ id: String) throws -> CheckoutSession {
        guard let session = sessions[id] else { throw StripeError.noSuch("checkout.session", id) }
        return session
    }

    private mutating func createSession(_ parameters: Parameters) throws -> JSONValue {
        let mode = try parameters.required("mode")
        guard ["subscription", "setup", "payment"].contains(mode) else {
            throw StripeError.invalid("Invalid mode: must be one of `payment`, `setup`, or `subscription`", param: "mode")
        }
        guard let successURL = try parameters.url("success_url") else { throw parameters.missing("success_url") }
        let created = occasion.now
        let expiresAt = try parameters.integer("expires_at") ?? created + 86_400
        guard (created + 1_800...created + 86_400).contains(expiresAt) else {
            throw StripeError.invalid(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.", param: "expires_at")
        }
        var session = CheckoutSession(
            id: "cs_test_" + ids.text(58), created: created, mode: mode, successURL: successURL, expiresAt: expiresAt)
        let customer = try customer(of: parameters)
        session.customer = customer?.id
        session.customerEmail = try parameters.string("customer_email")
        if session.customer != nil, session.customerEmail != nil {
            throw StripeError.invalid("You may only specify one of these parameters: customer, customer_email.", param: "customer_email")
        }
        session.cancelURL = try parameters.url("cancel_url")
        session.clientReference = try parameters.string("client_reference_id")
        session.metadata = try parameters.metadata()
        try readPresentation(parameters, into: &session)
        if mode == "setup" {
            session.currency = try parameters.currency()
        } else {
            try readLineItems(parameters, customer, into: &session)
            session.discounts = try readDiscounts(parameters, customer: customer?.id) ?? []
            session.allowsPromotionCodes = try parameters.bool("allow_promotion_codes") ?? false
            guard session.discounts.isEmpty || !session.allowsPromotionCodes else {
                throw StripeError.invalid(
                    "You may only specify one of these parameters: allow_promotion_codes, discounts.", param: "discounts")
            }
        }
        // What the intent says of itself is given apart from what the session says.
        let intentMetadata = try mode == "setup" ? parameters.branch("setup_intent_data")?.metadata() ?? [:] : [:]
        try parameters.finish()
        if mode == "setup" {
            let id = ids.id("seti")
            setupIntents.insert(
                SetupIntent(
                    id: id, created: created, clientSecret: "\(id)_secret_\(ids.text(24))", customer: session.customer,
                    metadata: intentMetadata))
            session.setupIntent = id
            session.paymentStatus = "no_payment_required"
            announce("setup_intent.created", \.setupIntents, id)
        }
        sessions.insert(session)
        timers.add(.expireSession(session.id), at: expiresAt)
        return session.json(in: self)
    }

    /// Parameters of looks, as far as the page has a choice.
    private func readPresentation(_ parameters: Parameters, into session: inout CheckoutSession) throws {
        try readCardTypes(parameters)
        if let mode = try parameters.string("ui_mode"), !["hosted", "hosted_page"].contains(mode) {
            throw StripeError.invalid("The simulator knows the hosted page only.", param: "ui_mode")
        }
        if let collection = try parameters.string("payment_method_collection") {
            guard ["always", "if_required"].contains(collection) else {
                throw StripeError.invalid("Invalid payment_method_collection", param: "payment_method_collection")
            }
            session.collectsPaymentMethod = collection
        }
        if let address = try parameters.string("billing_address_collection"), address != "auto" {
            throw StripeError.invalid("The page does not ask for addresses.", param: "billing_address_collection")
        }
    }

    private mutating func readLineItems(_ parameters: Parameters, _ customer: Customer?, into session: inout CheckoutSession) throws {
        let given = try parameters.branches("line_items")
        guard !given.isEmpty else { throw parameters.missing("line_items") }
        for entry in given {
            let price = try session.mode == "payment" ? oneTimePrice(entry) : recurringPrice(entry)
            guard session.currency == nil || session.currency == price.currency else {
                throw StripeError.refused("All prices of a session must be in one currency.", param: entry.fullName("price"))
            }
            session.currency = price.currency
            session.lineItems.append(
                .init(id: ids.id("li"), price: price.id, quantity: try entry.integer("quantity", in: 1...1_000_000) ?? 1))
        }
        if let own = customer?.currency, let currency = session.currency, own != currency {
            throw StripeError.refused("You cannot combine currencies on a single customer. This customer has \(own).", param: "customer")
        }
        if session.mode == "payment" {
            session.paymentMetadata = try parameters.branch("payment_intent_data")?.metadata() ?? [:]
            return
        }
        guard let data = try parameters.branch("subscription_data") else { return }
        session.subscriptionMetadata = try data.metadata()
        session.subscriptionDescription = try data.string("description")
        session.trialDays = try data.integer("trial_period_days", in: 1...730)
    }

    private func oneTimePrice(_ entry: Parameters) throws -> Price {
        let id = try entry.required("price")
        guard let price = prices[id] else { throw StripeError.noSuchParameter("price", id, param: entry.fullName("price")) }
        guard price.interval == nil else {
            throw StripeError.refused(
                "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
                param: entry.fullName("price"))
        }
        return price
    }

    func lineItems(ofSession id: String) -> JSONValue {
        let items: [JSONValue] = (sessions[id]?.lineItems ?? []).map { item in
            let price = prices[item.price]
            let amount = JSONValue.integer((price?.unitAmount ?? 0) * item.quantity)
            return [
                "id": .string(item.id), "object": "item", "adjustable_quantity": nil, "amount_discount": 0, "amount_subtotal": amount,
                "amount_tax": 0, "amount_total": amount, "currency": JSONValue(price?.currency),
                "description": JSONValue(price.flatMap { products[$0.product]?.name }), "price": price?.json(in: self) ?? .null,
                "quantity": .integer(item.quantity),
            ]
        }
        return .list(items, url: "/v1/checkout/sessions/\(id)/line_items")
    }

    mutating func expire(_ id: String) {
        sessions.modify(id) { $0.status = "expired" }
        announce("checkout.session.expired", \.sessions, id)
    }

    mutating func expireIfDue(_ id: String) {
        guard let session = sessions[id], session.status == "open", session.expiresAt <= occasion.now else { return }
        expire(id)
    }
}
