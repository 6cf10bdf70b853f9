internal import Audit
internal import Core
internal import Jobs
internal import Orgs

extension ProviderNewsApplier {
    /// Brings our disputes of a payment, and whether its payer is in dispute at all, to what the provider's list shows (STR-105).
    func apply(
        disputes: [ProviderDispute], ofPayment id: ProviderID, event: InboundEvent.ID?, in transaction: Transaction
    ) async throws -> Outcome {
        guard let seen = try await transaction.payment(id) else { return .unresolved }
        let now = writer.dateSource.now
        // The customer before everything else (BIL-134).
        var customer = try await transaction.lockCustomer(of: seen.org, currency: writer.catalogue.currency, now: now)
        var cause = event.map(SubscriptionCause.event) ?? .system("provider")
        cause.isProviderNews = true
        let known = try await transaction.disputes(of: id)
        for news in disputes {
            let before = known.first { $0.provider == news.id }
            // What is decided stays decided, whatever comes late.
            if let before, before.status == news.status || before.status.isOver { continue }
            var dispute =
                before
                ?? Dispute(
                    id: .make(at: now), org: seen.org, invoice: seen.invoice, payment: id, provider: news.id, amount: news.amount,
                    reason: news.reason, status: news.status)
            dispute.status = news.status
            try await transaction.save(dispute, at: now)
            try await tell(dispute, before: before?.status, cause: cause, in: transaction)
        }
        let isDisputed = try await transaction.hasOpenDispute(seen.org)
        if customer.disputed != isDisputed {
            customer.disputed = isDisputed
            try await transaction.save(customer)
            // What a dispute does to a resource is its plan's policy: whoever keeps the resource looks again.
            for row in try await transaction.liveSubscriptions(of: seen.org) { try await writer.resources.changed(row, in: transaction) }
        }
        return .applied(ResolvedEvent(org: seen.org, subscription: seen.subscription))
    }

    /// A question of the bank takes no money and is only noted; whether it came new or out of a question, what takes money is told.
    private func tell(
        _ dispute: Dispute, before: Dispute.Status?, cause: SubscriptionCause, in transaction: Transaction
    ) async throws {
        if before == nil || dispute.status == .open {
            try await transaction.record(DisputeOpenedEntry(dispute: dispute, cause: cause.event), by: cause.actor)
        }
        if dispute.status == .open { try await transaction.publish(DisputeOpened(dispute)) }
        if dispute.status.isOver {
            try await transaction.record(DisputeClosedEntry(dispute: dispute, cause: cause.event), by: cause.actor)
            if dispute.status == .lost {
                try await transaction.record(
                    FinancialTransactionEntry(
                        org: dispute.org, cause: .dispute(dispute.id, of: dispute.invoice), amount: dispute.amount), by: cause.actor)
            }
            // What ends as a question was never told.
            if dispute.status != .closed { try await transaction.publish(DisputeClosed(dispute)) }
        }
    }
}
