internal import Audit
internal import Core
internal import Jobs
internal import Orgs

/// What a move of a subscription means for invoices and ledgers, in the transaction of the move.
struct MoneyConsequences<Transaction: BillingTransaction>: Sendable {
    let catalogue: Catalogue
    let dateSource: any DateSource

    var credits: AccountCreditWriter<Transaction> { AccountCreditWriter(currency: catalogue.currency, dateSource: dateSource) }
    var invoices: InvoiceWriter<Transaction> { InvoiceWriter(catalogue: catalogue, credits: credits, dateSource: dateSource) }
    var netTerms: NetTermsWriter<Transaction> { NetTermsWriter(catalogue: catalogue, invoices: invoices, dateSource: dateSource) }
    var pools: CreditPoolWriter<Transaction> { CreditPoolWriter(catalogue: catalogue, dateSource: dateSource) }

    var unusedTime: UnusedTimeWriter<Transaction> { UnusedTimeWriter(catalogue: catalogue, dateSource: dateSource) }
    var mover: AccountCreditMover<Transaction> { AccountCreditMover(writer: credits, dateSource: dateSource) }

    /// Has the credits of an org brought to where its bills are paid from, and read what was consumed and given back there.
    ///
    /// Whoever was ever owed something is looked at, however little of it is left: what a bill consumed comes back when it is voided
    /// (BIL-118).
    ///
    /// - Parameter cause: what happened; a look because of something else may have begun before it and does not stand for this one.
    func carry(_ org: Org.ID, because cause: String = "look", in transaction: Transaction) async throws {
        guard try await transaction.hasAccountCredits(org, catalogue.currency) else { return }
        try await transaction.enqueue(CarryAccountCredits(org: org), .carrying(org, because: cause))
    }

    /// The same for an org that was perhaps never owed anything: something may have made it credit there (STR-097).
    func look(at org: Org.ID, because cause: String, in transaction: Transaction) async throws {
        try await transaction.enqueue(CarryAccountCredits(org: org), .carrying(org, because: cause))
    }

    /// Follows a move up.
    func follow(
        _ transition: SubscriptionTransition, _ next: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        switch transition.rule {
        case .t5:
            try await pools.open(for: next, in: transaction)
            if next.backing?.isCardBilled == true { try await carry(next.org, in: transaction) }
            if case .netTerms = next.backing, let period = next.currentPeriod {
                try await netTerms.bill(next, for: period, by: cause.actor, in: transaction)
            }
        case .t6: try await netTerms.voidAll(of: next, because: "The resource could not be provisioned.", in: transaction)
        case .t13, .t18, .t22:
            if case .netTerms = next.backing, let period = next.currentPeriod {
                try await netTerms.scheduleRenewal(of: next, after: period, in: transaction)
            }
        case .t20:
            try await pools.close(for: next, in: transaction)
            try await unusedTime.follow(next, because: cause, in: transaction)
        case .t14, .t21: try await pools.close(for: next, in: transaction)
        default: break
        }
    }
}

extension SubscriptionWriter {
    /// Invoices and ledgers.
    var money: MoneyConsequences<Transaction> { MoneyConsequences(catalogue: catalogue, dateSource: dateSource) }
}
