public import Core
public import Orgs

/// What a transaction can do with own invoices, part of ``BillingTransaction``.
public protocol InvoicingTransaction {
    /// The name of an org, to be printed; `nil` where orgs have none.
    func payerName(of org: Org.ID) async throws -> String?

    /// Stores a draft with its lines.
    ///
    /// - Throws: ``MoneyRefusal/keyReused`` when a line's period of its subscription was charged before.
    func insert(draft: OwnInvoice) async throws

    /// An own invoice with its lines, locked; lock its customer first.
    func lockedOwnInvoice(_ id: Invoice.ID) async throws -> OwnInvoice?

    /// The own invoices of a subscription that are not final, locked, oldest first.
    func lockedUnsettledInvoices(of subscription: Subscription.ID, org: Org.ID) async throws -> [OwnInvoice]

    /// Takes the next number of the month; the counter stays locked until the transaction ends (BIL-078).
    func takeInvoiceNumber(of issuer: String, at now: Instant) async throws -> String

    /// Stores what changed about an own invoice.
    ///
    /// - Returns: the SHA-256 of its frozen content, in hexadecimal digits; `nil` while nothing is frozen.
    @discardableResult
    func save(_ invoice: OwnInvoice) async throws -> String?

    /// The org of an own invoice, without a lock.
    func ownInvoiceOrg(_ id: Invoice.ID) async throws -> Org.ID?

    /// Takes the right to act on a day of an open invoice; `false` when that day or a later one was acted on (BIL-086).
    func takeStage(_ stage: InvoiceStage, of invoice: Invoice.ID) async throws -> Bool

    /// What a plan costs, as it was sold.
    func soldPrice(of plan: PlanReference, _ interval: BillingInterval, _ currency: Currency) async throws -> Money?

    /// Keeps a payment that somebody recorded; `false` when its key was used before.
    func insert(_ payment: RecordedPayment) async throws -> Bool
}

/// What a transaction can do with account credits, part of ``BillingTransaction``.
public protocol AccountCreditTransaction {
    /// Stores a credit; the same key twice keeps the first and answers it.
    func insert(_ credit: AccountCredit) async throws -> AccountCredit

    /// A credit and what is left of it.
    func credit(_ id: AccountCredit.ID) async throws -> RemainingCredit?

    /// The credits of an org in a currency of which something is left, soonest expiry first, then oldest.
    func remainingCredits(of org: Org.ID, _ currency: Currency) async throws -> [RemainingCredit]

    /// Posts an entry; the same key twice posts once.
    ///
    /// - Returns: the entry, and whether it is new.
    func post(_ posting: AccountCreditPosting, at now: Instant) async throws -> (entry: AccountCreditEntry, isNew: Bool)

    /// What an invoice consumed and did not give back yet, by credit and home.
    func consumption(by invoice: Invoice.ID, org: Org.ID) async throws -> [(credit: RemainingCredit, home: CreditHome, amount: Int64)]

    /// The number of the newest intent about an object, whether any about it is not settled, and whether a credit note was ever asked for it.
    func intents(about object: String) async throws -> (last: Int64, isOpen: Bool, isNoted: Bool)

    /// A paid invoice of the provider, and what a credit note can still take off it; `nil` for every other invoice.
    func creditable(_ invoice: Invoice.ID) async throws -> (id: ProviderID, amount: Int64)?

    /// Whether a change of the provider's balance stands in the ledger.
    func hasCreditEntry(for transaction: ProviderID, org: Org.ID) async throws -> Bool

    /// Our invoice of the provider's one.
    func invoice(ofProvider id: ProviderID) async throws -> Invoice.ID?

    /// Whether an org was ever owed something in a currency.
    func hasAccountCredits(_ org: Org.ID, _ currency: Currency) async throws -> Bool

    /// By which change of the provider's balance each credit of an org came there.
    func creditArrivals(of org: Org.ID, _ currency: Currency) async throws -> [ProviderID: AccountCredit.ID]

    /// What an invoice brought its payer as account credit instead of money, less what was withdrawn of it.
    func credited(for invoice: Invoice.ID, org: Org.ID) async throws -> Int64

    /// What an org is owed in a currency.
    func creditBalance(of org: Org.ID, _ currency: Currency) async throws -> AccountCreditBalance
}
