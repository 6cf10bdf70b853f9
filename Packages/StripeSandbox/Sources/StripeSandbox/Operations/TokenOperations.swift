internal import Core

extension Account {
    static let tokenOperations: [Operation] = [
        Operation("POST", "/v1/tokens") { account, call in
            let customer = try account.customer(of: call.parameters)
            guard let given = try call.parameters.branch("card") else {
                throw StripeError.invalid("The simulator makes tokens of cards only.", code: "parameter_missing", param: "card")
            }
            guard let card = TestCard.card(number: try given.required("number")) else {
                throw CardDecline(
                    code: "incorrect_number", message: "Your card number is incorrect. The simulator takes Stripe's test cards only."
                ).error
            }
            guard let month = try given.integer("exp_month", in: 1...12) else { throw given.missing("exp_month") }
            guard let year = try given.integer("exp_year", in: 1970...2100) else { throw given.missing("exp_year") }
            _ = try given.string("cvc")
            var method = account.makePaymentMethod(card)
            (method.expiryMonth, method.expiryYear) = (month, year)
            method.billingDetails["name"] = JSONValue(try given.string("name"))
            try call.parameters.finish()
            let token = CardToken(id: account.ids.id("tok"), created: account.now(customer?.testClock), card: method)
            account.cardTokens.insert(token)
            return token.json(in: account)
        },
        Operation("GET", "/v1/tokens/{id}") { account, call in
            try call.parameters.finish()
            guard let token = account.cardTokens[call.id] else { throw StripeError.noSuch("token", call.id) }
            return token.json(in: account)
        },
    ]

    /// The method of a token, which is good for one use.
    mutating func use(_ id: String) throws -> PaymentMethod? {
        guard let token = cardTokens[id] else { return nil }
        guard !token.isUsed else {
            throw StripeError.refused(
                "You cannot use a Stripe token more than once: \(id).", code: "token_already_used", param: "card[token]")
        }
        cardTokens.modify(id) { $0.isUsed = true }
        return token.card
    }
}
