/// Code of a package above that runs inside the transaction of an account's change.
public protocol AccountObserver<Transaction>: Sendable {
    /// What can be done in the transaction.
    associatedtype Transaction: IdentityTransaction

    /// Whether an invitation leads somewhere at this moment; only such a one opens a closed registration (ID-009). Nothing is changed.
    func isOpen(_ invitation: InvitationSecret, in transaction: Transaction) async throws -> Bool

    /// An account is being made: makes the personal org, or joins the inviting one.
    ///
    /// - Returns: the org that the new session acts for.
    /// - Throws: ``IdentityError/invitationInvalid`` and ``IdentityError/invitationEmailMismatch``; then nothing is made at all.
    func accountRegistered(_ user: User, through invitation: InvitationSecret?, in transaction: Transaction) async throws -> OrgScope?
}

extension AccountObserver {
    /// Every invitation may be tried; a bad one is refused when the account is made.
    public func isOpen(_ invitation: InvitationSecret, in transaction: Transaction) async throws -> Bool { true }
}

/// Adds nothing to an account: for a product without orgs.
public struct NoAccountObserver<Transaction: IdentityTransaction>: AccountObserver {
    /// Makes an observer.
    public init() {}

    /// No invitation leads anywhere.
    public func isOpen(_ invitation: InvitationSecret, in transaction: Transaction) async throws -> Bool { false }

    /// Adds nothing. Without orgs there are no invitations, so that one that is presented is none: it must not count as a proof of the address.
    public func accountRegistered(_ user: User, through invitation: InvitationSecret?, in transaction: Transaction) async throws
        -> OrgScope?
    {
        guard invitation == nil else { throw IdentityError.invitationInvalid }
        return nil
    }
}
