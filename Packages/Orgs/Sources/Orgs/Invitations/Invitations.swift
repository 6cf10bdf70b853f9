internal import Audit
public import Core
public import Identity
internal import Jobs

/// Invitations by the store. Whoever changes one locks the org first, so that limits hold and of two answers at once one wins.
public struct Invitations<Store: OrgStore>: InvitationService {
    let store: Store
    let settings: InvitationSettings
    let secrets: any SecretMaker
    let dateSource: any DateSource
    let acceptance: InvitationAcceptance<Store.Transaction>

    /// Makes the service.
    ///
    /// - Parameter observers: what packages above do in the transaction in which somebody joins.
    public init(
        store: Store, settings: InvitationSettings, secrets: any SecretMaker, observers: [any MembershipObserver<Store.Transaction>],
        dateSource: any DateSource
    ) {
        self.store = store
        self.settings = settings
        self.secrets = secrets
        self.dateSource = dateSource
        acceptance = InvitationAcceptance(secrets: secrets, observers: observers)
    }

    /// Whether new invitations may be sent.
    public func requireEnabled() throws {
        guard settings.isEnabled else { throw OrgsError.invitationsOff }
    }

    /// No account is looked up but those of the org's own members: there is nothing by which a stranger's could be told (ORG-044).
    public func invite(_ address: EmailAddress, as role: GivableRole, in scope: AdminScope) async throws -> SentInvitation {
        try requireEnabled()
        let now = dateSource.now
        // The system's scope, because the budget of an address is one over all orgs.
        return try await settle { transaction in
            let org = try await inviting(scope, in: transaction)
            let frame = try await transaction.invitationFrame(of: scope.org, at: now)
            guard frame.allows(address) else { throw OrgsError.domainNotAllowed }
            guard try await !transaction.isMember(address, of: scope.org) else { throw OrgsError.alreadyMember }
            if let earlier = try await transaction.lockedInvitation(of: address, to: scope.org) {
                guard earlier.isExpired(at: now) else { throw OrgsError.invitationPending }
                try await transaction.expire(earlier, by: scope.actor, at: now)
            }
            try requireRoom(in: frame)
            let invitation = Invitation(
                id: .make(at: now), org: scope.org, email: address, role: role, state: .pending, invitedBy: scope.user,
                inviterName: scope.member.principal.name.description, sendCount: 1, lastSentAt: now, expiresAt: now + settings.lifetime,
                acceptedBy: nil, createdAt: now)
            if let refusal = try await takeBudgets(invitation, org, frame, by: scope.actor, at: now, in: transaction) {
                return .failure(refusal)
            }
            try await transaction.insert(invitation, digest: digest(of: invitation))
            try await transaction.record(OrgsAudit.InvitationCreated(invitation), by: scope.actor)
            try await transaction.publish(InvitationSent(invitation, orgName: org.name.description))
            return .success(sent(invitation))
        }
    }

    /// The pending invitations.
    public func invitations(for scope: AdminScope) async throws -> [Invitation] {
        try await store.pendingInvitations(of: scope.org)
    }

    /// Of two at once the second one finds that the first has just been sent.
    public func resend(_ id: Invitation.ID, in scope: AdminScope) async throws -> SentInvitation {
        try requireEnabled()
        let now = dateSource.now
        return try await settle { transaction in
            let org = try await inviting(scope, in: transaction)
            guard let invitation = try await transaction.lockedInvitation(id, of: scope.org) else { throw OrgsError.notFound }
            return try await renew(invitation, of: org, by: scope.actor, at: now, in: transaction)
        }
    }

    /// Takes an invitation back.
    public func revoke(_ id: Invitation.ID, in scope: AdminScope) async throws {
        try scope.member.requireWritable()
        let now = dateSource.now
        try await store.withTransaction(.org(scope.org)) { transaction in
            guard try await transaction.lockedOrg(scope.org) != nil else { throw OrgsError.notMember }
            guard let invitation = try await transaction.lockedInvitation(id, of: scope.org) else { throw OrgsError.notFound }
            guard try await transaction.close(id, as: .revoked, by: nil, at: now) else { throw OrgsError.invitationNotPending }
            try await transaction.record(OrgsAudit.InvitationRevoked(invitation), by: scope.actor)
            try await transaction.publish(InvitationClosed(invitation, because: .revoked))
        }
    }
}

extension Invitations {
    /// Commits what was written about a refusal, then refuses.
    func settle<Value: Sendable>(_ body: (Store.Transaction) async throws -> Result<Value, OrgsError>) async throws -> Value {
        try await store.withTransaction(.system, body).get()
    }

    /// The org, locked, when the caller may still invite to it: whoever lost that right a moment ago must not leave an invitation behind (ORG-028).
    private func inviting(_ scope: AdminScope, in transaction: Store.Transaction) async throws -> Org {
        try scope.member.requireWritable()
        guard scope.member.principal.isEmailVerified else { throw OrgsError.emailNotVerified }
        guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
        guard let membership = try await transaction.lockedMembership(of: scope.user, in: scope.org) else { throw OrgsError.notMember }
        guard membership.role >= .admin else { throw OrgsError.adminRequired }
        guard org.state == .active else { throw OrgsError.frozen }
        return org
    }

    /// Live members and pending invitations together have one limit, so that every pending one can be accepted (ORG-029).
    private func requireRoom(in frame: InvitationFrame) throws(OrgsError) {
        if case .limited(let limit) = frame.maxMembers, frame.members + frame.pending >= limit {
            throw .limitReached("members and pending invitations", limit)
        }
        let limit = frame.maxPending ?? settings.maxPending
        guard frame.pending < limit else { throw .limitReached("pending invitations", limit) }
    }

    /// A new link for a pending invitation, the old one being dead with it.
    func renew(
        _ old: Invitation, of org: Org, by actor: AuditActor, at now: Instant, in transaction: Store.Transaction
    ) async throws -> Result<SentInvitation, OrgsError> {
        guard old.state == .pending else { throw OrgsError.invitationNotPending }
        let frame = try await transaction.invitationFrame(of: org.id, at: now)
        // One whose time is over has given its place back.
        if old.isExpired(at: now) { try requireRoom(in: frame) }
        var invitation = old
        invitation.sendCount += 1
        invitation.lastSentAt = now
        invitation.expiresAt = now + settings.lifetime
        guard old.sendCount < settings.sendsPerInvitation else {
            try await transaction.record(OrgsAudit.SendBudgetExceeded(org: org.id, scope: .invitation), by: actor)
            return .failure(.sendBudgetExceeded(seconds: max(1, (old.expiresAt - now).wholeSeconds)))
        }
        if let refusal = try await takeBudgets(invitation, org, frame, by: actor, at: now, in: transaction) {
            return .failure(refusal)
        }
        guard try await transaction.renew(invitation, digest: digest(of: invitation)) else { throw OrgsError.invitationNotPending }
        try await transaction.record(OrgsAudit.InvitationResent(invitation), by: actor)
        try await transaction.publish(InvitationSent(invitation, orgName: org.name.description))
        return .success(sent(invitation))
    }

    /// Counts a mail, or says when there is room for one again; the refusal is an entry, which is why it is not thrown here.
    private func takeBudgets(
        _ invitation: Invitation, _ org: Org, _ frame: InvitationFrame, by actor: AuditActor, at now: Instant,
        in transaction: Store.Transaction
    ) async throws -> OrgsError? {
        let isNew = now < org.createdAt + settings.newOrgAge && !frame.hasPaid
        let address = invitation.email.description
        let budgets = [
            SendBudget(
                scope: .address, key: key(.address, address), limit: settings.mailsPerAddress, window: .hours(24), interval: .zero),
            SendBudget(
                scope: .org, key: key(.org, org.id.description), limit: isNew ? settings.mailsPerNewOrg : settings.mailsPerOrg,
                window: .hours(24), interval: .zero),
            SendBudget(
                scope: .invitation, key: key(.invitation, "\(org.id):\(address)"), limit: settings.sendsPerInvitation,
                window: settings.lifetime, interval: settings.sendInterval),
        ]
        guard case .refused(let scope, let wait) = try await transaction.takeSendBudgets(budgets, at: now) else { return nil }
        try await transaction.record(OrgsAudit.SendBudgetExceeded(org: org.id, scope: scope), by: actor)
        return .sendBudgetExceeded(seconds: max(1, wait.wholeSeconds))
    }

    /// Peppered with the key of the product's links: the row tells nobody whose it is.
    private func key(_ scope: SendScope, _ text: String) -> SecretDigest {
        secrets.digest(of: secrets.linkSecret(of: "send_budget", "\(scope.rawValue):\(text)"))
    }

    private func digest(of invitation: Invitation) -> SecretDigest {
        secrets.digest(of: secrets.linkSecret(of: Invitation.linkKind, invitation.link))
    }

    private func sent(_ invitation: Invitation) -> SentInvitation {
        SentInvitation(
            invitation: invitation, token: settings.showsTokens ? secrets.linkSecret(of: Invitation.linkKind, invitation.link) : nil)
    }
}
