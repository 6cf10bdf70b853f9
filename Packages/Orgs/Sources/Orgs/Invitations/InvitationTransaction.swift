public import Core
public import Identity

/// What must be known of an org to decide about an invitation, read under the org's lock.
public struct InvitationFrame: Sendable, Hashable {
    /// The domains to which it may be sent; `nil` for any.
    public let domains: [String]?
    /// How many live members and pending invitations there may be.
    public let maxMembers: Limit
    /// How many invitations may be pending; `nil` where only the product's figure holds.
    public let maxPending: Int?
    /// How many live members there are.
    public let members: Int
    /// How many invitations are pending whose time is not over.
    public let pending: Int
    /// Whether the org has paid an invoice.
    public let hasPaid: Bool

    /// Makes a frame.
    public init(domains: [String]?, maxMembers: Limit, maxPending: Int?, members: Int, pending: Int, hasPaid: Bool) {
        self.domains = domains
        self.maxMembers = maxMembers
        self.maxPending = maxPending
        self.members = members
        self.pending = pending
        self.hasPaid = hasPaid
    }

    /// Whether an address is in one of the domains.
    public func allows(_ address: EmailAddress) -> Bool {
        domains.map { $0.contains(String(address.domain)) } ?? true
    }
}

/// What a transaction can do with invitations. Every change of one but its expiry holds the org's lock (ORG-033).
public protocol InvitationTransaction {
    /// What must be known of an org, at an instant.
    func invitationFrame(of org: Org.ID, at now: Instant) async throws -> InvitationFrame

    /// Whether a live member of an org has an address.
    func isMember(_ address: EmailAddress, of org: Org.ID) async throws -> Bool

    /// An invitation of an org, locked.
    func lockedInvitation(_ id: Invitation.ID, of org: Org.ID) async throws -> Invitation?

    /// The pending invitation of an address, locked.
    func lockedInvitation(of address: EmailAddress, to org: Org.ID) async throws -> Invitation?

    /// The invitation whose newest link has a digest: a pending one, or the one that was accepted by it.
    func invitation(with digest: SecretDigest) async throws -> Invitation?

    /// An invitation, wherever it is.
    func invitation(_ id: Invitation.ID) async throws -> Invitation?

    /// Stores a new invitation.
    ///
    /// - Throws: ``OrgsError/invitationPending`` when the address has a pending one.
    func insert(_ invitation: Invitation, digest: SecretDigest) async throws

    /// Stores a new link, time and count of a pending invitation; the old link is dead with that.
    ///
    /// - Returns: `false` when it is not pending any more.
    func renew(_ invitation: Invitation, digest: SecretDigest) async throws -> Bool

    /// Closes a pending invitation by one conditional update.
    ///
    /// - Parameter user: who accepted it.
    /// - Returns: `false` when it is not pending any more.
    func close(_ invitation: Invitation.ID, as state: Invitation.State, by user: User.ID?, at now: Instant) async throws -> Bool

    /// Revokes the pending invitations of an org; with `user`, those which that person sent.
    func revokeInvitations(of org: Org.ID, sentBy user: User.ID?, at now: Instant) async throws -> [Invitation]

    /// Pending invitations whose time is over, locked, at most `limit`; those that somebody else has locked are left out.
    func lockedExpiredInvitations(at now: Instant, limit: Int) async throws -> [Invitation]

    /// Invitations that were closed before an instant, locked, at most `limit`.
    func lockedInvitations(closedBefore instant: Instant, limit: Int) async throws -> [Invitation]

    /// Erases invitations with their addresses.
    func erase(_ invitations: [Invitation.ID]) async throws

    /// Takes one mail from each of several budgets, or from none: counted under a lock of the budgets, however many ask at once.
    func takeSendBudgets(_ budgets: [SendBudget], at now: Instant) async throws -> SendVerdict

    /// Forgets mails that no budget counts any more.
    func forgetSends(before day: CalendarDate) async throws
}

/// Reads of invitations, of one statement each.
public protocol InvitationReader: Sendable {
    /// The pending invitations of an org, newest first; those whose time is over as well, until they are closed.
    func pendingInvitations(of org: Org.ID) async throws -> [Invitation]

    /// What the link with a digest leads to, when it is pending at an instant and its org is active.
    func preview(of digest: SecretDigest, at now: Instant) async throws -> InvitationPreview?

    /// The invitations that are pending for an address at an instant, newest first.
    func offers(to address: EmailAddress, at now: Instant) async throws -> [InvitationOffer]
}
