internal import Audit
public import Core
internal import Identity
public import Jobs
internal import Observability
internal import Orgs

/// Reads what the provider consumed, then asks for the moves that are due (BIL-116, BIL-117, BIL-121).
public struct CarryAccountCreditsHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let provider: any PaymentProvider
    private let mover: AccountCreditMover<Store.Transaction>
    private let log: Log

    init(store: Store, provider: any PaymentProvider, mover: AccountCreditMover<Store.Transaction>, log: Log) {
        self.store = store
        self.provider = provider
        self.mover = mover
        self.log = log
    }

    /// Each part is repeatable: what is in the ledger, or was asked for and is not settled, is not done again.
    public func run(_ job: CarryAccountCredits, context: JobContext) async throws -> JobOutcome {
        guard let customer = try await store.customer(of: job.org)?.customer, let id = customer.providerCustomer else { return .completed }
        let news: [ProviderBalanceTransaction]
        do throws(ProviderFailure) {
            news = try await provider.balanceTransactions(of: id, budget: .job)
        } catch {
            return .retry(after: error.retryAfter ?? .seconds(10))
        }
        let (missing, asked) = try await store.withTransaction(.system) { transaction in
            let locked = try await transaction.lockCustomer(of: job.org, currency: customer.currency, now: context.now)
            if let wait = try await mover.note(news, for: locked, in: transaction) {
                if case .invoice(let missing) = wait {
                    let subject = ProviderSubject.invoice(missing)
                    try await transaction.enqueue(SyncProviderObject(subject: subject), .looking(at: subject, because: "carry"))
                }
                return (true, 0)
            }
            let asked = try await mover.plan(for: locked, in: transaction)
            if asked == 0 { try await compare(news, locked, at: context.now, in: transaction) }
            return (false, asked)
        }
        return missing ? .snoozed(until: context.now + .seconds(10)) : asked > 0 ? .snoozed(until: context.now + .seconds(30)) : .completed
    }

    /// A difference is told, never overwritten (BIL-117).
    private func compare(
        _ news: [ProviderBalanceTransaction], _ customer: BillingCustomer, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        let ours = try await transaction.creditBalance(of: customer.org, customer.currency).provider
        let theirs = -(news.first?.endingBalance ?? 0)
        guard ours != theirs else { return }
        for remaining in try await transaction.remainingCredits(of: customer.org, customer.currency) {
            let moves = try await transaction.intents(about: AccountCreditMover<Store.Transaction>.object(remaining.credit.id))
            guard !moves.isOpen else { return }
        }
        // Told once for each state of it: every later look finds the same.
        let key = "credit_drift:\(customer.org):\(news.first?.id.rawValue ?? "none"):\(ours)"
        guard try await transaction.takeNotice(key, org: customer.org, subscription: nil, at: now) else { return }
        log.error(
            "account credit differs from the provider's balance",
            ["org": .string(customer.org.description), "ours": .integer(ours), "theirs": .integer(theirs)])
        try await transaction.publish(AccountCreditDrifted(org: customer.org, currency: customer.currency, ours: ours, theirs: theirs))
    }
}

/// The order to end what is left of a credit once nothing of it is at the provider.
public struct WithdrawAccountCredit: Job {
    /// `billing.withdraw_account_credit`
    public static let kind = "billing.withdraw_account_credit"
    /// Money goes first.
    public static let lane = Lane.money
    /// Until it is done.
    public static let retryPolicy = RetryPolicy.untilDone

    /// Which credit.
    public let credit: AccountCredit.ID
    /// Why, in the operator's words; `nil` when its time is over.
    public let reason: String?

    /// Orders it.
    public init(credit: AccountCredit.ID, reason: String?) {
        self.credit = credit
        self.reason = reason
    }
}

/// Brings a credit back from the provider, then ends it (BIL-119).
public struct WithdrawAccountCreditHandler<Store: BillingStore>: JobHandler {
    private let store: Store
    private let mover: AccountCreditMover<Store.Transaction>

    init(store: Store, mover: AccountCreditMover<Store.Transaction>) {
        self.store = store
        self.mover = mover
    }

    /// Asks once for the way back and waits for it; nothing is left to be done when nothing is left of the credit.
    public func run(_ job: WithdrawAccountCredit, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.credit(job.credit)?.credit.org else { return .completed }
            let customer = try await transaction.lockCustomer(of: org, currency: mover.writer.currency, now: context.now)
            guard let remaining = try await transaction.credit(job.credit), remaining.remaining > 0 else { return .completed }
            let moves = try await transaction.intents(about: AccountCreditMover<Store.Transaction>.object(job.credit))
            guard !moves.isOpen else { return .snoozed(until: context.now + .seconds(5)) }
            if remaining.provider > 0, let id = customer.providerCustomer {
                _ = try await mover.ask(.back, remaining.provider, of: remaining.credit, at: id, in: transaction)
                return .snoozed(until: context.now + .seconds(5))
            }
            let key = "withdraw:\(job.credit):\(moves.last)"
            try await mover.writer.end(
                remaining, as: job.reason == nil ? .expire : .revoke, because: job.reason ?? "expired", key: key, by: .billing,
                in: transaction)
            return .completed
        }
    }
}
