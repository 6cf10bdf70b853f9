public import Audit
public import Core

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

    /// What keeps the orgs from ending in which a person is alone, and with them the account (ID-143). Nothing is changed.
    func deletionBlockers(of user: User.ID, with orgs: [OrgReference], in transaction: Transaction) async throws -> [AccountDeletionBlocker]

    /// Whether records hang on orgs, such as invoices, for which an account that was never proven is kept (ID-020). Nothing is changed.
    func holdsRecords(of orgs: [OrgReference], in transaction: Transaction) async throws -> Bool

    /// An account is to end: schedules the end of orgs in which nobody else is.
    ///
    /// - Parameter orgs: those orgs.
    /// - Returns: what is in the way after all, found under locks of its own; then nothing is scheduled.
    func accountWillBeDeleted(
        _ user: User.ID, with orgs: [OrgReference], at purgeAt: Instant, by actor: AuditActor, in transaction: Transaction
    ) async throws -> [AccountDeletionBlocker]

    /// The end was taken back: memberships and those orgs are as they were.
    func accountDeletionCanceled(_ user: User.ID, in transaction: Transaction) async throws

    /// Whether the account can be removed now that it is due; if not, it is asked again after a while. Nothing is changed.
    func accountMayBePurged(_ user: User.ID, in transaction: Transaction) async throws -> Bool

    /// The account is gone: its memberships end.
    func accountPurged(_ user: User.ID, in transaction: Transaction) async throws

    /// The only owner of orgs with other members is being switched off by an operator who wants them frozen.
    ///
    /// - Throws: ``IdentityError/soleOwner(_:)`` where orgs cannot be frozen.
    func freeze(_ orgs: [OrgReference], because reason: String, by actor: AuditActor, in transaction: Transaction) async throws

    /// The account was switched off; its status says so already.
    func accountDeactivated(_ user: User.ID, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws

    /// The account was switched on again.
    func accountReactivated(_ user: User.ID, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws
}

extension AccountObserver {
    /// Nothing is in the way.
    public func deletionBlockers(
        of user: User.ID, with orgs: [OrgReference], in transaction: Transaction
    ) async throws -> [AccountDeletionBlocker] { [] }

    /// None are known.
    public func holdsRecords(of orgs: [OrgReference], in transaction: Transaction) async throws -> Bool { false }

    /// Nothing is in the way.
    public func accountWillBeDeleted(
        _ user: User.ID, with orgs: [OrgReference], at purgeAt: Instant, by actor: AuditActor, in transaction: Transaction
    ) async throws -> [AccountDeletionBlocker] { [] }

    /// Does nothing.
    public func accountDeletionCanceled(_ user: User.ID, in transaction: Transaction) async throws {}

    /// Does nothing.
    public func accountPurged(_ user: User.ID, in transaction: Transaction) async throws {}

    /// Nothing has to be gone before.
    public func accountMayBePurged(_ user: User.ID, in transaction: Transaction) async throws -> Bool { true }

    /// Does nothing.
    public func accountDeactivated(_ user: User.ID, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws
    {}

    /// Does nothing.
    public func accountReactivated(_ user: User.ID, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws
    {}

    /// There is nobody who could freeze.
    public func freeze(_ orgs: [OrgReference], because reason: String, by actor: AuditActor, in transaction: Transaction) async throws {
        throw IdentityError.soleOwner(orgs)
    }

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
