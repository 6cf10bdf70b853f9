internal import Core

extension Account {
    static let invoiceActionOperations: [Operation] = [
        Operation("POST", "/v1/invoices/{id}/finalize") { account, call in
            _ = try call.parameters.bool("auto_advance")
            try call.parameters.finish()
            let invoice = try account.invoice(call.id)
            guard invoice.status == .draft else {
                throw StripeError.refused(
                    "This invoice is already finalized, you can't re-finalize a non-draft invoice.", code: "invoice_not_editable")
            }
            account.finalize(invoice.id)
            return account.invoices[invoice.id]?.json(in: account) ?? .null
        },
        Operation("POST", "/v1/invoices/{id}/pay") { try $0.payInvoice($1) },
        Operation("POST", "/v1/invoices/{id}/void") { account, call in
            try call.parameters.finish()
            let invoice = try account.invoice(call.id)
            guard [.open, .uncollectible].contains(invoice.status) else {
                throw StripeError.refused("You can only void open or uncollectible invoices; this one is \(invoice.status.rawValue).")
            }
            account.void(invoice.id)
            return account.invoices[invoice.id]?.json(in: account) ?? .null
        },
        Operation("POST", "/v1/invoices/{id}/mark_uncollectible") { account, call in
            try call.parameters.finish()
            let invoice = try account.invoice(call.id)
            guard invoice.status == .open else {
                throw StripeError.refused("You can only mark open invoices as uncollectible; this one is \(invoice.status.rawValue).")
            }
            account.markUncollectible(invoice.id)
            return account.invoices[invoice.id]?.json(in: account) ?? .null
        },
        Operation("POST", "/v1/invoices/{id}/send") { account, call in
            try call.parameters.finish()
            let invoice = try account.invoice(call.id)
            guard invoice.collectionMethod == "send_invoice" else {
                throw StripeError.refused("You can only manually send an invoice if its collection method is 'send_invoice'.")
            }
            if invoice.status == .draft { account.finalize(invoice.id) }
            account.announce("invoice.sent", \.invoices, invoice.id)
            return account.invoices[invoice.id]?.json(in: account) ?? .null
        },
    ]

    /// Pays an open invoice now, with the method given or the default one.
    private mutating func payInvoice(_ call: Call) throws -> JSONValue {
        let parameters = call.parameters
        let given = try parameters.string("payment_method")
        let isOffSession = try parameters.bool("off_session") ?? true
        let isOutOfBand = try parameters.bool("paid_out_of_band") ?? false
        try parameters.finish()
        let invoice = try invoice(call.id)
        if invoice.status == .draft { finalize(invoice.id) }
        switch invoices[invoice.id]?.status {
        case .paid: throw StripeError.refused("Invoice is already paid", code: "invoice_already_paid")
        case .void: throw StripeError.refused("This invoice can no longer be paid: it is void.", code: "invoice_not_editable")
        case .uncollectible: invoices.modify(invoice.id) { $0.status = .open }
        default: break
        }
        if isOutOfBand {
            payOutOfBand(invoice.id)
            applyPayment(of: invoice.id, .paid)
            return invoices[invoice.id]?.json(in: self) ?? .null
        }
        guard let method = given ?? paymentMethod(for: invoice) else { throw paymentError(.noMethod, invoice: nil) }
        guard paymentMethods[method]?.customer == invoice.customer else {
            throw StripeError.noSuchParameter("PaymentMethod", method, param: "payment_method")
        }
        let result = collect(invoice.id, PaymentAttempt(method: method, isOnSession: !isOffSession))
        applyPayment(of: invoice.id, result, method: method)
        guard result == .paid else {
            var error = paymentError(result, invoice: invoice.id)
            if result == .requiresAction { error.code = "invoice_payment_intent_requires_action" }
            throw error
        }
        return invoices[invoice.id]?.json(in: self) ?? .null
    }

    private mutating func payOutOfBand(_ id: String) {
        guard let invoice = invoices[id] else { return }
        let now = now(invoice.testClock)
        change(\.invoices, id, "invoice.updated") { invoice in
            invoice.status = .paid
            invoice.amountPaid = invoice.amountDue
            invoice.transitions.paid = now
            invoice.nextPaymentAttempt = nil
        }
        announce("invoice.paid", \.invoices, id)
        cancelIntent(of: invoice, reason: "automatic")
    }
}
