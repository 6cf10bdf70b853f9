internal import Core

extension Account {
    /// The search of every kind that has one. What is younger than the account's delay is not found yet, as Stripe's index lags (STR-011).
    static let searchOperations: [Operation] = [
        search(
            "charges", \.charges,
            [
                "amount", "billing_details", "created", "currency", "customer", "disputed", "metadata", "payment_method_details",
                "refunded", "status",
            ]),
        search("customers", \.customers, ["created", "email", "metadata", "name", "phone"]) { !$0.isDeleted },
        search(
            "invoices", \.invoices,
            [
                "collection_method", "created", "currency", "customer", "last_finalization_error", "metadata", "number", "status",
                "subscription", "total",
            ]),
        search("payment_intents", \.paymentIntents, ["amount", "created", "currency", "customer", "metadata", "status"]),
        search("prices", \.prices, ["active", "currency", "lookup_key", "metadata", "product", "type"]),
        search("products", \.products, ["active", "description", "metadata", "name", "shippable", "url"]),
        search("subscriptions", \.subscriptions, ["canceled_at", "created", "metadata", "status"]),
    ]

    private static func search<Element: Resource>(
        _ name: String, _ table: any KeyPath<Account, Table<Element>> & Sendable, _ fields: Set<String>,
        where isFound: @escaping @Sendable (Element) -> Bool = { _ in true }
    ) -> Operation {
        Operation("GET", "/v1/\(name)/search") { account, call in
            let text = try call.parameters.required("query")
            let limit = Int(try call.parameters.integer("limit", in: 1...100) ?? 10)
            let page = try call.parameters.string("page")
            try call.parameters.finish()
            let query = try SearchQuery(text, fields: fields)
            let newest = account.occasion.now - account.settings.searchDelay
            var found: [JSONValue] = []
            for element in account[keyPath: table].newestFirst where element.created <= newest && isFound(element) {
                let object = element.json(in: account)
                if query.matches(object) { found.append(object) }
            }
            guard let start = page.map({ cursor in found.firstIndex { $0["id"] == .string(cursor) } }) ?? found.startIndex else {
                throw StripeError.invalid("The search page \(page ?? "") is not one that was given out.", param: "page")
            }
            let rest = found[start...].dropFirst(limit)
            return [
                "object": "search_result", "data": .array(Array(found[start...].prefix(limit))), "has_more": .bool(!rest.isEmpty),
                "next_page": rest.first?["id"] ?? .null, "url": .string("/v1/\(name)/search"),
            ]
        }
    }
}
