public import Core
public import Identity
public import Orgs

/// Ends the seats of whoever leaves an org, in the transaction that ends the membership and without asking the provider in it (ORG-024, ORG-025, BIL-061).
public struct SeatMembershipObserver<Transaction: BillingTransaction>: MembershipObserver {
    private let writer: SubscriptionWriter<Transaction>

    /// Makes an observer.
    ///
    /// - Parameters:
    ///   - resources: the kinds of resources that are sold here, as Billing has them.
    ///   - idle: who decides about subscriptions that nobody uses, as Billing has it.
    public init(
        catalogue: Catalogue, resources: [any SellableResource<Transaction>], dateSource: any DateSource,
        idle: (any IdleEndObserver<Transaction>)? = nil
    ) {
        writer = SubscriptionWriter(catalogue: catalogue, resources: SellableResources(resources), dateSource: dateSource, idle: idle)
    }

    /// A new member begins without seats.
    public func membershipBegan(_ membership: Membership, in transaction: Transaction) async throws {}

    /// Seats do not depend on the role.
    public func roleChanged(of membership: Membership, from old: OrgRole, in transaction: Transaction) async throws {}

    /// Ends what runs and gives up what is not paid yet; what is being decided at this moment ends by the decision's own path.
    public func membershipEnded(_ membership: Membership, in transaction: Transaction) async throws {
        let now = writer.dateSource.now
        let seats = try await transaction.liveSubscriptions(of: membership.org).filter {
            $0.resourceType == .repository && $0.subscriber == membership.user
        }
        guard !seats.isEmpty else { return }
        _ = try await transaction.lockCustomer(of: membership.org, currency: writer.catalogue.currency, now: now)
        let cause = SubscriptionCause.system("membership")
        for seat in seats {
            guard let row = try await transaction.lockedSubscription(seat.id), let change = Self.end(of: row, at: now) else { continue }
            try await writer.apply(change, to: row, because: cause, in: transaction)
        }
    }

    private static func end(of row: Subscription, at now: Instant) -> SubscriptionChange? {
        let reason = "the membership ended"
        switch row.status {
        case .active, .pastDue, .paused: return .ended(at: now, .admin, reason: reason)
        case .unpaid: return row.startedAt == nil ? .abandoned(.admin, reason: reason) : .ended(at: now, .admin, reason: reason)
        case .canceled: return row.isEnding(at: now) ? .ended(at: now, .admin, reason: reason) : nil
        case .pending, .pendingPayment: return .abandoned(.admin, reason: reason)
        case .provisioning, .upgrading, .failed: return nil
        }
    }
}
