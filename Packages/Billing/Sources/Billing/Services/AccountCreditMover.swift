internal import Audit
internal import Core
internal import Jobs
internal import Orgs

/// Brings credits to where an org's bills are paid from, by intents; the ledger moves only when the provider has confirmed (BIL-116).
///
/// Lock the customer before any of it (BIL-134).
struct AccountCreditMover<Transaction: BillingTransaction>: Sendable {
    let writer: AccountCreditWriter<Transaction>
    let dateSource: any DateSource

    private var now: Instant { dateSource.now }

    /// How intents about a credit are called.
    static func object(_ credit: AccountCredit.ID) -> String { "account_credit:\(credit)" }

    /// Asks for every move that is due: out for who pays the provider, back for who pays our invoices (BIL-121).
    ///
    /// - Returns: how many moves were asked for.
    func plan(for customer: BillingCustomer, in transaction: Transaction) async throws -> Int {
        guard let provider = customer.providerCustomer else { return 0 }
        let paysProvider: Bool
        if customer.invoiceBillingEnabled {
            paysProvider = false
        } else {
            paysProvider = try await transaction.liveSubscriptions(of: customer.org).contains { $0.backing?.isCardBilled == true }
        }
        var asked = 0
        for remaining in try await transaction.remainingCredits(of: customer.org, customer.currency) {
            let isOver = remaining.credit.expiresAt.map { $0 <= now } ?? false
            if paysProvider, !isOver, remaining.local > 0 {
                asked += try await ask(.out, remaining.local, of: remaining.credit, at: provider, in: transaction) ? 1 : 0
            } else if customer.invoiceBillingEnabled || isOver, remaining.provider > 0 {
                asked += try await ask(.back, remaining.provider, of: remaining.credit, at: provider, in: transaction) ? 1 : 0
            }
        }
        return asked
    }

    /// Asks for one move, unless one of the same credit is under way.
    ///
    /// Unused time goes out by a credit note on the paid invoice that it comes from, as much as that has room for; the rest, what was
    /// refused as a credit note, and all other credits by a change of the balance (STR-033). No credit has a second credit note.
    func ask(
        _ direction: BalanceMove.Direction, _ amount: Int64, of credit: AccountCredit, at customer: ProviderID, in transaction: Transaction
    ) async throws -> Bool {
        let object = Self.object(credit.id)
        let (last, isOpen, isNoted) = try await transaction.intents(about: object)
        guard !isOpen else { return false }
        func move(_ amount: Int64) -> BalanceMove {
            BalanceMove(
                org: credit.org, credit: credit.id, customer: customer, amount: Money(minorUnits: amount, currency: credit.amount.currency),
                direction: direction)
        }
        var command = ProviderCommand.moveBalance(move(amount))
        if direction == .out, credit.source == .unusedTime, !isNoted, let origin = credit.invoice,
            let invoice = try await transaction.creditable(origin), invoice.amount > 0
        {
            command = .issueCreditNote(move(min(amount, invoice.amount)), invoice: invoice.id)
        }
        let intent = try await transaction.insert(
            ProviderIntent(
                id: .make(at: now), org: credit.org, object: object, operationSequence: last + 1, command: command, at: now))
        try await transaction.enqueue(SendProviderIntent(intent: intent.id), .sending(intent))
        return true
    }

    /// The provider has moved it: both halves are posted, as one pair.
    func moved(_ move: BalanceMove, _ intent: ProviderIntent.ID, as id: ProviderID, in transaction: Transaction) async throws {
        guard let credit = try await transaction.credit(move.credit)?.credit else { return }
        let pair = AccountCreditEntry.ID.make(at: now)
        let (from, to): (CreditHome, CreditHome) = move.direction == .out ? (.local, .provider) : (.provider, .local)
        for (kind, home, amount) in [
            (AccountCreditEntry.Kind.moveOut, from, -move.amount.minorUnits), (.moveIn, to, move.amount.minorUnits),
        ] {
            var posting = AccountCreditPosting(
                kind, credit, home: home, amount: amount, key: "move:\(intent):\(kind.rawValue)", actor: "billing")
            posting.move = pair
            posting.providerTransaction = id
            let (entry, isNew) = try await transaction.post(posting, at: now)
            guard isNew else { return }
            if kind == .moveIn { try await transaction.record(AccountCreditEntryRecord.Moved(credit: credit, entry: entry), by: .billing) }
        }
    }

    /// Notes what the provider's invoices consumed and gave back, oldest first; what was noted before is left alone.
    ///
    /// A line consumes only what had come to the balance before it: what a bill took earlier was the provider's own to give.
    ///
    /// - Returns: what has to come first, if anything has to.
    func note(
        _ transactions: [ProviderBalanceTransaction], for customer: BillingCustomer, in transaction: Transaction
    ) async throws -> Wait? {
        let arrivals = try await transaction.creditArrivals(of: customer.org, customer.currency)
        var here: Set<AccountCredit.ID> = []
        for news in transactions.reversed() {
            if let credit = arrivals[news.id] {
                here.insert(credit)
                continue
            }
            if let gift = Gift(rawValue: news.type), news.amount < 0, news.currency == customer.currency {
                var own: Invoice.ID?
                if let invoice = news.invoice {
                    own = try await transaction.invoice(ofProvider: invoice)
                    guard own != nil else { return .invoice(invoice) }
                }
                // It may be our own note, whose answer is not here yet: taken up as well it would be credit twice (STR-033).
                if gift == .creditNote, try await isNoting(own, for: customer, in: transaction) { return .creditNote }
                here.insert(try await adopt(news, as: gift, from: own, for: customer, in: transaction))
                continue
            }
            guard news.type == "applied_to_invoice" || news.type == "unapplied_from_invoice" else { continue }
            guard news.currency == customer.currency, let invoice = news.invoice, news.amount != 0 else { continue }
            guard try await !transaction.hasCreditEntry(for: news.id, org: customer.org) else { continue }
            guard let own = try await transaction.invoice(ofProvider: invoice) else { return .invoice(invoice) }
            if news.amount > 0 {
                try await use(news, of: here, by: own, for: customer, in: transaction)
            } else {
                try await giveBack(news, from: own, for: customer, in: transaction)
            }
        }
        return nil
    }

    /// What the provider's list of a balance has to wait for.
    enum Wait: Hashable {
        /// An invoice that is not mirrored yet.
        case invoice(ProviderID)
        /// A credit note of ours that the provider has not answered for.
        case creditNote
    }

    /// Whether a credit note of ours on an invoice is under way.
    private func isNoting(_ invoice: Invoice.ID?, for customer: BillingCustomer, in transaction: Transaction) async throws -> Bool {
        guard let invoice else { return false }
        for remaining in try await transaction.remainingCredits(of: customer.org, customer.currency)
        where remaining.credit.invoice == invoice && remaining.credit.source == .unusedTime {
            let intents = try await transaction.intents(about: Self.object(remaining.credit.id))
            if intents.isOpen, intents.isNoted { return true }
        }
        return false
    }

    /// What makes credit at the provider without an order of ours, by the provider's word.
    private enum Gift: String {
        case creditNote = "credit_note"
        case overpayment = "invoice_overpaid"

        var source: AccountCredit.Source { self == .creditNote ? .refundToCredit : .overpayment }
        var reason: String { self == .creditNote ? "credit note" : "overpaid invoice" }
    }

    /// Takes up as credit what a credit note or an overpayment there gave to the balance: it was there from the first (STR-106, STR-097).
    private func adopt(
        _ news: ProviderBalanceTransaction, as gift: Gift, from invoice: Invoice.ID?, for customer: BillingCustomer,
        in transaction: Transaction
    ) async throws -> AccountCredit.ID {
        let key = "\(gift.rawValue):\(news.id.rawValue)"
        let wish = IssueAccountCredit(
            org: customer.org, amount: Money(minorUnits: -news.amount, currency: news.currency), source: gift.source,
            reason: gift.reason, invoice: invoice, key: key)
        let credit = try await writer.issue(wish, by: .system(component: "provider"), in: transaction)
        let pair = AccountCreditEntry.ID.make(at: now)
        for (kind, home, amount) in [
            (AccountCreditEntry.Kind.moveOut, CreditHome.local, news.amount), (.moveIn, .provider, -news.amount),
        ] {
            var posting = AccountCreditPosting(
                kind, credit, home: home, amount: amount, key: "\(key):\(kind.rawValue)", actor: "provider")
            posting.move = pair
            posting.providerTransaction = news.id
            _ = try await transaction.post(posting, at: now)
        }
        return credit.id
    }

    private func use(
        _ news: ProviderBalanceTransaction, of here: Set<AccountCredit.ID>, by invoice: Invoice.ID, for customer: BillingCustomer,
        in transaction: Transaction
    ) async throws {
        var open = news.amount
        for remaining in try await transaction.remainingCredits(of: customer.org, customer.currency)
        where open > 0 && remaining.provider > 0 && here.contains(remaining.credit.id) {
            let part = min(open, remaining.provider)
            let entry = try await post(.apply, -part, remaining.credit, news, invoice, in: transaction)
            try await transaction.record(AccountCreditEntryRecord.Applied(credit: remaining.credit, entry: entry), by: .billing)
            open -= part
        }
    }

    private func giveBack(
        _ news: ProviderBalanceTransaction, from invoice: Invoice.ID, for customer: BillingCustomer, in transaction: Transaction
    ) async throws {
        var open = -news.amount
        for (remaining, home, amount) in try await transaction.consumption(by: invoice, org: customer.org)
        where home == .provider && open > 0 && amount > 0 {
            let part = min(open, amount)
            let entry = try await post(.restore, part, remaining.credit, news, invoice, in: transaction)
            try await transaction.record(AccountCreditEntryRecord.Restored(credit: remaining.credit, entry: entry), by: .billing)
            // What comes back after its time has come is forfeited, by the same job.
            try await writer.scheduleExpiry(of: remaining.credit, in: transaction)
            open -= part
        }
    }

    private func post(
        _ kind: AccountCreditEntry.Kind, _ amount: Int64, _ credit: AccountCredit, _ news: ProviderBalanceTransaction,
        _ invoice: Invoice.ID,
        in transaction: Transaction
    ) async throws -> AccountCreditEntry {
        var posting = AccountCreditPosting(
            kind, credit, home: .provider, amount: amount, key: "provider:\(news.id.rawValue):\(credit.id)", actor: "provider")
        posting.invoice = invoice
        posting.providerTransaction = news.id
        return try await transaction.post(posting, at: now).entry
    }
}
