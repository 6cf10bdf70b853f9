internal import Core

/// A price that was asked for and not made yet.
struct PriceDraft {
    let product: String
    let currency: String
    let unitAmount: Int64
    let interval: BillingInterval?
    let isActive: Bool
    let lookupKey: String?
    let takesLookupKey: Bool
    let nickname: String?
    let taxBehavior: String
    let metadata: [String: String]
}

extension Account {
    static let priceOperations: [Operation] = [
        Operation("POST", "/v1/prices") { account, call in
            let parameters = call.parameters
            var newProduct: Product?
            let productID: String
            if let data = try parameters.branch("product_data") {
                let product = Product(
                    id: account.ids.id("prod", length: 14), created: account.occasion.now, updated: account.occasion.now,
                    name: try data.required("name"), metadata: try data.metadata())
                (newProduct, productID) = (product, product.id)
            } else {
                productID = try parameters.required("product")
                guard account.products[productID] != nil else {
                    throw StripeError.noSuchParameter("product", productID, param: "product")
                }
            }
            let draft = try account.priceDraft(parameters, product: productID)
            try parameters.finish()
            if let key = draft.lookupKey, !draft.takesLookupKey, let owner = account.price(withLookupKey: key) {
                throw StripeError.refused("A price (`\(owner.id)`) already uses that lookup key.", param: "lookup_key")
            }
            if let newProduct {
                account.products.insert(newProduct)
                account.announce("product.created", \.products, newProduct.id)
            }
            return account.insert(draft).json(in: account)
        },
        Operation("GET", "/v1/prices") { account, call in
            let parameters = call.parameters
            let active = try parameters.bool("active")
            let product = try parameters.string("product")
            let currency = try parameters.currency()
            let type = try parameters.string("type")
            let keys = try parameters.strings("lookup_keys")
            let created = try parameters.timeFilter("created")
            let recurring = try parameters.branch("recurring")
            let unit = try recurring?.choice("interval", of: BillingInterval.Unit.self)
            return try account.page(account.prices.newestFirst, call, url: "/v1/prices") { price in
                (active == nil || price.isActive == active) && (product == nil || price.product == product)
                    && (currency == nil || price.currency == currency) && (type == nil || (type == "recurring") == (price.interval != nil))
                    && keys.map { price.lookupKey.map($0.contains) ?? false } != false && created?.contains(price.created) != false
                    && (unit == nil || price.interval?.unit == unit)
            }
        },
        Operation("GET", "/v1/prices/{id}") { account, call in
            try call.parameters.finish()
            return try account.price(call.id).json(in: account)
        },
        Operation("POST", "/v1/prices/{id}") { account, call in
            var price = try account.price(call.id)
            if let active = try call.parameters.bool("active") { price.isActive = active }
            try call.parameters.clearable("nickname").apply(to: &price.nickname)
            try call.parameters.clearable("lookup_key").apply(to: &price.lookupKey)
            let takesKey = try call.parameters.bool("transfer_lookup_key") ?? false
            if let behavior = try call.parameters.string("tax_behavior") { price.taxBehavior = behavior }
            try call.parameters.changeMetadata(&price.metadata)
            try call.parameters.finish()
            if let key = price.lookupKey, let owner = account.price(withLookupKey: key), owner.id != price.id {
                guard takesKey else {
                    throw StripeError.refused("A price (`\(owner.id)`) already uses that lookup key.", param: "lookup_key")
                }
                account.change(\.prices, owner.id, "price.updated") { $0.lookupKey = nil }
            }
            let updated = price
            account.change(\.prices, price.id, "price.updated") { $0 = updated }
            return updated.json(in: account)
        },
    ]

    private func price(_ id: String) throws -> Price {
        guard let price = prices[id] else { throw StripeError.noSuch("price", id) }
        return price
    }

    private func price(withLookupKey key: String) -> Price? {
        prices.newestFirst.first { $0.lookupKey == key }
    }

    /// Reads a price; amounts in tiers, metering and amounts of the customer's choice are not simulated.
    func priceDraft(_ parameters: Parameters, product: String) throws -> PriceDraft {
        guard let currency = try parameters.currency() else { throw parameters.missing("currency") }
        var amount = try parameters.integer("unit_amount", in: 0...99_999_999)
        if let decimal = try parameters.string("unit_amount_decimal") {
            guard let whole = Int64(decimal), whole >= 0 else {
                throw StripeError.invalid("The simulator takes whole minor units only.", param: parameters.fullName("unit_amount_decimal"))
            }
            amount = whole
        }
        guard let amount else { throw parameters.missing("unit_amount") }
        if let scheme = try parameters.string("billing_scheme"), scheme != "per_unit" {
            throw StripeError.invalid("The simulator knows the billing scheme per_unit only.", param: "billing_scheme")
        }
        var interval: BillingInterval?
        if let recurring = try parameters.branch("recurring") {
            guard let unit = try recurring.choice("interval", of: BillingInterval.Unit.self) else { throw recurring.missing("interval") }
            interval = BillingInterval(unit: unit, count: try recurring.integer("interval_count", in: 1...1_095) ?? 1)
            if let usage = try recurring.string("usage_type"), usage != "licensed" {
                throw StripeError.invalid("The simulator knows the usage type licensed only.", param: recurring.fullName("usage_type"))
            }
        }
        return PriceDraft(
            product: product, currency: currency, unitAmount: amount, interval: interval, isActive: try parameters.bool("active") ?? true,
            lookupKey: try parameters.string("lookup_key"), takesLookupKey: try parameters.bool("transfer_lookup_key") ?? false,
            nickname: try parameters.string("nickname"), taxBehavior: try parameters.string("tax_behavior") ?? "unspecified",
            metadata: try parameters.metadata())
    }

    /// Makes a price; its lookup key is taken from the price that had it.
    mutating func insert(_ draft: PriceDraft, announcing: Bool = true) -> Price {
        if let key = draft.lookupKey, let owner = price(withLookupKey: key) {
            change(\.prices, owner.id, "price.updated") { $0.lookupKey = nil }
        }
        let price = Price(
            id: ids.id("price"), created: occasion.now, product: draft.product, currency: draft.currency, unitAmount: draft.unitAmount,
            interval: draft.interval, isActive: draft.isActive, lookupKey: draft.lookupKey, nickname: draft.nickname,
            taxBehavior: draft.taxBehavior, metadata: draft.metadata)
        prices.insert(price)
        if announcing { announce("price.created", \.prices, price.id) }
        return price
    }
}
