internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

extension ProviderNewsApplier {
    /// Tells of the next renewal once for each period, which may be the end of a trial; an ending subscription has none, and no invoice is
    /// stored (STR-089, STR-087).
    func announceRenewal(of row: Subscription, _ news: ProviderNews, in transaction: Transaction) async throws {
        guard let subscription = news.subscription, subscription.endsAt == nil, let end = subscription.period?.end,
            row.status == .active || row.status == .pastDue
        else { return }
        let key = "renewal_ahead:\(row.id):\(end.microsecondsSinceEpoch)"
        guard try await transaction.takeNotice(key, org: row.org, subscription: row.id, at: writer.dateSource.now) else { return }
        let endsTrial = subscription.status == .trialing && subscription.trialEnd == end
        try await transaction.publish(RenewalAhead(facts: SubscriptionFacts(row), renewsAt: end, endsTrial: endsTrial))
    }

    /// Reminds of a bill that the provider sent and nobody has paid, once for each stage; what it charges by itself, it says itself
    /// (STR-098).
    func remind(of stored: Invoice, _ news: ProviderInvoice, _ stage: InvoiceStage, in transaction: Transaction) async throws {
        guard news.isSent == true, news.status == .open, news.amountRemaining > 0, news.dueDate != nil,
            try await transaction.takeNotice(
                "sent_invoice:\(news.id.rawValue):\(stage.rawValue)", org: stored.org, subscription: stored.subscription,
                at: writer.dateSource.now)
        else { return }
        try await transaction.publish(InvoiceReminderDue(stored, remaining: news.amountRemaining, stage: stage))
    }

    /// The customer is gone at the provider: nothing of the org is paid by it any more; its invoices stay (STR-103).
    func forget(_ gone: ProviderID, org: Org.ID, cause: SubscriptionCause, in transaction: Transaction) async throws {
        let now = writer.dateSource.now
        var customer = try await transaction.lockCustomer(of: org, currency: writer.catalogue.currency, now: now)
        guard customer.providerCustomer == gone else { return }
        customer.providerCustomer = nil
        try await transaction.save(customer)
        try await transaction.replacePaymentMethods(of: org, by: [], seenAt: now)
        for row in try await transaction.liveSubscriptions(of: org) where row.backing?.isCardBilled == true {
            guard let row = try await transaction.lockedSubscription(row.id) else { continue }
            switch row.status {
            case .active, .pastDue, .unpaid, .paused:
                try await writer.apply(.ended(at: now, .provider, reason: "customer deleted"), to: row, because: cause, in: transaction)
            case .canceled where row.isEnding(at: now):
                try await writer.apply(
                    .ended(at: now, row.cancellation?.origin ?? .provider, reason: "customer deleted"), to: row, because: cause,
                    in: transaction)
            default: break
            }
        }
    }

    /// Takes up what came of an attempt to add a method: the new one becomes the default if its page was opened for that (STR-099).
    func apply(_ setup: ProviderSetup, org: Org.ID, cause: SubscriptionCause, in transaction: Transaction) async throws {
        guard setup.isSucceeded else {
            let key = "setup_failed:\(setup.id.rawValue)"
            guard try await transaction.takeNotice(key, org: org, subscription: nil, at: writer.dateSource.now) else { return }
            try await transaction.record(MethodSetupFailedEntry(org: org, cause: cause.event), by: cause.actor)
            return
        }
        guard setup.makesDefault, let method = setup.method else { return }
        let key = "setup:\(setup.id.rawValue)"
        guard try await transaction.takeNotice(key, org: org, subscription: nil, at: writer.dateSource.now) else { return }
        try await writer.makeDefault(method, of: org, retryingOpenInvoices: true, because: cause, in: transaction)
    }
}
