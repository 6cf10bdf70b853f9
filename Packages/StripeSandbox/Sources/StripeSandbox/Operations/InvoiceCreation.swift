internal import Core

extension Account {
    /// Invoices that are made by hand.
    static let invoiceCreationOperations: [Operation] = [
        Operation("POST", "/v1/invoices") { try $0.createInvoice($1.parameters) }
    ]

    private mutating func createInvoice(_ parameters: Parameters) throws -> JSONValue {
        guard let customer = try customer(of: parameters) else { throw parameters.missing("customer") }
        let time = now(customer.testClock)
        let subscription = try ownSubscription(parameters, customer)
        let method = try parameters.string("collection_method") ?? "charge_automatically"
        guard ["charge_automatically", "send_invoice"].contains(method) else {
            throw StripeError.invalid(
                "Invalid collection_method: must be one of `charge_automatically`, `send_invoice`", param: "collection_method")
        }
        var invoice = Invoice(
            id: ids.id("in"), created: time, customer: customer.id, subscription: subscription?.id,
            subscriptionMetadata: subscription?.metadata ?? [:], billingReason: "manual", collectionMethod: method,
            currency: try parameters.currency() ?? subscription?.currency ?? customer.currency ?? "usd", lines: [], periodStart: time,
            periodEnd: time, isAutoAdvanced: try parameters.bool("auto_advance") ?? false, testClock: customer.testClock)
        invoice.startingBalance = customer.balance
        try readDue(parameters, into: &invoice)
        invoice.description = try parameters.string("description")
        invoice.footer = try parameters.string("footer")
        invoice.metadata = try parameters.metadata()
        invoice.defaultTaxRates = try readTaxRates(parameters, "default_tax_rates") ?? subscription?.defaultTaxRates ?? []
        if let name = try parameters.string("default_payment_method") {
            guard paymentMethods[name]?.customer == customer.id else {
                throw StripeError.noSuchParameter("PaymentMethod", name, param: "default_payment_method")
            }
            invoice.defaultPaymentMethod = name
        }
        let pending = try parameters.string("pending_invoice_items_behavior") ?? (subscription == nil ? "exclude" : "include")
        guard ["exclude", "include"].contains(pending) else {
            throw StripeError.invalid(
                "Invalid pending_invoice_items_behavior: must be one of `exclude`, `include`", param: "pending_invoice_items_behavior")
        }
        let wishes = try readDiscounts(parameters, customer: customer.id)
        try parameters.finish()
        if let own = customer.currency, own != invoice.currency {
            throw StripeError.refused("You cannot combine currencies on a single customer. This customer has \(own).", param: "currency")
        }
        let id = invoice.id
        // Without a word on discounts those of the customer count, as for a subscription's invoices.
        let given = wishes.map { grant($0, start: time) { $0.invoice = id } }
        invoice.discounts = given ?? [customer.discount].compactMap(\.self)
        if pending == "include" { take(pendingItems(of: customer.id, subscription: subscription?.id), onto: &invoice) }
        price(&invoice)
        invoices.insert(invoice)
        customers.modify(customer.id) { $0.currency = $0.currency ?? invoice.currency }
        if let subscription { invoicesOfSubscription[subscription.id, default: []].append(id) }
        if invoice.isAutoAdvanced {
            let due = time + settings.draftDelay
            invoices.modify(id) { $0.automaticallyFinalizesAt = due }
            setTimer(.finalize(invoice: id), at: due, testClock: customer.testClock)
        }
        announce("invoice.created", \.invoices, id)
        return invoices[id]?.json(in: self) ?? .null
    }

    private func ownSubscription(_ parameters: Parameters, _ customer: Customer) throws -> Subscription? {
        guard let id = try parameters.string("subscription") else { return nil }
        guard let subscription = subscriptions[id], subscription.customer == customer.id else {
            throw StripeError.noSuchParameter("subscription", id, param: "subscription")
        }
        return subscription
    }

    private func readDue(_ parameters: Parameters, into invoice: inout Invoice) throws {
        let days = try parameters.integer("days_until_due", in: 0...365)
        let date = try parameters.integer("due_date")
        guard days != nil || date != nil else {
            if invoice.collectionMethod == "send_invoice", invoice.billingReason == "manual", invoice.dueDate == nil,
                invoice.daysUntilDue == nil
            {
                throw parameters.missing("days_until_due")
            }
            return
        }
        guard invoice.collectionMethod == "send_invoice" else {
            throw StripeError.invalid(
                "You can only specify days_until_due or due_date if collection_method is send_invoice.",
                param: days == nil ? "due_date" : "days_until_due")
        }
        guard days == nil || date == nil else {
            throw StripeError.invalid("You may only specify one of these parameters: days_until_due, due_date.", param: "due_date")
        }
        if let date, date <= invoice.created { throw StripeError.invalid("The due_date must be in the future.", param: "due_date") }
        (invoice.daysUntilDue, invoice.dueDate) = (days, date)
    }

    /// What may change of an invoice while it is a draft.
    mutating func readDraftChange(_ parameters: Parameters, of invoice: inout Invoice) throws {
        let rates = try readTaxRates(parameters, "default_tax_rates")
        let wishes = try readDiscounts(parameters, customer: invoice.customer)
        let method = try parameters.clearable("default_payment_method")
        if case .set(let name) = method, paymentMethods[name]?.customer != invoice.customer {
            throw StripeError.noSuchParameter("PaymentMethod", name, param: "default_payment_method")
        }
        method.apply(to: &invoice.defaultPaymentMethod)
        guard rates != nil || wishes != nil || parameters.has("due_date") || parameters.has("days_until_due") else { return }
        guard invoice.status == .draft else {
            throw StripeError.refused("Finalized invoices can't be updated in this way", code: "invoice_not_editable")
        }
        try readDue(parameters, into: &invoice)
        if let rates { invoice.defaultTaxRates = rates }
        let id = invoice.id
        if let wishes { invoice.discounts = grant(wishes, start: invoice.created) { $0.invoice = id } }
        price(&invoice)
    }
}
