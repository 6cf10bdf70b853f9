internal import Audit
internal import Core
internal import Identity
internal import Jobs

extension OrgTransaction {
    /// Takes back what a person had sent who may not invite any more, with an entry each and no mail (ORG-028). The caller holds the org's lock.
    ///
    /// - Parameter user: the person; `nil` for everybody's, when the org ends.
    /// - Returns: how many were pending.
    func withdrawInvitations(of org: Org.ID, sentBy user: User.ID?, by actor: AuditActor, at now: Instant) async throws -> Int {
        let invitations = try await revokeInvitations(of: org, sentBy: user, at: now)
        for invitation in invitations {
            try await record(OrgsAudit.InvitationRevoked(invitation), by: actor)
            try await publish(InvitationClosed(invitation, because: .revoked))
        }
        return invitations.count
    }
}
