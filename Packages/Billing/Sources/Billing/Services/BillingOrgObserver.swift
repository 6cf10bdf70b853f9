internal import Audit
public import Core
public import Identity
public import Orgs

/// What of Billing stands in the way of an org's deletion (ORG-088): subscriptions that still run or are being sold, and open invoices.
///
/// An org that is gone is never charged. What it said about itself as a payer is erased with it, here and at the provider (ORG-096).
public struct BillingOrgObserver<Store: BillingStore>: OrgLifecycleObserver {
    private let store: Store

    /// Makes an observer.
    public init(store: Store) {
        self.store = store
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

    /// Invoices of any state.
    public func holdsRecords(of org: Org.ID, in transaction: Store.Transaction) async throws -> Bool {
        try await transaction.hasInvoices(of: org)
    }

    /// Empties the contact; an org without one has nothing to be emptied, so that twice is once.
    public func purge(_ step: PurgeStep, of org: Org.ID, at now: Instant) async throws -> PurgeStepOutcome {
        guard step == .billingContact, let known = try await store.customer(of: org)?.customer else { return .done }
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
    /// Invoices that are open.
    public let invoices: [Invoice.ID]

    /// Puts them together.
    public init(subscriptions: [Subscription.ID], invoices: [Invoice.ID]) {
        self.subscriptions = subscriptions
        self.invoices = invoices
    }
}
