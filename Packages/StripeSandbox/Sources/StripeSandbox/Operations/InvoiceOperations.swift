internal import Core

extension Account {
    static let invoiceOperations: [Operation] = [
        Operation("GET", "/v1/invoices") { account, call in
            let parameters = call.parameters
            let customer = try parameters.string("customer")
            let subscription = try parameters.string("subscription")
            let status = try parameters.choice("status", of: Invoice.Status.self)
            let method = try parameters.string("collection_method")
            let created = try parameters.timeFilter("created")
            let all = subscription.map { id in (account.invoicesOfSubscription[id] ?? []).reversed().compactMap { account.invoices[$0] } }
            return try account.page(all ?? account.invoices.newestFirst, call, url: "/v1/invoices") {
                (customer == nil || $0.customer == customer) && (status == nil || $0.status == status)
                    && (method == nil || $0.collectionMethod == method) && created?.contains($0.created) != false
            }
        },
        Operation("GET", "/v1/invoices/{id}") { account, call in
            try call.parameters.finish()
            return try account.invoice(call.id).json(in: account)
        },
        Operation("POST", "/v1/invoices/{id}") { account, call in
            var invoice = try account.invoice(call.id)
            try call.parameters.changeMetadata(&invoice.metadata)
            try call.parameters.clearable("description").apply(to: &invoice.description)
            try call.parameters.clearable("footer").apply(to: &invoice.footer)
            try account.readDraftChange(call.parameters, of: &invoice)
            if let advances = try call.parameters.bool("auto_advance") { invoice.isAutoAdvanced = advances }
            try call.parameters.finish()
            let updated = invoice
            account.change(\.invoices, invoice.id, "invoice.updated") { $0 = updated }
            return updated.json(in: account)
        },
        Operation("DELETE", "/v1/invoices/{id}") { account, call in
            try call.parameters.finish()
            let invoice = try account.invoice(call.id)
            guard invoice.status == .draft, invoice.subscription == nil else {
                throw StripeError.refused("You can only delete draft invoices that are not attached to a subscription.")
            }
            account.emit("invoice.deleted", invoice.json(in: account))
            account.invoices.remove(invoice.id)
            // What stood on it waits for another invoice.
            for item in account.invoiceItems.newestFirst where item.invoice == invoice.id {
                account.invoiceItems.modify(item.id) { $0.invoice = nil }
            }
            return ["id": .string(invoice.id), "object": "invoice", "deleted": true]
        },
        Operation("GET", "/v1/invoices/{id}/lines") { account, call in
            let invoice = try account.invoice(call.id)
            _ = try call.parameters.integer("limit", in: 1...100)
            try call.parameters.finish()
            return .list(invoice.lines.map { $0.json(in: invoice) }, url: "/v1/invoices/\(invoice.id)/lines")
        },
        Operation("POST", "/v1/invoices/create_preview") { try $0.previewInvoice($1.parameters) },
    ]

    func invoice(_ id: String) throws -> Invoice {
        guard let invoice = invoices[id] else { throw StripeError.noSuch("invoice", id) }
        return invoice
    }

    /// What the next renewal would cost, with items changed as asked for; nothing is stored.
    private mutating func previewInvoice(_ parameters: Parameters) throws -> JSONValue {
        let customer = try customer(of: parameters)
        let id = try parameters.string("subscription")
        var subscription: Subscription
        if let id {
            guard let known = subscriptions[id] else { throw StripeError.noSuchParameter("subscription", id, param: "subscription") }
            subscription = known
        } else {
            guard let customer else { throw parameters.missing("customer") }
            let live = (subscriptionsOfCustomer[customer.id] ?? []).compactMap { subscriptions[$0] }.filter { !$0.status.isTerminal }
            guard let next = live.min(by: { $0.currentPeriodEnd < $1.currentPeriodEnd }) else {
                throw StripeError(
                    status: 404, kind: .invalidRequest, message: "No upcoming invoices for customer: \(customer.id)",
                    code: "invoice_upcoming_none")
            }
            subscription = next
        }
        if let details = try parameters.branch("subscription_details") {
            // The very change that an update would make, so that both cost the same to the cent (STR-156).
            try readItems(details, into: &subscription)
        }
        try parameters.finish()
        guard !subscription.status.isTerminal, !subscription.isEnding || subscription.billsProrationsNow else {
            throw StripeError(
                status: 404, kind: .invalidRequest, message: "No upcoming invoices for customer: \(subscription.customer)",
                code: "invoice_upcoming_none")
        }
        return (subscription.billsProrationsNow ? previewOfChange(subscription) : preview(of: subscription)).json(in: self)
    }
}
