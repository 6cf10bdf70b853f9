internal import Audit
internal import Core
internal import Jobs
internal import Orgs

/// Gives back what is left of a paid period when a person ends a subscription at once (BIL-059, BIL-060).
///
/// The provider ends it without a bill of its own; what goes back is an account credit or a refund, made in the transaction of the end and
/// under a key of the subscription, so that it is given once whatever is retried and however late.
struct UnusedTimeWriter<Transaction: BillingTransaction>: Sendable {
    let catalogue: Catalogue
    let dateSource: any DateSource

    /// Follows an end up; one that the provider made, or that a debt or a failed provisioning caused, gives nothing back.
    func follow(_ next: Subscription, because cause: SubscriptionCause, in transaction: Transaction) async throws {
        guard !cause.isProviderNews, let policies = catalogue.plans[next.plan.key]?.policies, policies.unusedTime != .none,
            next.cancellation?.origin == .user || next.cancellation?.origin == .admin, let period = next.currentPeriod
        else { return }
        let now = dateSource.now
        guard period.end > now else { return }
        let bills = try await transaction.paidBills(of: next.id, for: period)
        let worth = UnusedTime.left(of: bills, at: now)
        guard worth > 0, worth >= policies.unusedTimeMinimum else { return }
        // While a payment is contested no money goes out: what is left is kept as credit.
        let isDisputed = try await transaction.lockCustomer(of: next.org, currency: catalogue.currency, now: now).disputed
        let shares = UnusedTime.shares(of: worth, between: bills)
        switch policies.unusedTime {
        case .none: return
        case .refund where !isDisputed: try await refund(shares, of: next, because: cause, in: transaction)
        case .accountCredit, .refund: for share in shares { try await credit(share, of: next, because: cause, in: transaction) }
        }
    }

    /// Gives each invoice's part back on the payments it was paid with; what did not come in through any is kept as credit.
    private func refund(
        _ shares: [UnusedTime.Share], of next: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        let refunds = RefundWriter<Transaction>(currency: catalogue.currency, dateSource: dateSource)
        for var share in shares {
            for payment in try await transaction.payments(of: share.invoice) where share.amount > 0 {
                let part = min(share.amount, try await refunds.left(of: payment, in: transaction))
                guard part > 0 else { continue }
                let request = RefundRequest(
                    org: next.org, payment: payment.id, amount: part, reason: "Unused time of \(next.id)",
                    key: Self.refundKey(next.id, payment.id), actor: cause.actor)
                _ = try await refunds.refund(request, in: transaction)
                share.amount -= part
            }
            try await credit(share, of: next, because: cause, in: transaction)
        }
    }

    /// Owes an invoice's part, so that it counts as given back of that invoice.
    private func credit(
        _ share: UnusedTime.Share, of next: Subscription, because cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        guard share.amount > 0 else { return }
        let wish = IssueAccountCredit(
            org: next.org, amount: Money(minorUnits: share.amount, currency: catalogue.currency), source: .unusedTime,
            reason: "Unused time of \(next.id)", subscription: next.id, invoice: share.invoice, expiresAt: nil,
            key: "unused_time:\(next.id):\(share.invoice)")
        let credits = AccountCreditWriter<Transaction>(currency: catalogue.currency, dateSource: dateSource)
        _ = try await credits.issue(wish, by: cause.actor, in: transaction)
    }

    /// Gives as credit what was to be refunded and was refused outright: it is owed in one form or the other.
    func creditRefused(_ refund: Refund, in transaction: Transaction) async throws {
        guard let subscription = refund.subscription else { return }
        let wish = IssueAccountCredit(
            org: refund.org, amount: refund.amount, source: .unusedTime, reason: refund.reason, subscription: subscription,
            invoice: refund.invoice, expiresAt: nil, key: Self.refundKey(subscription, refund.payment))
        let credits = AccountCreditWriter<Transaction>(currency: catalogue.currency, dateSource: dateSource)
        _ = try await credits.issue(wish, by: .billing, in: transaction)
    }

    /// The key of a refund of unused time, and of the credit that takes its place.
    static func refundKey(_ subscription: Subscription.ID, _ payment: ProviderID) -> String {
        "unused_time:\(subscription):\(payment.rawValue)"
    }
}
