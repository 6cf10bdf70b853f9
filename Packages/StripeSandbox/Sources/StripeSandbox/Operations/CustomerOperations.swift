internal import Core

extension Account {
    static let customerOperations: [Operation] = [
        Operation("POST", "/v1/customers") { try $0.createCustomer($1.parameters) },
        Operation("GET", "/v1/customers") { account, call in
            let email = try call.parameters.string("email")
            let created = try call.parameters.timeFilter("created")
            let clock = try call.parameters.string("test_clock")
            return try account.page(account.customers.newestFirst, call, url: "/v1/customers") {
                !$0.isDeleted && (email == nil || $0.email == email) && created?.contains($0.created) != false
                    && (clock == nil || $0.testClock == clock)
            }
        },
        Operation("GET", "/v1/customers/{id}") { account, call in
            try call.parameters.finish()
            guard let customer = account.customers[call.id] else { throw StripeError.noSuch("customer", call.id) }
            return customer.json(in: account)
        },
        Operation("POST", "/v1/customers/{id}") { try $0.updateCustomer($1) },
        Operation("DELETE", "/v1/customers/{id}") { try $0.deleteCustomer($1) },
        Operation("GET", "/v1/customers/{id}/payment_methods") { account, call in
            let customer = try account.liveCustomer(call.id)
            _ = try call.parameters.string("type")
            return try account.page(account.paymentMethods.newestFirst, call, url: "/v1/customers/\(customer.id)/payment_methods") {
                $0.customer == customer.id
            }
        },
        Operation("GET", "/v1/customers/{id}/payment_methods/{payment_method}") { account, call in
            try call.parameters.finish()
            let name = call.path["payment_method"] ?? ""
            guard let method = account.paymentMethods[name], method.customer == call.id else {
                throw StripeError.noSuch("payment_method", name)
            }
            return method.json(in: account)
        },
    ]

    /// A customer that was not deleted, by the id in the address.
    func liveCustomer(_ id: String) throws -> Customer {
        guard let customer = customers[id], !customer.isDeleted else { throw StripeError.noSuch("customer", id) }
        return customer
    }

    /// A customer that was not deleted, by the id in a parameter.
    func customer(of parameters: Parameters, _ name: String = "customer") throws -> Customer? {
        guard let id = try parameters.string(name) else { return nil }
        guard let customer = customers[id], !customer.isDeleted else {
            throw StripeError.noSuchParameter("customer", id, param: parameters.fullName(name))
        }
        return customer
    }

    private mutating func createCustomer(_ parameters: Parameters) throws -> JSONValue {
        let clock = try parameters.string("test_clock")
        if let clock, testClocks[clock] == nil { throw StripeError.noSuchParameter("test_clock", clock, param: "test_clock") }
        try checkRoom(onClock: clock)
        var customer = Customer(id: "", created: now(clock), invoicePrefix: "", testClock: clock)
        try apply(parameters, to: &customer)
        let method = try parameters.string("payment_method")
        if let method, paymentMethod(named: method) == nil {
            throw StripeError.noSuchParameter("PaymentMethod", method, param: "payment_method")
        }
        try parameters.finish()
        if let decline = method.flatMap({ paymentMethod(named: $0)?.decline }) { throw decline.error }
        customer.id = ids.id("cus", length: 14)
        if customer.invoicePrefix.isEmpty { customer.invoicePrefix = ids.text(8).uppercased() }
        let wanted = customer.defaultPaymentMethod
        customer.defaultPaymentMethod = nil
        customers.insert(customer)
        let mark = drafts.count
        if let method {
            let attached = try attach(method, to: customer.id, param: "payment_method")
            if wanted == method { customers.modify(customer.id) { $0.defaultPaymentMethod = attached } }
        }
        // The customer comes before what was given to it.
        guard let object = customers[customer.id]?.json(in: self) else { return .null }
        drafts.insert(EventDraft(type: "customer.created", data: object, previous: nil, time: customer.created), at: mark)
        return object
    }

    private mutating func updateCustomer(_ call: Call) throws -> JSONValue {
        var customer = try liveCustomer(call.id)
        try apply(call.parameters, to: &customer)
        try call.parameters.finish()
        let balance = customer.balance - (customers[call.id]?.balance ?? 0)
        if balance != 0 {
            customer.balance -= balance
            moveBalance(of: call.id, by: balance, type: "adjustment", currency: customer.currency ?? "usd")
            customer.balance += balance
        }
        let updated = customer
        change(\.customers, call.id, "customer.updated") { $0 = updated }
        return updated.json(in: self)
    }

    private func apply(_ parameters: Parameters, to customer: inout Customer) throws {
        try parameters.clearable("email").apply(to: &customer.email)
        try parameters.clearable("name").apply(to: &customer.name)
        try parameters.clearable("phone").apply(to: &customer.phone)
        try parameters.clearable("description").apply(to: &customer.description)
        try parameters.address().apply(to: &customer.address)
        try parameters.changeMetadata(&customer.metadata)
        if let prefix = try parameters.string("invoice_prefix") {
            guard (3...12).contains(prefix.utf8.count), prefix.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }) else {
                throw StripeError.invalid("Invoice prefixes are 3 to 12 upper-case letters or digits.", param: "invoice_prefix")
            }
            customer.invoicePrefix = prefix
        }
        if let balance = try parameters.integer("balance") { customer.balance = balance }
        if let exempt = try parameters.string("tax_exempt") { customer.taxExempt = exempt }
        guard let invoicing = try parameters.branch("invoice_settings") else { return }
        switch try invoicing.clearable("default_payment_method") {
        case .unchanged: break
        case .clear: customer.defaultPaymentMethod = nil
        case .set(let method):
            // A customer who does not exist yet can only be given the method that comes with it.
            let isOwn =
                customer.id.isEmpty ? try parameters.string("payment_method") == method : paymentMethods[method]?.customer == customer.id
            guard isOwn else {
                throw StripeError.noSuchParameter("PaymentMethod", method, param: invoicing.fullName("default_payment_method"))
            }
            customer.defaultPaymentMethod = method
        }
    }

    private mutating func deleteCustomer(_ call: Call) throws -> JSONValue {
        try call.parameters.finish()
        let customer = try liveCustomer(call.id)
        remove(customer.id)
        return ["id": .string(customer.id), "object": "customer", "deleted": true]
    }

    /// Deletes a customer: its subscriptions end, its methods are detached.
    mutating func remove(_ id: String) {
        for subscription in subscriptionsOfCustomer[id] ?? [] { end(subscription, reason: "cancellation_requested") }
        let before = customers[id]?.json(in: self) ?? .null
        customers.modify(id) { $0.isDeleted = true }
        for method in paymentMethods.newestFirst where method.customer == id {
            paymentMethods.modify(method.id) { $0.customer = nil }
        }
        emit("customer.deleted", before)
    }
}
