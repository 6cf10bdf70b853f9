internal import Audit
internal import Core
@_spi(Authentication) internal import Identity
internal import Jobs

/// Joins a person to the org of an invitation, inside a transaction: the same for somebody who registers and somebody who has an account.
struct InvitationAcceptance<Transaction: OrgTransaction>: Sendable {
    /// Who wants to join.
    enum Candidate {
        /// An account that is being made in this very transaction.
        case registering(User)
        /// An account that was there before.
        case existing(User.ID)
    }

    /// What it came to. A refusal may have been written down, so that it is not thrown.
    enum Outcome {
        /// The person is a member by this call.
        case joined(OrgScope)
        /// The person is a member by this very invitation already.
        case wasIn(OrgScope)
        /// The person did not join.
        case refused(OrgsError)
    }

    let secrets: any SecretMaker
    let observers: [any MembershipObserver<Transaction>]

    /// Whether a link could be used at this moment.
    func isOpen(_ token: InvitationSecret, at now: Instant, in transaction: Transaction) async throws -> Bool {
        guard let invitation = try await transaction.invitation(with: secrets.digest(of: token.secret)) else { return false }
        guard invitation.state == .pending, !invitation.isExpired(at: now) else { return false }
        return try await transaction.org(invitation.org)?.state == .active
    }

    /// Accepts an invitation: the conditional update decides between this and everything else that could become of it.
    func accept(
        _ token: InvitationSecret, as candidate: Candidate, at now: Instant, in transaction: Transaction
    ) async throws -> Outcome {
        let digest = secrets.digest(of: token.secret)
        guard let (invitation, org) = try await transaction.lockedOffer(with: digest, at: now) else {
            return try await acceptedBefore(digest, by: candidate, in: transaction)
        }
        guard let user = try await self.user(candidate, in: transaction) else { return .refused(.notFound) }
        guard user.email == invitation.email else {
            // Nothing is used up: the person may come back with the right account (ORG-058).
            try await transaction.record(
                OrgsAudit.InvitationRefused(invitation, to: user.id), by: .user(AuditReference(user.id)))
            return .refused(.invitationEmailMismatch)
        }
        guard try await transaction.lockedMembership(of: user.id, in: org.id) == nil else {
            guard try await transaction.close(invitation.id, as: .accepted, by: user.id, at: now) else { return .refused(.notFound) }
            try await transaction.record(OrgsAudit.InvitationAccepted(invitation, by: user.id), by: .user(AuditReference(user.id)))
            return .refused(.alreadyMember)
        }
        let frame = try await transaction.invitationFrame(of: org.id, at: now)
        guard frame.allows(invitation.email) else { return .refused(.domainNotAllowed) }
        if case .limited(let limit) = frame.maxMembers, frame.members >= limit { return .refused(.limitReached("members", limit)) }
        try await verify(candidate, has: invitation.email, at: now, in: transaction)
        guard try await transaction.close(invitation.id, as: .accepted, by: user.id, at: now) else { return .refused(.notFound) }
        return .joined(try await join(user.id, org, through: invitation, at: now, in: transaction))
    }

    /// A repeat by the person who accepted this very invitation, and is still in, finds the membership (ORG-061).
    private func acceptedBefore(
        _ digest: SecretDigest, by candidate: Candidate, in transaction: Transaction
    ) async throws -> Outcome {
        guard case .existing(let user) = candidate, let invitation = try await transaction.invitation(with: digest),
            invitation.state == .accepted, invitation.acceptedBy == user,
            let scope = try await transaction.scope(of: user, in: invitation.org), scope.state == .active
        else { return .refused(.notFound) }
        return .wasIn(scope)
    }

    private func user(_ candidate: Candidate, in transaction: Transaction) async throws -> User? {
        switch candidate {
        case .registering(let user): user
        case .existing(let id): try await transaction.user(id)
        }
    }

    /// Locks the account, so that its end at this moment sees the membership or refuses it, and notes that the mailbox is the person's.
    ///
    /// It is locked behind the org, as the end of a membership does it. That is no circle with a change of the account's state, which locks
    /// the account and then the orgs it owns: nobody who gets here is a member of this one.
    private func verify(_ candidate: Candidate, has address: EmailAddress, at now: Instant, in transaction: Transaction) async throws {
        guard case .existing(let id) = candidate else { return }
        guard var user = try await transaction.lockedUser(id), user.status == .active, user.email == address else {
            throw IdentityError.accountDisabled
        }
        guard !user.isEmailVerified else { return }
        user.emailVerifiedAt = now
        user.updatedAt = now
        try await transaction.save(user)
        try await transaction.recordVerifiedAddress(of: id)
        try await transaction.publish(EmailVerified(user: id, email: user.email.description, name: user.name.description))
    }

    private func join(
        _ user: User.ID, _ org: Org, through invitation: Invitation, at now: Instant, in transaction: Transaction
    ) async throws -> OrgScope {
        let membership = Membership(
            id: .make(at: now), org: org.id, user: user, role: invitation.role.role, joinedAt: now, joinedThrough: .invitation)
        try await transaction.insert(membership)
        for observer in observers { try await observer.membershipBegan(membership, in: transaction) }
        let actor = AuditActor.user(AuditReference(user))
        try await transaction.record(OrgsAudit.InvitationAccepted(invitation, by: user), by: actor)
        try await transaction.record(OrgsAudit.InvitedMemberAdded(membership, through: invitation), by: actor)
        try await transaction.publish(OrgMemberAdded(org: org.id, user: user, role: membership.role, through: .invitation))
        try await transaction.publish(
            InvitationAccepted(
                invitation: invitation.id, org: org.id, user: user, role: invitation.role, invitedBy: invitation.invitedBy))
        return OrgScope(
            org: org.id, user: user, membership: membership.id, role: membership.role, state: .active, name: org.name.description,
            type: org.type)
    }
}
