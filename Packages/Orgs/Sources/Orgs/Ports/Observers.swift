public import Identity

/// Code of a package above that runs inside the transaction in which a membership changes.
public protocol MembershipObserver<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: OrgTransaction

    /// A membership began.
    func membershipBegan(_ membership: Membership, in transaction: Transaction) async throws
    /// A role changed.
    func roleChanged(of membership: Membership, from old: OrgRole, in transaction: Transaction) async throws
    /// A membership ended.
    func membershipEnded(_ membership: Membership, in transaction: Transaction) async throws
}
