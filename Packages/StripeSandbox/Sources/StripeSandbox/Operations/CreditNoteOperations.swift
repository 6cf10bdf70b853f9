internal import Core

extension Account {
    static let creditNoteOperations: [Operation] = [
        Operation("POST", "/v1/credit_notes") { try $0.createCreditNote($1.parameters) },
        Operation("GET", "/v1/credit_notes") { account, call in
            let invoice = try call.parameters.string("invoice")
            let customer = try call.parameters.string("customer")
            return try account.page(account.creditNotes.newestFirst, call, url: "/v1/credit_notes") {
                (invoice == nil || $0.invoice == invoice) && (customer == nil || $0.customer == customer)
            }
        },
        Operation("GET", "/v1/credit_notes/{id}") { account, call in
            try call.parameters.finish()
            guard let note = account.creditNotes[call.id] else { throw StripeError.noSuch("credit_note", call.id) }
            return note.json(in: account)
        },
        Operation("POST", "/v1/credit_notes/{id}") { account, call in
            guard var note = account.creditNotes[call.id] else { throw StripeError.noSuch("credit_note", call.id) }
            try call.parameters.clearable("memo").apply(to: &note.memo)
            try call.parameters.changeMetadata(&note.metadata)
            try call.parameters.finish()
            let updated = note
            account.change(\.creditNotes, note.id, "credit_note.updated") { $0 = updated }
            return updated.json(in: account)
        },
    ]

    /// Credits an invoice: an open one needs less paying, a paid one gives credit, money back, or notes what was done elsewhere.
    private mutating func createCreditNote(_ parameters: Parameters) throws -> JSONValue {
        let invoiceID = try parameters.required("invoice")
        let amount = try parameters.integer("amount", in: 1...99_999_999)
        let credit = try parameters.integer("credit_amount", in: 0...99_999_999)
        let refundAmount = try parameters.integer("refund_amount", in: 0...99_999_999) ?? 0
        let outOfBand = try parameters.integer("out_of_band_amount", in: 0...99_999_999) ?? 0
        let reason = try parameters.string("reason")
        let memo = try parameters.string("memo")
        let metadata = try parameters.metadata()
        try parameters.finish()
        guard let invoice = invoices[invoiceID] else { throw StripeError.noSuchParameter("invoice", invoiceID, param: "invoice") }
        guard [.open, .paid].contains(invoice.status) else {
            throw StripeError.refused("You can only create credit notes for open or paid invoices.", param: "invoice")
        }
        let isPrePayment = invoice.status == .open
        let total = amount ?? (credit ?? 0) + refundAmount + outOfBand
        guard total > 0 else { throw parameters.missing("amount") }
        let credited = isPrePayment ? 0 : credit ?? total - refundAmount - outOfBand
        guard isPrePayment || credited + refundAmount + outOfBand == total else {
            throw StripeError.invalid(
                "The sum of credit amount, refund amount and out of band amount must equal the amount.", param: "amount")
        }
        let limit = isPrePayment ? invoice.amountRemaining : invoice.total - invoice.prePaymentCredit - invoice.postPaymentCredit
        guard total <= limit else {
            throw StripeError.refused(
                "The credit note amount (\(Self.text(total, invoice.currency))) is more than what is left of the invoice (\(Self.text(limit, invoice.currency))).",
                param: "amount")
        }
        var note = CreditNote(
            id: ids.id("cn"), created: now(invoice.testClock), customer: invoice.customer, invoice: invoice.id,
            number: "\(invoice.number ?? "")-CN-\(creditNotes.newestFirst.filter { $0.invoice == invoice.id }.count + 1)", amount: total,
            currency: invoice.currency, isPrePayment: isPrePayment, outOfBandAmount: outOfBand, reason: reason, memo: memo,
            metadata: metadata)
        if refundAmount > 0 {
            guard let charge = invoice.paymentIntent.flatMap({ paymentIntents[$0]?.latestCharge }).flatMap({ charges[$0] }) else {
                throw StripeError.refused("This invoice has no charge to refund.", param: "refund_amount")
            }
            note.refund = try refund(charge, amount: refundAmount, reason: nil)
            note.refundAmount = refundAmount
        }
        return issue(note, credited: credited)
    }

    private mutating func issue(_ draft: CreditNote, credited: Int64) -> JSONValue {
        creditNotes.insert(draft)
        invoices.modify(draft.invoice) { invoice in
            if draft.isPrePayment { invoice.prePaymentCredit += draft.amount } else { invoice.postPaymentCredit += draft.amount }
        }
        let mark = drafts.count
        if credited > 0 {
            let transaction = moveBalance(
                of: draft.customer, by: -credited, type: "credit_note", currency: draft.currency, invoice: draft.invoice,
                creditNote: draft.id)
            creditNotes.modify(draft.id) { $0.balanceTransaction = transaction }
        }
        guard let object = creditNotes[draft.id]?.json(in: self) else { return .null }
        drafts.insert(EventDraft(type: "credit_note.created", data: object, previous: nil, time: draft.created), at: mark)
        if draft.isPrePayment, invoices[draft.invoice]?.amountRemaining == 0 {
            applyPayment(of: draft.invoice, collect(draft.invoice, PaymentAttempt()))
        }
        return object
    }
}
