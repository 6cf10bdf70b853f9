/// Code of a package above that runs inside the transaction of an account's change.
public protocol AccountObserver<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: IdentityTransaction

    /// An account is being made: makes the personal org, or joins the inviting one.
    ///
    /// - Returns: the org that the new session acts for.
    /// - Throws: ``IdentityError/invitationInvalid`` and ``IdentityError/invitationEmailMismatch``; then nothing is made at all.
    func accountRegistered(_ user: User, through invitation: InvitationSecret?, in transaction: Transaction) async throws -> OrgScope?
}

/// Adds nothing to an account: for a product without orgs.
public struct NoAccountObserver<Transaction: IdentityTransaction>: AccountObserver {
    /// Makes an observer.
    public init() {}

    /// Does nothing.
    public func accountRegistered(_ user: User, through invitation: InvitationSecret?, in transaction: Transaction) async throws
        -> OrgScope?
    { nil }
}
