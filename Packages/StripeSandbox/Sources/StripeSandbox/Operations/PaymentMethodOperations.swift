internal import Core

extension Account {
    static let paymentMethodOperations: [Operation] = [
        Operation("POST", "/v1/payment_methods") { try $0.createPaymentMethod($1.parameters) },
        Operation("GET", "/v1/payment_methods") { account, call in
            let customer = try account.customer(of: call.parameters)
            _ = try call.parameters.string("type")
            return try account.page(account.paymentMethods.newestFirst, call, url: "/v1/payment_methods") {
                customer == nil || $0.customer == customer?.id
            }
        },
        Operation("GET", "/v1/payment_methods/{id}") { account, call in
            try call.parameters.finish()
            return try account.knownPaymentMethod(call.id).json(in: account)
        },
        Operation("POST", "/v1/payment_methods/{id}") { account, call in
            var method = try account.knownPaymentMethod(call.id)
            try call.parameters.changeMetadata(&method.metadata)
            try account.applyBilling(call.parameters, to: &method)
            if let card = try call.parameters.branch("card") {
                method.expiryMonth = try card.integer("exp_month", in: 1...12) ?? method.expiryMonth
                method.expiryYear = try card.integer("exp_year", in: 1970...2100) ?? method.expiryYear
            }
            try call.parameters.finish()
            let updated = method
            account.change(\.paymentMethods, method.id, "payment_method.updated") { $0 = updated }
            return updated.json(in: account)
        },
        Operation("POST", "/v1/payment_methods/{id}/attach") { account, call in
            guard let customer = try account.customer(of: call.parameters) else { throw call.parameters.missing("customer") }
            try call.parameters.finish()
            let id = try account.attach(call.id, to: customer.id, param: "id")
            return account.paymentMethods[id]?.json(in: account) ?? .null
        },
        Operation("POST", "/v1/payment_methods/{id}/detach") { account, call in
            try call.parameters.finish()
            let method = try account.knownPaymentMethod(call.id)
            guard method.customer != nil else {
                throw StripeError.refused("The payment method you provided is not attached to a customer so detachment is impossible.")
            }
            account.detach(method.id)
            return account.paymentMethods[method.id]?.json(in: account) ?? .null
        },
    ]

    private func knownPaymentMethod(_ id: String) throws -> PaymentMethod {
        guard let method = paymentMethods[id] else { throw StripeError.noSuch("PaymentMethod", id) }
        return method
    }

    private mutating func createPaymentMethod(_ parameters: Parameters) throws -> JSONValue {
        guard try parameters.required("type") == "card" else {
            throw StripeError.invalid("The simulator knows payment methods of type card only.", param: "type")
        }
        guard let given = try parameters.branch("card") else { throw parameters.missing("card") }
        let card: TestCard
        if let token = try given.string("token") {
            if let handedOver = try use(token) { return try createPaymentMethod(parameters, given, of: handedOver) }
            guard let known = TestCard.card(token: token) else { throw StripeError.noSuchParameter("token", token, param: "card[token]") }
            card = known
        } else {
            guard let known = TestCard.card(number: try given.required("number")) else {
                throw CardDecline(
                    code: "incorrect_number", message: "Your card number is incorrect. The simulator takes Stripe's test cards only."
                ).error
            }
            card = known
        }
        return try createPaymentMethod(parameters, given, of: makePaymentMethod(card))
    }

    private mutating func createPaymentMethod(_ parameters: Parameters, _ given: Parameters, of draft: PaymentMethod) throws -> JSONValue {
        var method = draft
        method.expiryMonth = try given.integer("exp_month", in: 1...12) ?? method.expiryMonth
        method.expiryYear = try given.integer("exp_year", in: 1970...2100) ?? method.expiryYear
        _ = try given.string("cvc")
        method.metadata = try parameters.metadata()
        try applyBilling(parameters, to: &method)
        try parameters.finish()
        paymentMethods.insert(method)
        return method.json(in: self)
    }

    private func applyBilling(_ parameters: Parameters, to method: inout PaymentMethod) throws {
        guard let given = try parameters.branch("billing_details") else { return }
        for name in ["email", "name", "phone"] {
            switch try given.clearable(name) {
            case .unchanged: break
            case .clear: method.billingDetails[name] = .null
            case .set(let text): method.billingDetails[name] = .string(text)
            }
        }
        if case .set(let address) = try given.address() { method.billingDetails["address"] = address }
    }

    /// A method of a card that nobody has yet.
    mutating func makePaymentMethod(_ card: TestCard) -> PaymentMethod {
        let year = Instant(secondsSinceEpoch: occasion.now).calendarDate.year
        return PaymentMethod(
            id: ids.id("pm"), created: occasion.now, card: card, fingerprint: Self.fingerprint(card), expiryMonth: 12,
            expiryYear: Int64(year + 4))
    }

    /// The same for every method of one card, as Stripe's is.
    private static func fingerprint(_ card: TestCard) -> String {
        var generator = IDGenerator(seed: UInt64(card.number) ?? 0)
        return generator.text(16)
    }

    /// The card behind an id or the name of a ready-made method.
    func paymentMethod(named name: String) -> TestCard? {
        paymentMethods[name]?.card ?? TestCard.card(methodName: name)
    }

    /// Gives a method to a customer; a ready-made one is copied to an id of its own first.
    ///
    /// - Throws: the card's decline when it cannot be attached.
    mutating func attach(_ name: String, to customer: String, param: String) throws -> String {
        let method: PaymentMethod
        if let existing = paymentMethods[name] {
            method = existing
        } else if let card = TestCard.card(methodName: name) {
            method = makePaymentMethod(card)
        } else {
            throw param == "id"
                ? StripeError.noSuch("PaymentMethod", name) : StripeError.noSuchParameter("PaymentMethod", name, param: param)
        }
        if method.customer == customer { return method.id }
        guard method.customer == nil else {
            throw StripeError.refused(
                "The payment method you provided has already been attached to a customer.", code: "payment_method_unexpected_state")
        }
        if let decline = method.card.decline { throw decline.error }
        paymentMethods.insert(method)
        paymentMethods.modify(method.id) { $0.customer = customer }
        announce("payment_method.attached", \.paymentMethods, method.id)
        return method.id
    }

    /// Gives a method what is printed on the card that its bank sent instead; the network tells of it, and the method's id stays.
    mutating func replaceCard(of id: String, by card: TestCard?, expiring expiry: (month: Int64, year: Int64)) {
        change(\.paymentMethods, id, "payment_method.automatically_updated") { method in
            if let card {
                method.card = card
                method.fingerprint = Self.fingerprint(card)
            }
            method.expiryMonth = expiry.month
            method.expiryYear = expiry.year
        }
    }

    /// Takes a method from its customer and from everything that it was the default of.
    mutating func detach(_ id: String) {
        guard let owner = paymentMethods[id]?.customer else { return }
        paymentMethods.modify(id) { $0.customer = nil }
        if let object = paymentMethods[id]?.json(in: self) {
            emit("payment_method.detached", object, previous: ["customer": .string(owner)])
        }
        if customers[owner]?.defaultPaymentMethod == id {
            change(\.customers, owner, "customer.updated") { $0.defaultPaymentMethod = nil }
        }
        for subscription in subscriptionsOfCustomer[owner] ?? [] where subscriptions[subscription]?.defaultPaymentMethod == id {
            change(\.subscriptions, subscription, "customer.subscription.updated") { $0.defaultPaymentMethod = nil }
        }
    }
}
