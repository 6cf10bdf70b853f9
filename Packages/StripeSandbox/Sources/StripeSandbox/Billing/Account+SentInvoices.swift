internal import Core

/// What is particular to invoices that are sent and paid by their day, and to money that nobody asked for.
extension Account {
    /// Sets what tells of an invoice's day: before it, and when it has passed (spec 8.3).
    mutating func setDueTimers(_ id: String) {
        guard let invoice = invoices[id], invoice.collectionMethod == "send_invoice", let due = invoice.dueDate else { return }
        if settings.willBeDueDays > 0 {
            let time = max(now(invoice.testClock), due - settings.willBeDueDays * 86_400)
            setTimer(.warnOfDueDate(invoice: id), at: time, testClock: invoice.testClock)
        }
        setTimer(.fallOverdue(invoice: id), at: due + settings.overdueDays * 86_400, testClock: invoice.testClock)
    }

    /// What was paid or taken back meanwhile is owed no more.
    mutating func tellIfOwed(_ event: String, _ id: String) {
        guard let invoice = invoices[id], invoice.status == .open, invoice.amountRemaining > 0 else { return }
        announce(event, \.invoices, id)
    }

    /// More came in than a paid invoice asked for: what is over is the customer's, as balance.
    mutating func overpay(_ id: String, by amount: Int64) throws {
        let invoice = try invoice(id)
        guard invoice.status == .paid else { throw StripeError.refused("Only a paid invoice can be overpaid.") }
        invoices.modify(id) { $0.amountOverpaid += amount }
        moveBalance(of: invoice.customer, by: -amount, type: "invoice_overpaid", currency: invoice.currency, invoice: id)
        announce("invoice.overpaid", \.invoices, id)
    }
}
