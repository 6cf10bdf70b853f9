internal import Core

extension Account {
    /// The items of subscriptions by themselves; each change is one of the subscription (STR-156).
    static let subscriptionItemOperations: [Operation] = [
        Operation("GET", "/v1/subscription_items") { account, call in
            let id = try call.parameters.required("subscription")
            guard let subscription = account.subscriptions[id] else {
                throw StripeError.noSuchParameter("subscription", id, param: "subscription")
            }
            return try account.page(subscription.items.reversed(), call, url: "/v1/subscription_items")
        },
        Operation("GET", "/v1/subscription_items/{id}") { account, call in
            try call.parameters.finish()
            return try account.subscriptionItem(call.id).json(in: account)
        },
        Operation("POST", "/v1/subscription_items") { account, call in
            let id = try call.parameters.required("subscription")
            guard account.subscriptions[id]?.status.isTerminal == false else {
                throw StripeError.noSuchParameter("subscription", id, param: "subscription")
            }
            guard call.parameters.has("price") else { throw call.parameters.missing("price") }
            let known = Set(account.subscriptions[id]?.items.map(\.id) ?? [])
            try account.changeItem(call.parameters, of: id, item: nil)
            guard let made = account.subscriptions[id]?.items.first(where: { !known.contains($0.id) }) else { return .null }
            return made.json(in: account)
        },
        Operation("POST", "/v1/subscription_items/{id}") { account, call in
            let item = try account.subscriptionItem(call.id)
            try account.changeItem(call.parameters, of: item.subscription, item: item.id)
            return try account.subscriptionItem(item.id).json(in: account)
        },
        Operation("DELETE", "/v1/subscription_items/{id}") { account, call in
            let item = try account.subscriptionItem(call.id)
            try account.changeItem(call.parameters, of: item.subscription, item: item.id, isRemoved: true)
            return ["id": .string(item.id), "object": "subscription_item", "deleted": true]
        },
        Operation("POST", "/v1/subscriptions/{id}/migrate") { account, call in
            guard let mode = try call.parameters.branch("billing_mode") else { throw call.parameters.missing("billing_mode") }
            guard try mode.required("type") == "flexible" else {
                throw StripeError.invalid("Invalid billing_mode[type]: must be one of `flexible`", param: "billing_mode[type]")
            }
            try mode.readProrationDiscounts()
            try call.parameters.finish()
            let subscription = try account.subscription(call.id)
            guard !subscription.status.isTerminal else {
                throw StripeError.refused("A canceled subscription cannot be migrated.")
            }
            guard !subscription.isFlexible else {
                throw StripeError.refused("The subscription's billing mode is flexible already.", param: "billing_mode[type]")
            }
            let now = account.now(subscription.testClock)
            account.change(\.subscriptions, subscription.id, "customer.subscription.updated") { subscription in
                subscription.isFlexible = true
                subscription.migratedAt = now
            }
            return account.subscriptions[call.id]?.json(in: account) ?? .null
        },
    ]

    private func subscriptionItem(_ id: String) throws -> SubscriptionItem {
        let item = subscriptions.newestFirst.lazy.flatMap(\.items).first { $0.id == id }
        guard let item else { throw StripeError.noSuch("subscription_item", id) }
        return item
    }

    private mutating func changeItem(_ parameters: Parameters, of id: String, item: String?, isRemoved: Bool = false) throws {
        let before = try subscription(id)
        guard !before.status.isTerminal else { throw StripeError.refused("A canceled subscription's items cannot be changed.") }
        var subscription = before
        var change = ItemChange(item: item, param: "price")
        if !isRemoved { change = try readItemParts(parameters, of: before, item: item) }
        change.isRemoved = isRemoved
        let (date, proration) = (try parameters.integer("proration_date"), try parameters.string("proration_behavior"))
        let behavior = try parameters.choice("payment_behavior", of: PaymentBehavior.self)
        let isOffSession = try parameters.bool("off_session") ?? false
        try parameters.finish()
        try self.change(&subscription, by: [change], date, proration)
        try put(subscription, before, behavior, isOnSession: !isOffSession)
    }
}

extension Parameters {
    /// Of the flexible billing mode only prorations that include their discounts are simulated.
    func readProrationDiscounts() throws {
        guard let flexible = try branch("flexible") else { return }
        if let word = try flexible.string("proration_discounts"), word != "included" {
            throw StripeError.invalid(
                "The simulator knows proration discounts of the kind included only.", param: flexible.fullName("proration_discounts"))
        }
    }
}
