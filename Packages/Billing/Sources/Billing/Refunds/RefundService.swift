internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

/// Gives money back: decides whether it may, stores the decision and the order to the provider in one transaction (BIL-096).
public struct RefundService<Store: BillingStore>: Sendable {
    let store: Store
    let writer: SubscriptionWriter<Store.Transaction>
    let dateSource: any DateSource

    /// Asks for a refund; it does not end anything (BIL-099).
    ///
    /// - Returns: the refund; with a key that was used before, the refund of then.
    /// - Throws: ``BillingError/refundTooLarge(left:)`` when more would be given back than was paid, ``BillingError/customerInDispute``
    ///   while a payment is disputed, ``BillingError/notFound`` for a payment that is not the org's, ``MoneyRefusal/keyReused`` when the
    ///   key was used for another payment or amount. The provider is not asked then.
    public func refund(_ request: RefundRequest) async throws -> Refund {
        let refunds = RefundWriter<Store.Transaction>(currency: writer.catalogue.currency, dateSource: dateSource)
        return try await store.withTransaction(.system) { try await refunds.refund(request, in: $0) }
    }
}

extension ProviderNewsApplier {
    /// Applies the list of refunds of a payment, if the payment is one of ours.
    func apply(
        _ refunds: [ProviderRefund], ofPayment id: ProviderID, event: InboundEvent.ID?, in transaction: Transaction
    ) async throws -> Outcome {
        guard let seen = try await transaction.payment(id) else { return .unresolved }
        // The customer before everything else (BIL-134); a payment never changes its invoice.
        _ = try await transaction.lockCustomer(of: seen.org, currency: writer.catalogue.currency, now: writer.dateSource.now)
        var cause = event.map(SubscriptionCause.event) ?? .system("provider")
        cause.isProviderNews = true
        try await apply(refunds, of: seen, cause: cause, in: transaction)
        return .applied(ResolvedEvent(org: seen.org, subscription: seen.subscription))
    }

    /// Brings our refunds of a payment to what the provider's list shows, whatever the news said or how often (BIL-098).
    func apply(
        _ refunds: [ProviderRefund], of payment: CollectedPayment, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        let now = writer.dateSource.now
        _ = try await transaction.lockedPayment(payment.id)
        let known = try await transaction.refunds(of: payment.id)
        for news in refunds {
            let intent = news.tags.intent.flatMap { ProviderIntent.ID($0) }
            if var refund = known.first(where: { $0.provider == news.id || (intent != nil && $0.intent == intent) }) {
                let before = refund.status
                refund.provider = news.id
                refund.status = news.status
                try await transaction.save(refund, at: now)
                try await tell(refund, before: before, cause: cause, in: transaction)
            } else {
                let refund = Refund(
                    id: .make(at: now), org: payment.org, subscription: payment.subscription, invoice: payment.invoice, payment: payment.id,
                    provider: news.id, intent: nil, amount: news.amount, reason: "made at the provider", status: news.status)
                try await transaction.insert(refund, at: now)
                try await tell(refund, before: nil, cause: cause, in: transaction)
            }
        }
    }

    private func tell(
        _ refund: Refund, before: Refund.Status?, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        guard before != refund.status else { return }
        try await transaction.record(RefundStatusEntry(refund: refund, before: before, cause: cause.event), by: cause.actor)
        if refund.status == .succeeded {
            try await transaction.record(
                FinancialTransactionEntry(org: refund.org, cause: .refund(refund.id, of: refund.invoice), amount: refund.amount),
                by: cause.actor)
        }
        if before == nil, refund.status.counts, let subscription = refund.subscription {
            try await transaction.publish(RefundProcessed(org: refund.org, subscription: subscription, amount: refund.amount))
        }
        if refund.status == .failed || refund.status == .canceled, before?.counts == true {
            try await transaction.publish(RefundReversed(org: refund.org, refund: refund.id, amount: refund.amount))
        }
    }
}
