internal import Audit
internal import AuditPostgres
public import Core
public import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// What must be known of an org, by one statement.
    public func invitationFrame(of org: Org.ID, at now: Instant) async throws -> InvitationFrame {
        let rows = try await postgres.query(
            """
            SELECT o.invitation_domains, l.max_members, l.max_pending_invitations,
                (SELECT count(*) FROM orgs.membership m WHERE m.org_id = o.id AND m.ended_at IS NULL) AS members,
                (SELECT count(*) FROM orgs.invitation i WHERE i.org_id = o.id AND i.state = 'pending' AND i.expires_at > \(now)) AS pending,
                EXISTS (SELECT FROM orgs.paid_org p WHERE p.org_id = o.id) AS has_paid
            FROM orgs.org o JOIN orgs.org_limits l ON l.org_id = o.id WHERE o.id = \(org)
            """)
        guard let row = rows.first else { throw OrgsError.notFound }
        return InvitationFrame(
            domains: try row.decode("invitation_domains"),
            maxMembers: try row.decode("max_members", as: Int32?.self).map { .limited(Int($0)) } ?? .unlimited,
            maxPending: try row.decode("max_pending_invitations", as: Int32?.self).map { Int($0) },
            members: Int(try row.decode("members", as: Int64.self)), pending: Int(try row.decode("pending", as: Int64.self)),
            hasPaid: try row.decode("has_paid"))
    }

    /// Whether a live member of an org has an address.
    public func isMember(_ address: EmailAddress, of org: Org.ID) async throws -> Bool {
        try await !postgres.query(
            """
            SELECT FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
            WHERE m.org_id = \(org) AND m.ended_at IS NULL AND a.email = \(address.description) AND a.status <> 'purged'
            """
        ).isEmpty
    }

    /// An invitation of an org, locked.
    public func lockedInvitation(_ id: Invitation.ID, of org: Org.ID) async throws -> Invitation? {
        try await postgres.query(
            "\(fragment: Invitation.select) WHERE i.id = \(id) AND i.org_id = \(org) FOR NO KEY UPDATE OF i"
        ).first.map(Invitation.init(row:))
    }

    /// The pending invitation of an address, locked.
    public func lockedInvitation(of address: EmailAddress, to org: Org.ID) async throws -> Invitation? {
        try await postgres.query(
            """
            \(fragment: Invitation.select) WHERE i.org_id = \(org) AND i.email = \(address.description) AND i.state = 'pending'
            FOR NO KEY UPDATE OF i
            """
        ).first.map(Invitation.init(row:))
    }

    /// The invitation that has, or was accepted by, a link.
    public func invitation(with digest: SecretDigest) async throws -> Invitation? {
        try await postgres.query(
            "\(fragment: Invitation.select) WHERE i.token_hash = \(digest.bytes) OR i.accepted_hash = \(digest.bytes)"
        ).first.map(Invitation.init(row:))
    }

    /// An invitation.
    public func invitation(_ id: Invitation.ID) async throws -> Invitation? {
        try await postgres.query("\(fragment: Invitation.select) WHERE i.id = \(id)").first.map(Invitation.init(row:))
    }

    /// Stores a new invitation.
    public func insert(_ invitation: Invitation, digest: SecretDigest) async throws {
        do {
            try await postgres.execute(
                """
                INSERT INTO orgs.invitation (id, org_id, email, role, token_hash, state, invited_by, send_count, last_sent_at, expires_at, created_at)
                VALUES (\(invitation.id), \(invitation.org), \(invitation.email.description), \(invitation.role.rawValue), \(digest.bytes),
                    \(invitation.state.rawValue), \(invitation.invitedBy), \(Int32(invitation.sendCount)), \(invitation.lastSentAt),
                    \(invitation.expiresAt), \(invitation.createdAt))
                """)
        } catch let error as PostgresError where error.violates("invitation_pending") {
            throw OrgsError.invitationPending
        }
    }

    /// Stores a new link by one conditional update.
    public func renew(_ invitation: Invitation, digest: SecretDigest) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE orgs.invitation SET token_hash = \(digest.bytes), send_count = \(Int32(invitation.sendCount)),
                last_sent_at = \(invitation.lastSentAt), expires_at = \(invitation.expiresAt)
            WHERE id = \(invitation.id) AND state = 'pending' AND send_count < \(Int32(invitation.sendCount))
            """) == 1
    }

    /// Closes a pending invitation by one conditional update.
    public func close(_ invitation: Invitation.ID, as state: Invitation.State, by user: User.ID?, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE orgs.invitation SET state = \(state.rawValue), closed_at = \(now), accepted_by = \(user), token_hash = NULL,
                accepted_hash = CASE WHEN \(state == .accepted) THEN token_hash END
            WHERE id = \(invitation) AND state = 'pending'
            """) == 1
    }

    /// Revokes pending invitations by one statement, in the order of their ids.
    public func revokeInvitations(of org: Org.ID, sentBy user: User.ID?, at now: Instant) async throws -> [Invitation] {
        try await postgres.query(
            """
            WITH revoked AS (
                UPDATE orgs.invitation SET state = 'revoked', closed_at = \(now), token_hash = NULL
                WHERE org_id = \(org) AND state = 'pending' AND (\(user)::uuid IS NULL OR invited_by = \(user))
                RETURNING *
            )
            SELECT i.*, a.name AS inviter_name FROM revoked i LEFT JOIN identity.account a ON a.id = i.invited_by ORDER BY i.id
            """
        ).map(Invitation.init(row:))
    }

    /// Pending invitations whose time is over.
    public func lockedExpiredInvitations(at now: Instant, limit: Int) async throws -> [Invitation] {
        try await postgres.query(
            """
            \(fragment: Invitation.select) WHERE i.state = 'pending' AND i.expires_at <= \(now)
            ORDER BY i.expires_at LIMIT \(Int64(limit)) FOR NO KEY UPDATE OF i SKIP LOCKED
            """
        ).map(Invitation.init(row:))
    }

    /// Invitations that were closed before an instant.
    public func lockedInvitations(closedBefore instant: Instant, limit: Int) async throws -> [Invitation] {
        try await postgres.query(
            """
            \(fragment: Invitation.select) WHERE i.state <> 'pending' AND i.closed_at <= \(instant)
            ORDER BY i.closed_at LIMIT \(Int64(limit)) FOR UPDATE OF i SKIP LOCKED
            """
        ).map(Invitation.init(row:))
    }

    /// Erases invitations.
    public func erase(_ invitations: [Invitation.ID]) async throws {
        try await postgres.execute("DELETE FROM orgs.invitation WHERE id = ANY(\(invitations)) AND state <> 'pending'")
    }
}

extension Invitation {
    /// What `init(row:)` reads.
    static let select: Statement =
        "SELECT i.*, a.name AS inviter_name FROM orgs.invitation i LEFT JOIN identity.account a ON a.id = i.invited_by"

    init(row: Row) throws {
        guard let email = EmailAddress(try row.decode("email", as: String.self)) else { throw row["email"].failure("is no address") }
        guard let role = GivableRole(rawValue: try row.decode("role")) else { throw row["role"].failure("cannot be given") }
        guard let state = State(rawValue: try row.decode("state")) else { throw row["state"].failure("is no state") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), email: email, role: role, state: state,
            invitedBy: try row.decode("invited_by"), inviterName: try row.decode("inviter_name"),
            sendCount: Int(try row.decode("send_count", as: Int32.self)), lastSentAt: try row.decode("last_sent_at"),
            expiresAt: try row.decode("expires_at"), acceptedBy: try row.decode("accepted_by"), createdAt: try row.decode("created_at"))
    }
}
