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
        Operation("GET", "/v1/credit_notes/preview") { try $0.previewCreditNote($1.parameters) },
        Operation("POST", "/v1/credit_notes/{id}/void") { account, call in
            try call.parameters.finish()
            return try account.voidCreditNote(call.id)
        },
        Operation("GET", "/v1/credit_notes/{id}/lines") { account, call in
            _ = try call.parameters.integer("limit", in: 1...100)
            let (after, before) = (try call.parameters.string("starting_after"), try call.parameters.string("ending_before"))
            try call.parameters.finish()
            guard let note = account.creditNotes[call.id] else { throw StripeError.noSuch("credit_note", call.id) }
            guard after == nil, before == nil else { return .list([], url: "/v1/credit_notes/\(note.id)/lines") }
            return note.json(in: account)["lines"] ?? .null
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

    /// A credit note that was asked for and not made yet.
    private struct CreditNoteDraft {
        var note: CreditNote
        /// What of it goes to the customer's balance.
        var credited: Int64
        /// The charge that money is given back of.
        var charge: Charge?
    }

    private mutating func createCreditNote(_ parameters: Parameters) throws -> JSONValue {
        var draft = try readCreditNote(parameters)
        if let charge = draft.charge { draft.note.refund = try refund(charge, amount: draft.note.refundAmount, reason: nil) }
        return issue(draft.note, credited: draft.credited)
    }

    /// Reads a credit note: an open invoice needs less paying, a paid one gives credit, money back, or notes what was done elsewhere.
    private mutating func readCreditNote(_ parameters: Parameters) throws -> CreditNoteDraft {
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
        let note = CreditNote(
            id: ids.id("cn"), created: now(invoice.testClock), customer: invoice.customer, invoice: invoice.id,
            number: "\(invoice.number ?? "")-CN-\(creditNotes.newestFirst.filter { $0.invoice == invoice.id }.count + 1)", amount: total,
            currency: invoice.currency, isPrePayment: isPrePayment, outOfBandAmount: outOfBand, refundAmount: refundAmount, reason: reason,
            memo: memo, metadata: metadata)
        guard refundAmount > 0 else { return CreditNoteDraft(note: note, credited: credited) }
        guard let charge = invoice.paymentIntent.flatMap({ paymentIntents[$0]?.latestCharge }).flatMap({ charges[$0] }) else {
            throw StripeError.refused("This invoice has no charge to refund.", param: "refund_amount")
        }
        return CreditNoteDraft(note: note, credited: credited, charge: charge)
    }

    /// What a credit note would be; nothing is stored.
    private mutating func previewCreditNote(_ parameters: Parameters) throws -> JSONValue {
        let used = ids
        defer { ids = used }
        return try readCreditNote(parameters).note.json(in: self)
    }

    /// Takes back a credit note of an invoice that is still open: what it took off is owed again.
    private mutating func voidCreditNote(_ id: String) throws -> JSONValue {
        guard let note = creditNotes[id] else { throw StripeError.noSuch("credit_note", id) }
        guard note.status == "issued" else { throw StripeError.refused("This credit note is void already.") }
        guard note.isPrePayment, let invoice = invoices[note.invoice], invoice.status == .open else {
            throw StripeError.refused("You can only void credit notes of open invoices.")
        }
        let now = now(invoice.testClock)
        invoices.modify(invoice.id) { $0.prePaymentCredit -= note.amount }
        creditNotes.modify(id) { note in
            note.status = "void"
            note.voidedAt = now
        }
        announce("credit_note.voided", \.creditNotes, id)
        return creditNotes[id]?.json(in: self) ?? .null
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
