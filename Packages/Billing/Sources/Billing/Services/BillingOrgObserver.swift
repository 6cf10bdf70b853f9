public import Core
public import Orgs

/// What of Billing stands in the way of an org's deletion (ORG-088): subscriptions that still run or are being sold, and open invoices.
///
/// An org that is gone is never charged, so nothing is left to be done when it is.
public struct BillingOrgObserver<Transaction: BillingTransaction>: OrgLifecycleObserver {
    /// Makes an observer.
    public init() {}

    /// Each subscription and invoice by its id.
    public func deletionBlockers(
        of org: Org.ID, forfeitingBalance forfeitsBalance: Bool, in transaction: Transaction
    ) async throws -> [DeletionBlocker] {
        let affairs = try await transaction.unsettledAffairs(of: org)
        return affairs.subscriptions.map {
            DeletionBlocker(.liveSubscription, id: $0.description, remedy: "Cancel the subscription and wait for its end.")
        }
            + affairs.invoices.map { DeletionBlocker(.openInvoice, id: $0.description, remedy: "Pay the invoice.") }
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
