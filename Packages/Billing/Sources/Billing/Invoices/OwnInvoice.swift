public import Core
public import Orgs

/// An invoice that we issue ourselves: a draft, then a numbered document that never changes (billing.md, section 6).
public struct OwnInvoice: Sendable, Hashable, Identifiable {
    /// Its id.
    public let id: Invoice.ID
    /// Who pays.
    public let org: Org.ID
    /// The subscription it bills, when it bills one alone.
    public let subscription: Subscription.ID?
    /// The currency of all amounts.
    public let currency: Currency
    /// What it bills.
    public let lines: [OwnInvoiceLine]
    /// What time it bills.
    public let period: Period?
    /// When it was prepared.
    public let createdAt: Instant
    /// The figures that follow from the lines.
    public let sums: InvoiceSums
    /// How far it has come.
    public internal(set) var status: Invoice.Status
    /// The number on it; empty while it is a draft, and for ever when the draft was discarded.
    public internal(set) var number: String?
    /// What was frozen when it got its number.
    public internal(set) var document: FrozenDocument?
    /// How much account credit it consumed.
    public internal(set) var appliedCredit: Int64
    /// What was paid in money.
    public internal(set) var amountPaid: Int64
    /// When it has to be paid.
    public internal(set) var dueDate: Instant?
    /// When it was issued to the customer.
    public internal(set) var sentAt: Instant?
    /// Since when it is overdue; stamped once.
    public internal(set) var overdueAt: Instant?
    /// When it was settled.
    public internal(set) var paidAt: Instant?
    /// When it was voided, and why.
    public internal(set) var voided: Voiding?

    /// The end of an invoice that is not to be paid.
    public struct Voiding: Sendable, Hashable {
        /// When.
        public let at: Instant
        /// Why, in the operator's words.
        public let reason: String

        /// Makes one.
        public init(at: Instant, reason: String) {
            self.at = at
            self.reason = reason
        }
    }

    /// Prepares a draft (I1).
    ///
    /// - Throws: ``MoneyRefusal/amountOutOfRange`` when the lines do not add up to an amount that can be billed.
    public init(
        id: Invoice.ID, org: Org.ID, subscription: Subscription.ID?, currency: Currency, lines: [OwnInvoiceLine], period: Period?,
        at now: Instant
    ) throws(MoneyRefusal) {
        self.id = id
        self.org = org
        self.subscription = subscription
        self.currency = currency
        self.lines = lines
        self.period = period
        createdAt = now
        sums = try InvoiceSums(of: lines)
        status = .draft
        appliedCredit = 0
        amountPaid = 0
    }

    /// What is to be paid in money.
    public var amountDue: Int64 { sums.total - appliedCredit }

    /// What is still to be paid.
    public var amountOpen: Int64 { amountDue - amountPaid }
}

/// The figures of an invoice, which follow from its lines.
public struct InvoiceSums: Sendable, Hashable, Codable {
    /// What charges and prorations add up to.
    public let subtotal: Int64
    /// What discounts take off.
    public let discount: Int64
    /// What taxes add.
    public let tax: Int64
    /// Subtotal less discount plus tax.
    public let total: Int64

    /// Adds lines up.
    ///
    /// - Throws: ``MoneyRefusal/amountOutOfRange`` when a sum overflows or the total is negative.
    public init(of lines: [OwnInvoiceLine]) throws(MoneyRefusal) {
        subtotal = try Self.sum(lines.filter { $0.kind == .charge || $0.kind == .proration })
        let off = try Self.sum(lines.filter { $0.kind == .discount })
        tax = try Self.sum(lines.filter { $0.kind == .tax })
        let sum = try Self.sum(lines)
        guard off > Int64.min, sum >= 0 else { throw .amountOutOfRange }
        discount = -off
        total = sum
    }

    private static func sum(_ lines: [OwnInvoiceLine]) throws(MoneyRefusal) -> Int64 {
        var sum: Int64 = 0
        for line in lines {
            let (next, overflow) = sum.addingReportingOverflow(line.amount)
            guard !overflow else { throw .amountOutOfRange }
            sum = next
        }
        return sum
    }
}

extension OwnInvoice {
    /// The same invoice as it stands in a store.
    public func stored(
        status: Invoice.Status, number: String?, document: FrozenDocument?, appliedCredit: Int64, amountPaid: Int64, dueDate: Instant?,
        sentAt: Instant?, overdueAt: Instant?, paidAt: Instant?, voided: Voiding?
    ) -> OwnInvoice {
        var invoice = self
        invoice.status = status
        invoice.number = number
        invoice.document = document
        invoice.appliedCredit = appliedCredit
        invoice.amountPaid = amountPaid
        invoice.dueDate = dueDate
        invoice.sentAt = sentAt
        invoice.overdueAt = overdueAt
        invoice.paidAt = paidAt
        invoice.voided = voided
        return invoice
    }
}
