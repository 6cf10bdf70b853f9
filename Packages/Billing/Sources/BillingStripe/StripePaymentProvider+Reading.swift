public import Billing
internal import Core
internal import Observability

extension StripePaymentProvider {
    /// Reads a subscription with its newest invoice and that invoice's payments.
    public func subscription(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderSubscription> {
        let found = try await read("/v1/subscriptions/\(StripeRequests.part(id))", expanding: [.latestInvoicePayments], budget: budget) {
            (object) throws(StripeShapeError) in try ProviderSubscription(object)
        }
        if let subscription = found.object, subscription.terms?.hasOnePeriod == false {
            log.warning(
                "a subscription has items with different periods: the earliest renews, the latest bounds access",
                ["subscription": .string(id.description)])
        }
        return found
    }

    /// Reads a hosted page.
    public func checkout(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderCheckout> {
        try await read("/v1/checkout/sessions/\(StripeRequests.part(id))", budget: budget) { (object) throws(StripeShapeError) in
            try ProviderCheckout(object)
        }
    }

    /// Reads an invoice with its payments.
    public func invoice(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice> {
        try await read("/v1/invoices/\(StripeRequests.part(id))", expanding: [.payments], budget: budget) {
            (object) throws(StripeShapeError) in try ProviderInvoice(object)
        }
    }

    /// Reads the invoice that a payment is for: present versions know it only from the payments of invoices.
    public func invoice(
        paidBy payment: ProviderID, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice> {
        let filter: [(String, FormValue)] = [
            ("payment", .map([("type", "payment_intent"), ("payment_intent", .string(payment.rawValue))]))
        ]
        let invoices = try await all("/v1/invoice_payments", filter, budget: budget) { (object) throws(StripeShapeError) in
            object.optionalID("invoice")
        }
        guard let id = invoices.compactMap(\.self).first else { return .absent }
        return try await invoice(id, budget: budget)
    }

    /// Reads a product.
    public func product(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderProduct> {
        try await read("/v1/products/\(StripeRequests.part(id))", budget: budget) { (object) throws(StripeShapeError) in
            ProviderProduct(
                id: try object.id("id"), name: object.optionalString("name") ?? "", active: object.value("active")?.boolValue ?? true)
        }
    }

    /// Reads a price.
    public func price(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderPrice> {
        try await read("/v1/prices/\(StripeRequests.part(id))", budget: budget) { (object) throws(StripeShapeError) in
            try ProviderPrice(object)
        }
    }

    /// Reads the methods of a customer and which of them is the default.
    public func wallet(of customer: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderWallet> {
        let path = "/v1/customers/\(StripeRequests.part(customer))"
        let chosen = try await read(path, budget: budget) { (object) throws(StripeShapeError) in
            ProviderWallet(
                methods: [], defaultMethod: object.optionalObject("invoice_settings")?.optionalID("default_payment_method"),
                email: object.optionalString("email"), balance: object.optionalInteger("balance"))
        }
        guard case .found(let customerState) = chosen else { return chosen.isDeleted ? .deleted : .absent }
        let methods = try await all(path + "/payment_methods", [], budget: budget) { (object) throws(StripeShapeError) in
            try ProviderMethod(object)
        }
        return .found(
            ProviderWallet(
                methods: methods, defaultMethod: customerState.defaultMethod, email: customerState.email, balance: customerState.balance))
    }

    /// Reads an attempt to add a method; our wish for it stands in its metadata (STR-099).
    public func setup(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderSetup> {
        try await read("/v1/setup_intents/\(StripeRequests.part(id))", budget: budget) { (object) throws(StripeShapeError) in
            ProviderSetup(
                id: try object.id("id"), customer: object.optionalID("customer"), method: object.optionalID("payment_method"),
                isSucceeded: object.optionalString("status") == "succeeded",
                makesDefault: object.optionalObject("metadata")?.optionalString("trellis_make_default") == "true")
        }
    }

    /// Reads all invoices of a subscription, newest first.
    public func invoices(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderInvoice] {
        let filter: [(String, FormValue)] = [
            ("subscription", .string(subscription.rawValue)), ("expand", StripeExpansion.form([.listedPayments])),
        ]
        return try await all("/v1/invoices", filter, budget: budget) { (object) throws(StripeShapeError) in try ProviderInvoice(object) }
    }

    /// Asks for a preview; the call that older versions had for it is never made (STR-034).
    public func upcomingInvoice(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderInvoice? {
        let body = StripeForm.encode([("subscription", .string(subscription.rawValue))])
        let request = ProviderRequest(method: "POST", path: "/v1/invoices/create_preview", body: body)
        switch StripeVerdict(await client.send(request, key: nil, budget: budget)) {
        case .succeeded(let success):
            do { return try ProviderInvoice(success.object) } catch { throw error.failure }
        case .refused: return nil
        case .retryLater(let failure), .unknown(let failure): throw failure
        }
    }

    /// Asks for the bill of the very change that would be made, from the same instant.
    public func preview(
        of change: ProviderCommand.PriceChange, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderInvoice {
        let body = StripeForm.encode([
            ("subscription", .string(change.subscription.rawValue)), ("subscription_details", .map(StripeRequests.fields(of: change))),
        ])
        let request = ProviderRequest(method: "POST", path: "/v1/invoices/create_preview", body: body)
        switch StripeVerdict(await client.send(request, key: nil, budget: budget)) {
        case .succeeded(let success):
            do { return try ProviderInvoice(success.object) } catch { throw error.failure }
        case .refused(let refusal): throw ProviderFailure(kind: .refused, detail: refusal.code)
        case .retryLater(let failure), .unknown(let failure): throw failure
        }
    }

    // MARK: One object, many objects

    func read<Object: Sendable & Hashable>(
        _ path: String, expanding fields: [StripeExpansion] = [], budget: CallBudget,
        _ make: (StripeObject) throws(StripeShapeError) -> Object
    ) async throws(ProviderFailure) -> ProviderRead<Object> {
        let query = StripeForm.encode([("expand", StripeExpansion.form(fields))])
        let request = ProviderRequest(method: "GET", path: query.isEmpty ? path : path + "?" + query, body: "")
        switch StripeVerdict(await client.send(request, key: nil, budget: budget)) {
        case .succeeded(let success):
            guard !success.object.isDeleted else { return .deleted }
            do { return .found(try make(success.object)) } catch { throw error.failure }
        case .refused(let refusal) where refusal.kind == .missing: return .absent
        case .refused(let refusal): throw ProviderFailure(kind: .refused, detail: refusal.code)
        case .retryLater(let failure), .unknown(let failure): throw failure
        }
    }

    /// Pages by 100 until there are no more; a page that does not move on ends it with an error (STR-023).
    func all<Element: Sendable>(
        _ path: String, _ filter: [(String, FormValue)], budget: CallBudget,
        _ make: (StripeObject) throws(StripeShapeError) -> Element
    ) async throws(ProviderFailure) -> [Element] {
        var elements: [Element] = []
        var seen: Set<String> = []
        var last: String?
        while true {
            let query = StripeForm.encode(filter + [("limit", 100), ("starting_after", .optional(last))])
            let request = ProviderRequest(method: "GET", path: path + "?" + query, body: "")
            let page: StripeObject
            switch StripeVerdict(await client.send(request, key: nil, budget: budget)) {
            case .succeeded(let success): page = success.object
            case .refused(let refusal): throw ProviderFailure(kind: .refused, detail: refusal.code)
            case .retryLater(let failure), .unknown(let failure): throw failure
            }
            let objects = page.list("data")
            for object in objects {
                guard let id = object.optionalString("id"), seen.insert(id).inserted else { continue }
                do { elements.append(try make(object)) } catch { throw error.failure }
            }
            guard page.bool("has_more") else { return elements }
            guard let next = objects.last?.optionalString("id"), next != last else {
                throw ProviderFailure(kind: .unreadable, detail: "a list does not move on")
            }
            last = next
        }
    }
}

extension ProviderRead {
    /// Whether it was there and was deleted.
    var isDeleted: Bool {
        if case .deleted = self { true } else { false }
    }
}
