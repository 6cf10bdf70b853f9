internal import Audit
public import Core
internal import FoundationEssentials
internal import Jobs
public import Orgs

/// The wish to owe an org money.
public struct IssueAccountCredit: Sendable, Hashable {
    /// To whom.
    public let org: Org.ID
    /// How much.
    public let amount: Money
    /// Why.
    public let source: AccountCredit.Source
    /// Why, in words.
    public let reason: String
    /// The subscription it comes from.
    public let subscription: Subscription.ID?
    /// The invoice it comes from.
    public let invoice: Invoice.ID?
    /// When what is left of it is forfeited.
    public let expiresAt: Instant?
    /// The caller's key: the same key grants once.
    public let key: String

    /// Describes a wish.
    public init(
        org: Org.ID, amount: Money, source: AccountCredit.Source, reason: String, subscription: Subscription.ID? = nil,
        invoice: Invoice.ID? = nil, expiresAt: Instant? = nil, key: String
    ) {
        self.org = org
        self.amount = amount
        self.source = source
        self.reason = reason
        self.subscription = subscription
        self.invoice = invoice
        self.expiresAt = expiresAt
        self.key = key
    }
}

/// Posts to the ledger of account credits, each change with its entry in the log (BIL-113 to BIL-119).
///
/// Lock the customer before any of it (BIL-134).
struct AccountCreditWriter<Transaction: BillingTransaction>: Sendable {
    let currency: Currency
    let dateSource: any DateSource

    private var now: Instant { dateSource.now }

    /// Grants a credit; the same key again answers the first (BIL-113).
    ///
    /// - Throws: ``MoneyRefusal`` when the wish is no credit, or the key was used for another one.
    func issue(_ wish: IssueAccountCredit, by actor: AuditActor, in transaction: Transaction) async throws -> AccountCredit {
        guard wish.amount.minorUnits > 0 else { throw MoneyRefusal.amountOutOfRange }
        guard (1...500).contains(wish.reason.count) else { throw MoneyRefusal.reasonRequired }
        if let expiry = wish.expiresAt, expiry <= now { throw MoneyRefusal.expiryInThePast }
        let customer = try await transaction.lockCustomer(of: wish.org, currency: currency, now: now)
        guard wish.amount.currency == customer.currency else { throw MoneyRefusal.currencyMismatch(expected: customer.currency) }
        let credit = AccountCredit(
            id: .make(at: now), org: wish.org, amount: wish.amount, source: wish.source, reason: wish.reason,
            subscription: wish.subscription, invoice: wish.invoice, issuedBy: actor.creditName, expiresAt: wish.expiresAt, key: wish.key,
            createdAt: now)
        let stored = try await transaction.insert(credit)
        guard stored.id == credit.id else {
            guard (stored.amount, stored.source) == (credit.amount, credit.source) else { throw MoneyRefusal.keyReused }
            return stored
        }
        let posting = AccountCreditPosting(
            .issue, credit, home: .local, amount: credit.amount.minorUnits, key: "issue:\(credit.id)", actor: actor.creditName)
        let entry = try await transaction.post(posting, at: now).entry
        try await transaction.record(AccountCreditEntryRecord.Issued(credit: credit, entry: entry), by: actor)
        try await transaction.publish(AccountCreditIssued(credit, balance: entry.balanceAfter))
        try await scheduleExpiry(of: credit, in: transaction)
        if !customer.invoiceBillingEnabled, customer.providerCustomer != nil {
            try await transaction.enqueue(CarryAccountCredits(org: credit.org), .carrying(credit.org, because: credit.id.description))
        }
        return credit
    }

    /// Consumes what is owed for an invoice that is being finalised: soonest expiry first, then oldest, never more than the amount
    /// (BIL-115).
    func consume(upTo amount: Int64, for invoice: OwnInvoice, in transaction: Transaction) async throws -> [InvoiceDocument.AppliedCredit] {
        var open = amount
        var applied: [InvoiceDocument.AppliedCredit] = []
        guard open > 0 else { return [] }
        for remaining in try await transaction.remainingCredits(of: invoice.org, invoice.currency) {
            guard open > 0 else { break }
            if let expiry = remaining.credit.expiresAt, expiry <= now { continue }
            let part = min(open, remaining.local)
            guard part > 0 else { continue }
            // What is on its way to the provider may be there already.
            let object = AccountCreditMover<Transaction>.object(remaining.credit.id)
            guard try await !transaction.intents(about: object).isOpen else { continue }
            var posting = AccountCreditPosting(
                .apply, remaining.credit, home: .local, amount: -part, key: "apply:\(invoice.id):\(remaining.credit.id)", actor: "billing")
            posting.invoice = invoice.id
            let entry = try await transaction.post(posting, at: now).entry
            try await transaction.record(AccountCreditEntryRecord.Applied(credit: remaining.credit, entry: entry), by: .billing)
            applied.append(.init(credit: remaining.credit.id, amount: part))
            open -= part
        }
        return applied
    }

    /// Gives back what an invoice consumed, to the same credits and homes (BIL-118); once, however often it is asked.
    func restore(from invoice: Invoice.ID, org: Org.ID, in transaction: Transaction) async throws {
        for (remaining, home, amount) in try await transaction.consumption(by: invoice, org: org) where amount > 0 {
            var posting = AccountCreditPosting(
                .restore, remaining.credit, home: home, amount: amount, key: "restore:\(invoice):\(remaining.credit.id):\(home.rawValue)",
                actor: "billing")
            posting.invoice = invoice
            let (entry, isNew) = try await transaction.post(posting, at: now)
            guard isNew else { continue }
            try await transaction.record(AccountCreditEntryRecord.Restored(credit: remaining.credit, entry: entry), by: .billing)
            // What comes back after its time has come is forfeited at once, by the same job.
            try await scheduleExpiry(of: remaining.credit, in: transaction)
        }
    }

    /// Ends what is left in our own ledger, because its time has come or an operator withdrew it (BIL-119).
    func end(
        _ remaining: RemainingCredit, as kind: AccountCreditEntry.Kind, because reason: String?, key: String, by actor: AuditActor,
        in transaction: Transaction
    ) async throws {
        guard remaining.local > 0 else { return }
        var posting = AccountCreditPosting(
            kind, remaining.credit, home: .local, amount: -remaining.local, key: key, actor: actor.creditName)
        posting.reason = reason
        let (entry, isNew) = try await transaction.post(posting, at: now)
        guard isNew else { return }
        switch kind {
        case .expire: try await transaction.record(AccountCreditEntryRecord.Expired(credit: remaining.credit, entry: entry), by: actor)
        case .payout:
            try await transaction.record(AccountCreditEntryRecord.PaidOut(credit: remaining.credit, entry: entry), by: actor)
            let amount = Money(minorUnits: remaining.local, currency: remaining.credit.amount.currency)
            try await transaction.record(
                FinancialTransactionEntry(org: remaining.credit.org, cause: .payout(remaining.credit.id), amount: amount), by: actor)
        default: try await transaction.record(AccountCreditEntryRecord.Revoked(credit: remaining.credit, entry: entry), by: actor)
        }
    }

    /// Has a credit looked at when its time comes; at once when it has come.
    func scheduleExpiry(of credit: AccountCredit, in transaction: Transaction) async throws {
        guard let expiry = credit.expiresAt else { return }
        let notice = ExpireAccountCredit.order(of: credit, endingAt: expiry, isNotice: true)
        if expiry - ExpireAccountCredit.noticePeriod > now { try await transaction.enqueue(notice.job, notice.options) }
        let end = ExpireAccountCredit.order(of: credit, endingAt: max(expiry, now), isNotice: false)
        try await transaction.enqueue(end.job, end.options)
    }
}

extension AuditActor {
    /// Billing by itself.
    static var billing: AuditActor { .system(component: "billing") }

    /// How the ledgers call an actor: a part of the product by its name, anybody else by kind and id.
    var creditName: String {
        if let component { return component }
        switch reference?.key {
        case .id(let id): return "\(kind):\(id.uuidString.lowercased())"
        case .text(let text): return "\(kind):\(text)"
        case .none: return kind
        }
    }
}
