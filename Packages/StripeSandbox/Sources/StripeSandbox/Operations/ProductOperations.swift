internal import Core

extension Account {
    static let productOperations: [Operation] = [
        Operation("POST", "/v1/products") { account, call in
            let parameters = call.parameters
            let name = try parameters.required("name")
            let chosen = try parameters.string("id")
            var product = Product(
                id: chosen ?? account.ids.id("prod", length: 14), created: account.occasion.now, updated: account.occasion.now, name: name)
            try account.apply(parameters, to: &product)
            _ = try parameters.string("type")
            let price = try parameters.branch("default_price_data")
            let priceDraft = try price.map { try account.priceDraft($0, product: product.id) }
            try parameters.finish()
            if let chosen, account.products[chosen] != nil {
                throw StripeError.refused("Product already exists.", code: "resource_already_exists", param: "id")
            }
            account.products.insert(product)
            if let priceDraft {
                let made = account.insert(priceDraft, announcing: false)
                account.products.modify(product.id) { $0.defaultPrice = made.id }
                account.announce("product.created", \.products, product.id)
                account.announce("price.created", \.prices, made.id)
            } else {
                account.announce("product.created", \.products, product.id)
            }
            return account.products[product.id]?.json(in: account) ?? .null
        },
        Operation("GET", "/v1/products") { account, call in
            let active = try call.parameters.bool("active")
            let wanted = try call.parameters.strings("ids")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.products.newestFirst, call, url: "/v1/products") {
                (active == nil || $0.isActive == active) && wanted?.contains($0.id) != false && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/products/{id}") { account, call in
            try call.parameters.finish()
            return try account.product(call.id).json(in: account)
        },
        Operation("POST", "/v1/products/{id}") { account, call in
            var product = try account.product(call.id)
            if let name = try call.parameters.string("name") { product.name = name }
            switch try call.parameters.clearable("default_price") {
            case .unchanged: break
            case .clear: product.defaultPrice = nil
            case .set(let price):
                guard account.prices[price]?.product == product.id else {
                    throw StripeError.noSuchParameter("price", price, param: "default_price")
                }
                product.defaultPrice = price
            }
            try account.apply(call.parameters, to: &product)
            try call.parameters.finish()
            product.updated = account.occasion.now
            let updated = product
            account.change(\.products, product.id, "product.updated") { $0 = updated }
            return updated.json(in: account)
        },
        Operation("DELETE", "/v1/products/{id}") { account, call in
            try call.parameters.finish()
            let product = try account.product(call.id)
            guard !account.prices.newestFirst.contains(where: { $0.product == product.id }) else {
                throw StripeError.refused("This product cannot be deleted because it has one or more user-created prices.")
            }
            account.emit("product.deleted", product.json(in: account))
            account.products.remove(product.id)
            return ["id": .string(product.id), "object": "product", "deleted": true]
        },
    ]

    private func product(_ id: String) throws -> Product {
        guard let product = products[id] else { throw StripeError.noSuch("product", id) }
        return product
    }

    private func apply(_ parameters: Parameters, to product: inout Product) throws {
        if let active = try parameters.bool("active") { product.isActive = active }
        try parameters.clearable("description").apply(to: &product.description)
        try parameters.clearable("statement_descriptor").apply(to: &product.statementDescriptor)
        try parameters.clearable("unit_label").apply(to: &product.unitLabel)
        try parameters.clearable("url").apply(to: &product.url)
        if let images = try parameters.strings("images") { product.images = images }
        try parameters.changeMetadata(&product.metadata)
    }
}
