internal import Core

extension Account {
    static let invoiceItemOperations: [Operation] = [
        Operation("POST", "/v1/invoiceitems") { try $0.createInvoiceItem($1.parameters) },
        Operation("GET", "/v1/invoiceitems") { account, call in
            let customer = try call.parameters.string("customer")
            let invoice = try call.parameters.string("invoice")
            let pending = try call.parameters.bool("pending")
            let created = try call.parameters.timeFilter("created")
            return try account.page(account.invoiceItems.newestFirst, call, url: "/v1/invoiceitems") {
                (customer == nil || $0.customer == customer) && (invoice == nil || $0.invoice == invoice)
                    && (pending == nil || ($0.invoice == nil) == pending) && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/invoiceitems/{id}") { account, call in
            try call.parameters.finish()
            return try account.invoiceItem(call.id).json(in: account)
        },
        Operation("POST", "/v1/invoiceitems/{id}") { account, call in
            var item = try account.invoiceItem(call.id)
            try account.checkIsOpen(item)
            try account.readAmount(call.parameters, into: &item)
            try account.readTexts(call.parameters, into: &item)
            let wishes = try account.readDiscounts(call.parameters, customer: item.customer)
            try call.parameters.finish()
            let id = item.id
            if let wishes { item.discounts = account.grant(wishes, start: item.created) { $0.invoiceItem = id } }
            account.invoiceItems.insert(item)
            account.redraw(item)
            return item.json(in: account)
        },
        Operation("DELETE", "/v1/invoiceitems/{id}") { account, call in
            try call.parameters.finish()
            let item = try account.invoiceItem(call.id)
            try account.checkIsOpen(item)
            account.emit("invoiceitem.deleted", item.json(in: account))
            account.invoiceItems.remove(item.id)
            if let invoice = item.invoice { account.changeLines(of: invoice) { lines in lines.removeAll { $0.invoiceItem == item.id } } }
            return ["id": .string(item.id), "object": "invoiceitem", "deleted": true]
        },
    ]

    private func invoiceItem(_ id: String) throws -> InvoiceItem {
        guard let item = invoiceItems[id] else { throw StripeError.noSuch("invoiceitem", id) }
        return item
    }

    /// What stands on a bill that is out stays as it is.
    private func checkIsOpen(_ item: InvoiceItem) throws {
        guard let invoice = item.invoice.flatMap({ invoices[$0] }), invoice.status != .draft else { return }
        throw StripeError.refused("This invoice item cannot be changed: its invoice is no longer a draft.", code: "invoice_not_editable")
    }

    private mutating func createInvoiceItem(_ parameters: Parameters) throws -> JSONValue {
        guard let customer = try customer(of: parameters) else { throw parameters.missing("customer") }
        let time = now(customer.testClock)
        let currency = try parameters.currency()
        var item = InvoiceItem(
            id: ids.id("ii"), created: time, customer: customer.id, currency: try priceNamed(in: parameters)?.currency ?? currency ?? "",
            subscription: try parameters.string("subscription"), invoice: try parameters.string("invoice"), unitAmount: 0,
            periodStart: time,
            periodEnd: time, testClock: customer.testClock)
        guard !item.currency.isEmpty else { throw parameters.missing("currency") }
        guard parameters.has("amount") || parameters.has("pricing") || parameters.has("price_data") || parameters.has("unit_amount_decimal")
        else { throw parameters.missing("amount") }
        try readAmount(parameters, into: &item)
        try readTexts(parameters, into: &item)
        let wishes = try readDiscounts(parameters, customer: customer.id)
        try parameters.finish()
        if let currency, currency != item.currency {
            throw StripeError.refused("The price is in \(item.currency), not in \(currency).", param: "currency")
        }
        if let own = customer.currency, own != item.currency {
            throw StripeError.refused("You cannot combine currencies on a single customer. This customer has \(own).", param: "currency")
        }
        try checkPlace(of: item)
        let id = item.id
        if let wishes { item.discounts = grant(wishes, start: time) { $0.invoiceItem = id } }
        invoiceItems.insert(item)
        customers.modify(customer.id) { $0.currency = $0.currency ?? item.currency }
        announce("invoiceitem.created", \.invoiceItems, item.id)
        if let invoice = item.invoice {
            let line = item.line(ids.id("il"), in: self)
            changeLines(of: invoice) { $0.append(line) }
        }
        return item.json(in: self)
    }

    private func checkPlace(of item: InvoiceItem) throws {
        if let id = item.subscription, subscriptions[id]?.customer != item.customer {
            throw StripeError.noSuchParameter("subscription", id, param: "subscription")
        }
        guard let id = item.invoice else { return }
        guard let invoice = invoices[id], invoice.customer == item.customer else {
            throw StripeError.noSuchParameter("invoice", id, param: "invoice")
        }
        guard invoice.status == .draft else {
            throw StripeError.refused("The invoice is no longer a draft; nothing can be added to it.", code: "invoice_not_editable")
        }
        guard invoice.currency == item.currency else {
            throw StripeError.refused("The invoice is in \(invoice.currency), not in \(item.currency).", param: "currency")
        }
    }

    /// The one-time price that is charged.
    private func priceNamed(in parameters: Parameters) throws -> Price? {
        guard let id = try parameters.branch("pricing")?.required("price") else { return nil }
        guard let price = prices[id] else { throw StripeError.noSuchParameter("price", id, param: "pricing[price]") }
        guard price.interval == nil else {
            throw StripeError.refused(
                "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
                param: "pricing[price]")
        }
        return price
    }

    private func readAmount(_ parameters: Parameters, into item: inout InvoiceItem) throws {
        if let quantity = try parameters.integer("quantity", in: 0...1_000_000) { item.quantity = quantity }
        if let price = try priceNamed(in: parameters) {
            (item.price, item.unitAmount) = (price.id, price.unitAmount)
        } else if let data = try parameters.branch("price_data") {
            let (product, currency) = (try data.required("product"), try data.currency())
            guard products[product] != nil else { throw StripeError.noSuchParameter("product", product, param: "price_data[product]") }
            guard currency == item.currency else { throw data.missing("currency") }
            guard let amount = try data.integer("unit_amount", in: -99_999_999...99_999_999) else { throw data.missing("unit_amount") }
            _ = try data.string("tax_behavior")
            item.unitAmount = amount
            item.description = item.description ?? products[product]?.name
        } else if let decimal = try parameters.string("unit_amount_decimal") {
            guard let whole = Int64(decimal) else {
                throw StripeError.invalid("The simulator takes whole minor units only.", param: "unit_amount_decimal")
            }
            item.unitAmount = whole
        }
        if let amount = try parameters.integer("amount", in: -99_999_999...99_999_999) {
            // A bare amount is that of the whole item.
            (item.price, item.unitAmount, item.quantity) = (nil, amount, 1)
        }
    }

    private func readTexts(_ parameters: Parameters, into item: inout InvoiceItem) throws {
        try parameters.clearable("description").apply(to: &item.description)
        if let discountable = try parameters.bool("discountable") { item.isDiscountable = discountable }
        if let rates = try readTaxRates(parameters, "tax_rates") { item.taxRates = rates }
        if let period = try parameters.branch("period") {
            guard let start = try period.integer("start") else { throw period.missing("start") }
            guard let end = try period.integer("end") else { throw period.missing("end") }
            guard start <= end else { throw StripeError.invalid("The period must not end before it begins.", param: "period[end]") }
            (item.periodStart, item.periodEnd) = (start, end)
        }
        try parameters.changeMetadata(&item.metadata)
    }

    /// Draws the line of an item anew that was changed.
    private mutating func redraw(_ item: InvoiceItem) {
        guard let invoice = item.invoice, let old = invoices[invoice]?.lines.first(where: { $0.invoiceItem == item.id }) else { return }
        let line = item.line(old.id, in: self)
        changeLines(of: invoice) { lines in
            if let index = lines.firstIndex(where: { $0.id == old.id }) { lines[index] = line }
        }
    }

    /// Changes the lines of a draft, with what discounts and taxes make of them.
    mutating func changeLines(of id: String, _ body: (inout [InvoiceLine]) -> Void) {
        guard var invoice = invoices[id] else { return }
        body(&invoice.lines)
        price(&invoice)
        let changed = invoice
        change(\.invoices, id, "invoice.updated") { $0 = changed }
    }
}
