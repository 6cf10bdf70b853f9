public import Core
@_spi(Authentication) public import Identity

/// What an account's life is to orgs, in the account's own transaction: a new one gets its personal org or joins the one that invites it (ORG-001,
/// ORG-056), one that ends takes the orgs with it in which nobody else is (ID-145), one that is switched off invites nobody any more (ORG-028).
public struct OrgAccountObserver<Transaction: OrgTransaction>: AccountObserver {
    private let settings: OrgsSettings
    private let acceptance: InvitationAcceptance<Transaction>
    let membershipObservers: [any MembershipObserver<Transaction>]
    let lifecycleObservers: [any OrgLifecycleObserver<Transaction>]
    let dateSource: any DateSource

    /// Makes the observer.
    ///
    /// - Parameters:
    ///   - membershipObservers: what packages above do in the transaction in which somebody joins, or is gone.
    ///   - lifecycleObservers: what they know of an org that is to end. Without those that know of graphs and subscriptions, neither is in the way.
    public init(
        settings: OrgsSettings, secrets: any SecretMaker, membershipObservers: [any MembershipObserver<Transaction>],
        lifecycleObservers: [any OrgLifecycleObserver<Transaction>], dateSource: any DateSource
    ) {
        self.settings = settings
        self.membershipObservers = membershipObservers
        self.lifecycleObservers = lifecycleObservers
        self.dateSource = dateSource
        acceptance = InvitationAcceptance(secrets: secrets, observers: membershipObservers)
    }

    /// Whether an invitation leads to an org at this moment.
    public func isOpen(_ invitation: InvitationSecret, in transaction: Transaction) async throws -> Bool {
        try await acceptance.isOpen(invitation, at: dateSource.now, in: transaction)
    }

    /// Makes the personal org, or accepts the invitation; one that does not work leads nowhere instead, and no account is made (ID-013).
    public func accountRegistered(
        _ user: User, through invitation: InvitationSecret?, in transaction: Transaction
    ) async throws -> OrgScope? {
        guard let invitation else {
            guard let name = OrgName(settings.personalOrgName) else { throw IdentityError.invitationInvalid }
            return try await Founding<Transaction>(settings: settings).found(
                name, .personal, by: user.id, at: user.createdAt, in: transaction)
        }
        switch try await acceptance.accept(invitation, as: .registering(user), at: user.createdAt, in: transaction) {
        // Read as any membership is, so that what the org asks of a session is known of this one as well.
        case .joined(let scope), .wasIn(let scope): return try await transaction.scope(of: user.id, in: scope.org) ?? scope
        case .refused(.notFound): throw IdentityError.invitationInvalid
        case .refused(.invitationEmailMismatch): throw IdentityError.invitationEmailMismatch
        case .refused(let refusal): throw refusal
        }
    }
}
