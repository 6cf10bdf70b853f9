internal import Audit
public import Core
public import Identity
public import Orgs

/// What of Billing stands in the way of an org's deletion (ORG-088): subscriptions that still run or are being sold, and open invoices.
///
/// What costs nothing stands in nobody's way and ends at the purge (ORG-089). An org that is gone is never charged. What it said about itself
/// as a payer is erased with it, here and at the provider (ORG-096).
public struct BillingOrgObserver<Store: BillingStore>: OrgLifecycleObserver {
    private let store: Store
    private let subscriptions: SubscriptionService<Store>

    /// Makes an observer.
    ///
    /// - Parameter subscriptions: what ends the free ones.
    public init(store: Store, subscriptions: SubscriptionService<Store>) {
        self.store = store
        self.subscriptions = subscriptions
    }

    /// Each subscription and invoice by its id.
    public func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: Store.Transaction
    ) async throws -> [DeletionBlocker] {
        let affairs = try await transaction.unsettledAffairs(of: org)
        return affairs.subscriptions.map {
            DeletionBlocker(.liveSubscription, id: $0.description, remedy: "Cancel the subscription and wait for its end.")
        }
            + affairs.invoices.map { DeletionBlocker(.openInvoice, id: $0.description, remedy: "Pay the invoice.") }
    }

    /// The subscriptions that cost nothing.
    public func livingThings(of org: Org.ID, in transaction: Store.Transaction) async throws -> [DeletionBlocker] {
        try await transaction.unsettledAffairs(of: org).freeSubscriptions.map {
            DeletionBlocker(.liveSubscription, id: $0.description, remedy: "Cancel the subscription.")
        }
    }

    /// Invoices of any state.
    public func holdsRecords(of org: Org.ID, in transaction: Store.Transaction) async throws -> Bool {
        try await transaction.hasInvoices(of: org)
    }

    /// Ends what costs nothing before the graphs go, and empties the contact in the end; twice is once.
    public func purge(_ step: PurgeStep, of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome {
        switch step {
        case .graphs: try await endFreeSubscriptions(of: org)
        case .billingContact: try await emptyContact(of: org, at: now)
        case .belongings, .memberships, .org: .done
        }
    }

    /// Each in a transaction of its own; one that is just being set up or changed is waited for.
    private func endFreeSubscriptions(of org: Org.ID) async throws -> PurgeStepOutcome {
        let free = try await store.withTransaction(.system) { try await $0.unsettledAffairs(of: org).freeSubscriptions }
        for id in free {
            do {
                try await store.withTransaction(.system) { transaction in
                    _ = try await subscriptions.cancel(
                        CancelSubscription(
                            subscription: id, mode: .immediate, origin: .admin, user: nil, via: "org-purge", bringingForward: true),
                        in: transaction)
                }
            } catch BillingError.alreadyCanceled {
                // What has ended is closed by a job of its own.
            } catch BillingError.subscriptionBusy {
                return .waiting(.minutes(1))
            }
        }
        return .done
    }

    private func emptyContact(of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome {
        guard let known = try await store.customer(of: org)?.customer else { return .done }
        try await store.withTransaction(.system) { transaction in
            var customer = try await transaction.lockCustomer(of: org, currency: known.currency, now: now)
            guard [customer.billingEmail, customer.contactName, customer.address, customer.taxID].contains(where: { $0 != nil }) else {
                return
            }
            customer.billingEmail = nil
            customer.contactName = nil
            customer.address = nil
            customer.taxID = nil
            try await transaction.save(contactOf: customer, changing: [], by: .system(component: "billing"), at: now)
        }
        return .done
    }
}

/// What an org has not settled.
public struct UnsettledAffairs: Sendable, Hashable {
    /// Subscriptions that have not come to their end, those among them that are still being sold.
    public let subscriptions: [Subscription.ID]
    /// The same, of what was given away or is not billed here (ORG-089).
    public let freeSubscriptions: [Subscription.ID]
    /// Invoices that are open.
    public let invoices: [Invoice.ID]

    /// Puts them together.
    public init(subscriptions: [Subscription.ID], freeSubscriptions: [Subscription.ID], invoices: [Invoice.ID]) {
        self.subscriptions = subscriptions
        self.freeSubscriptions = freeSubscriptions
        self.invoices = invoices
    }
}
