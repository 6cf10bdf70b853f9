internal import Audit
public import Core
public import Identity
internal import IdentityPostgres
public import Orgs
internal import Postgres

extension PostgresOrgStoring {
    /// The pending invitations of an org.
    public func pendingInvitations(of org: Org.ID) async throws -> [Invitation] {
        try await client.query(
            "\(fragment: Invitation.select) WHERE i.org_id = \(org) AND i.state = 'pending' ORDER BY i.created_at DESC, i.id DESC",
            scope: .org(org.uuid)
        ).map(Invitation.init(row:))
    }

    /// What a link leads to.
    public func preview(of digest: SecretDigest, at now: Instant) async throws -> InvitationPreview? {
        try await client.query(
            """
            SELECT i.*, NULL::text AS inviter_name, o.name AS org_name FROM orgs.invitation i JOIN orgs.org o ON o.id = i.org_id
            WHERE i.token_hash = \(digest.bytes) AND i.state = 'pending' AND i.expires_at > \(now) AND o.state = 'active'
            """, scope: .system
        ).first.map { row in
            let invitation = try Invitation(row: row)
            return InvitationPreview(
                orgName: try row.decode("org_name"), email: invitation.email, role: invitation.role, expiresAt: invitation.expiresAt)
        }
    }

    /// The invitations that are pending for an address.
    public func offers(to address: EmailAddress, at now: Instant) async throws -> [InvitationOffer] {
        try await client.query(
            """
            SELECT i.*, a.name AS inviter_name, o.name AS org_name FROM orgs.invitation i JOIN orgs.org o ON o.id = i.org_id
            LEFT JOIN identity.account a ON a.id = i.invited_by
            WHERE i.email = \(address.description) AND i.state = 'pending' AND i.expires_at > \(now) AND o.state = 'active'
            ORDER BY i.created_at DESC, i.id DESC
            """, scope: .system
        ).map { InvitationOffer(invitation: try Invitation(row: $0), orgName: try $0.decode("org_name")) }
    }
}
