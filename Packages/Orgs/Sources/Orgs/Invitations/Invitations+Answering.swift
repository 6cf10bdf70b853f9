internal import Audit
public import Core
public import Identity
internal import Jobs

extension Invitations {
    /// What a link leads to.
    public func preview(_ token: InvitationSecret) async throws -> InvitationPreview {
        guard let preview = try await store.preview(of: secrets.digest(of: token.secret), at: dateSource.now) else {
            throw OrgsError.notFound
        }
        return preview
    }

    /// What is written about a refusal is committed with it.
    public func accept(_ token: InvitationSecret, makingDefault: Bool, by principal: Principal) async throws -> Org.ID {
        _ = try principal.requireSession()
        let now = dateSource.now
        return try await settle { transaction in
            let outcome = try await acceptance.accept(token, as: .existing(principal.userID), at: now, in: transaction)
            switch outcome {
            case .refused(let refusal): return .failure(refusal)
            case .joined(let scope), .wasIn(let scope):
                if makingDefault, var user = try await transaction.lockedUser(principal.userID) {
                    user.defaultOrg = scope.org
                    user.updatedAt = now
                    try await transaction.save(user)
                }
                return .success(scope.org)
            }
        }
    }

    /// Whoever has the link has the mailbox; which account that is, if any, is not asked.
    public func decline(_ token: InvitationSecret) async throws {
        let now = dateSource.now
        let digest = secrets.digest(of: token.secret)
        try await store.withTransaction(.system) { transaction in
            guard let invitation = try await transaction.lockedOffer(with: digest, at: now)?.invitation,
                try await transaction.close(invitation.id, as: .declined, by: nil, at: now)
            else { throw OrgsError.notFound }
            try await transaction.record(OrgsAudit.InvitationDeclined(invitation), by: .link(AuditReference(invitation.id)))
            try await transaction.publish(InvitationClosed(invitation, because: .declined))
        }
    }

    /// What is pending for the caller's own address.
    public func offers(for principal: Principal) async throws -> [InvitationOffer] {
        guard principal.isEmailVerified else { throw OrgsError.emailNotVerified }
        return try await store.offers(to: principal.email, at: dateSource.now)
    }

    /// The caller gets a mail, not an answer that opens anything: acceptance always needs the link.
    public func sendOffer(_ id: Invitation.ID, to principal: Principal) async throws {
        try requireEnabled()
        guard principal.isEmailVerified else { throw OrgsError.emailNotVerified }
        let now = dateSource.now
        try await settle { transaction in
            guard let found = try await transaction.invitation(id), found.email == principal.email,
                let org = try await transaction.lockedOrg(found.org), org.state == .active,
                let invitation = try await transaction.lockedInvitation(id, of: found.org), invitation.state == .pending,
                !invitation.isExpired(at: now)
            else { throw OrgsError.notFound }
            return try await renew(invitation, of: org, by: principal.actor, at: now, in: transaction).map { _ in () }
        }
    }
}

extension OrgTransaction {
    /// The invitation that a link leads to with its org, both locked: only one that can be used at this moment.
    func lockedOffer(with digest: SecretDigest, at now: Instant) async throws -> (invitation: Invitation, org: Org)? {
        // The org comes first among locks, and only the invitation knows which it is; whether it is still the same is read again.
        guard let found = try await invitation(with: digest), let org = try await lockedOrg(found.org), org.state == .active,
            let invitation = try await invitation(with: digest), invitation.state == .pending, !invitation.isExpired(at: now)
        else { return nil }
        return (invitation, org)
    }

    /// Notes that the time of a pending invitation is over.
    func expire(_ invitation: Invitation, by actor: AuditActor, at now: Instant) async throws {
        guard try await close(invitation.id, as: .expired, by: nil, at: now) else { return }
        try await record(OrgsAudit.InvitationExpired(invitation), by: actor)
        try await publish(InvitationClosed(invitation, because: .expired))
    }
}
