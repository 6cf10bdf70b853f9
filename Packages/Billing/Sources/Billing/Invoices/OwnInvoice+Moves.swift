internal import Core

extension OwnInvoice {
    /// Gives it its number and its frozen content (I2); with nothing left to be paid it is settled at once (I3).
    ///
    /// - Throws: ``MoneyRefusal/invoiceNotAllowed(_:)`` unless it is a draft.
    mutating func finalise(as content: InvoiceDocument, now: Instant) throws(MoneyRefusal) {
        guard status == .draft else { throw .invoiceNotAllowed(status) }
        let applied = content.credits.reduce(0) { $0 + $1.amount }
        guard (0...sums.total).contains(applied) else { throw .amountOutOfRange }
        document = try FrozenDocument(content)
        number = content.number
        appliedCredit = applied
        dueDate = content.dueDate
        sentAt = now
        status = .open
        settleIfNothingIsOpen(at: now)
    }

    /// Notes money that came in (I4, I7); what exceeds the open amount is answered, not kept here.
    ///
    /// - Throws: ``MoneyRefusal/invoiceNotAllowed(_:)`` when it is not waiting for money, ``MoneyRefusal/amountOutOfRange`` below 1.
    mutating func receive(_ amount: Int64, now: Instant) throws(MoneyRefusal) -> Int64 {
        guard status == .open || status == .uncollectible else { throw .invoiceNotAllowed(status) }
        guard amount > 0 else { throw .amountOutOfRange }
        let taken = min(amount, amountOpen)
        amountPaid += taken
        settleIfNothingIsOpen(at: now)
        return amount - taken
    }

    private mutating func settleIfNothingIsOpen(at now: Instant) {
        guard amountOpen == 0 else { return }
        status = .paid
        paidAt = now
    }

    /// Takes it back (I5): a draft without a number, anything issued with the number it has.
    ///
    /// - Throws: ``MoneyRefusal/invoiceNotAllowed(_:)`` when it is paid, in part or in full, or void already (BIL-088).
    mutating func void(because reason: String, now: Instant) throws(MoneyRefusal) {
        guard status == .draft || status == .open || status == .uncollectible, amountPaid == 0 else { throw .invoiceNotAllowed(status) }
        guard (1...500).contains(reason.count) else { throw .reasonRequired }
        status = .void
        voided = Voiding(at: now, reason: reason)
    }

    /// Gives up collecting it (I6).
    ///
    /// - Throws: ``MoneyRefusal/invoiceNotAllowed(_:)`` unless it is open.
    mutating func giveUp() throws(MoneyRefusal) {
        guard status == .open else { throw .invoiceNotAllowed(status) }
        status = .uncollectible
    }

    /// Stamps it overdue.
    ///
    /// - Returns: whether it was not before, is open and past its due date; only then something follows (BIL-086).
    mutating func becomeOverdue(now: Instant) -> Bool {
        guard status == .open, overdueAt == nil, let dueDate, dueDate <= now else { return false }
        overdueAt = now
        return true
    }
}
