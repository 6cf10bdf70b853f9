public import Core
public import Identity

/// Offers memberships, and takes the answers.
public protocol InvitationService: Sendable {
    /// Whether new invitations may be sent; asked before any other check (ORG-053).
    ///
    /// - Throws: ``OrgsError/invitationsOff``.
    func requireEnabled() throws

    /// Invites an address. The answer does not depend on whether it has an account (ORG-044).
    ///
    /// - Throws: ``OrgsError/emailNotVerified``, ``OrgsError/alreadyMember``, ``OrgsError/invitationPending``,
    ///   ``OrgsError/domainNotAllowed``, ``OrgsError/limitReached(_:_:)``, ``OrgsError/sendBudgetExceeded(seconds:)``.
    func invite(_ address: EmailAddress, as role: GivableRole, in scope: AdminScope) async throws -> SentInvitation

    /// The pending invitations, newest first.
    func invitations(for scope: AdminScope) async throws -> [Invitation]

    /// Sends a new link in place of the old one; the time begins anew (ORG-049).
    ///
    /// - Throws: ``OrgsError/notFound``, ``OrgsError/invitationNotPending``, ``OrgsError/sendBudgetExceeded(seconds:)``.
    func resend(_ invitation: Invitation.ID, in scope: AdminScope) async throws -> SentInvitation

    /// Takes an invitation back; its link is dead with the commit.
    ///
    /// - Throws: ``OrgsError/notFound``, ``OrgsError/invitationNotPending``.
    func revoke(_ invitation: Invitation.ID, in scope: AdminScope) async throws

    /// What a link leads to. Nothing is changed.
    ///
    /// - Throws: ``OrgsError/notFound`` for every link that cannot be used (ORG-055).
    func preview(_ token: InvitationSecret) async throws -> InvitationPreview

    /// Joins the org. The same person twice is once.
    ///
    /// - Throws: ``OrgsError/notFound``, ``OrgsError/invitationEmailMismatch``, ``OrgsError/alreadyMember``,
    ///   ``OrgsError/domainNotAllowed``, ``OrgsError/limitReached(_:_:)``; `IdentityError` for an API key.
    func accept(_ token: InvitationSecret, makingDefault: Bool, by principal: Principal) async throws -> Org.ID

    /// Closes an invitation by its link alone.
    ///
    /// - Throws: ``OrgsError/notFound``.
    func decline(_ token: InvitationSecret) async throws

    /// What is pending for the caller's own address.
    ///
    /// - Throws: ``OrgsError/emailNotVerified``.
    func offers(for principal: Principal) async throws -> [InvitationOffer]

    /// Mails the caller a new link of an invitation to the own address, within the budgets (ORG-059).
    ///
    /// - Throws: ``OrgsError/emailNotVerified``, ``OrgsError/notFound``, ``OrgsError/sendBudgetExceeded(seconds:)``.
    func sendOffer(_ invitation: Invitation.ID, to principal: Principal) async throws
}
