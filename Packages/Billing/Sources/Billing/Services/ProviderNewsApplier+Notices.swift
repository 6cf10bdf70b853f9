internal import Audit
internal import Core
internal import Identity
internal import Jobs
internal import Orgs

extension ProviderNewsApplier {
    /// Tells of the next renewal once for each period; an ending subscription has none, and no invoice is stored (STR-089).
    func announceRenewal(of row: Subscription, _ news: ProviderNews, in transaction: Transaction) async throws {
        guard let subscription = news.subscription, subscription.endsAt == nil, let end = subscription.period?.end,
            row.status == .active || row.status == .pastDue
        else { return }
        let key = "renewal_ahead:\(row.id):\(end.microsecondsSinceEpoch)"
        guard try await transaction.takeNotice(key, org: row.org, subscription: row.id, at: writer.dateSource.now) else { return }
        try await transaction.publish(RenewalAhead(facts: SubscriptionFacts(row), renewsAt: end))
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
