internal import Audit
public import Core
@_spi(Authentication) public import Identity
internal import Jobs

/// Makes orgs inside a transaction: the org, its limits, the owner's membership, entries and event.
struct Founding<Transaction: OrgTransaction> {
    let settings: OrgsSettings

    func found(_ name: OrgName, _ type: OrgType, by founder: User.ID, at now: Instant, in transaction: Transaction) async throws -> OrgScope
    {
        let org = Org(
            id: .make(at: now), name: name, type: type, personalOwner: type == .personal ? founder : nil, state: .active, createdAt: now,
            updatedAt: now, version: 1)
        let membership = Membership(id: .make(at: now), org: org.id, user: founder, role: .owner, joinedAt: now, joinedThrough: .founding)
        try await transaction.insert(org, maxGraphs: settings.maxGraphs)
        try await transaction.insert(membership)
        let actor = AuditActor.user(AuditReference(founder))
        try await transaction.record(OrgsAudit.OrgCreated(org: org.id, founder: founder, orgType: type), by: actor)
        try await transaction.publish(OrgCreated(org: org.id, name: name.description, type: type, founder: founder))
        return OrgScope(
            org: org.id, user: founder, membership: membership.id, role: .owner, state: .active, name: name.description, type: type)
    }
}

/// Gives each new account its personal org, or joins it to the one that invites it, in the registration's own transaction (ORG-001, ORG-056).
public struct PersonalOrgFounder<Transaction: OrgTransaction>: AccountObserver {
    private let settings: OrgsSettings
    private let acceptance: InvitationAcceptance<Transaction>?
    private let dateSource: (any DateSource)?

    /// Makes an observer for a product without invitations: a token of one is none.
    public init(settings: OrgsSettings) {
        self.settings = settings
        acceptance = nil
        dateSource = nil
    }

    /// Makes the observer.
    ///
    /// - Parameter observers: what packages above do in the transaction in which somebody joins.
    public init(
        settings: OrgsSettings, secrets: any SecretMaker, observers: [any MembershipObserver<Transaction>], dateSource: any DateSource
    ) {
        self.settings = settings
        self.dateSource = dateSource
        acceptance = InvitationAcceptance(secrets: secrets, observers: observers)
    }

    /// Whether an invitation leads to an org at this moment.
    public func isOpen(_ invitation: InvitationSecret, in transaction: Transaction) async throws -> Bool {
        guard let acceptance, let dateSource else { return false }
        return try await acceptance.isOpen(invitation, at: dateSource.now, in: transaction)
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
        guard let acceptance else { throw IdentityError.invitationInvalid }
        switch try await acceptance.accept(invitation, as: .registering(user), at: user.createdAt, in: transaction) {
        case .joined(let scope), .wasIn(let scope): return scope
        case .refused(.notFound): throw IdentityError.invitationInvalid
        case .refused(.invitationEmailMismatch): throw IdentityError.invitationEmailMismatch
        case .refused(let refusal): throw refusal
        }
    }
}
