internal import Audit
internal import AuditPostgres
public import Core
public import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension OrgDeletion {
    init(row: Row) throws {
        guard let cause = Cause(rawValue: try row.decode("cause")) else { throw row["cause"].failure("is no cause of a deletion") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), cause: cause, requestedBy: try row.decode("requested_by"),
            reason: try row.decode("reason"), deletedAt: try row.decode("deleted_at"), purgeAt: try row.decode("purge_at"),
            warnedDays: Set(try row.decode("warned_days", as: [Int32].self).map(Int.init)), legalHold: try row.decode("legal_hold"),
            doneSteps: Set(try row.decode("done_steps", as: [String].self).compactMap(PurgeStep.init)))
    }
}

extension PostgresOrgTransaction {
    /// Switches an active org off.
    public func begin(_ deletion: OrgDeletion) async throws {
        let changed = try await postgres.execute(
            """
            UPDATE orgs.org SET state = 'deleted', frozen_reason = NULL, deleted_at = \(deletion.deletedAt), deleted_by = \(deletion.requestedBy),
                purge_at = \(deletion.purgeAt), updated_at = \(deletion.deletedAt), version = version + 1
            WHERE id = \(deletion.org) AND (state = 'active' OR (state = 'frozen' AND frozen_reason = 'no_owner'))
            """)
        guard changed == 1 else { throw OrgsError.preconditionFailed }
        try await postgres.execute(
            """
            INSERT INTO orgs.org_deletion (id, org_id, cause, requested_by, reason, deleted_at, purge_at)
            VALUES (\(deletion.id), \(deletion.org), \(deletion.cause.rawValue), \(deletion.requestedBy), \(deletion.reason), \(deletion.deletedAt), \(deletion.purgeAt))
            """)
    }

    /// The open deletion of an org.
    public func lockedDeletion(of org: Org.ID) async throws -> OrgDeletion? {
        try await postgres.query("SELECT * FROM orgs.org_deletion WHERE org_id = \(org) AND closed_at IS NULL FOR NO KEY UPDATE").first
            .map(OrgDeletion.init(row:))
    }

    /// Orgs whose purge is due, by their open deletions.
    public func duePurges(at now: Instant, limit: Int) async throws -> [Org.ID] {
        try await postgres.query(
            """
            SELECT org_id FROM orgs.org_deletion WHERE closed_at IS NULL AND legal_hold IS NULL AND purge_at <= \(now)
            ORDER BY purge_at, org_id LIMIT \(Int64(limit))
            """
        ).map { try $0.decode("org_id") }
    }

    /// Counts the orgs that are not purged.
    public func remainingOrgs() async throws -> Int {
        let rows = try await postgres.query("SELECT count(*) AS orgs FROM orgs.org WHERE state <> 'purged'")
        return Int(try rows.first?.decode("orgs", as: Int64.self) ?? 0)
    }

    /// Stores what changed about a deletion; the org has the same time.
    public func save(_ deletion: OrgDeletion) async throws {
        _ = try await postgres.pipeline([
            """
            UPDATE orgs.org_deletion SET purge_at = \(deletion.purgeAt), warned_days = \(deletion.warnedDays.sorted().map(Int32.init)),
                legal_hold = \(deletion.legalHold), done_steps = \(deletion.doneSteps.map(\.rawValue).sorted())
            WHERE id = \(deletion.id)
            """,
            "UPDATE orgs.org SET purge_at = \(deletion.purgeAt) WHERE id = \(deletion.org) AND purge_at <> \(deletion.purgeAt)",
        ])
    }

    /// Makes a deleted org active again.
    public func restoreOrg(_ org: Org.ID, at now: Instant) async throws -> Bool {
        let restored = try await postgres.execute(
            """
            UPDATE orgs.org SET state = 'active', deleted_at = NULL, deleted_by = NULL, purge_at = NULL, updated_at = \(now),
                version = version + 1
            WHERE id = \(org) AND state = 'deleted' AND purge_at > \(now)
            """)
        guard restored == 1 else { return false }
        try await postgres.execute(
            "UPDATE orgs.org_deletion SET outcome = 'restored', closed_at = \(now) WHERE org_id = \(org) AND closed_at IS NULL")
        return true
    }

    /// Claims the purge of a deleted org that is due.
    public func claimPurge(of org: Org.ID, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE orgs.org SET state = 'purging', updated_at = \(now), version = version + 1
            WHERE id = \(org) AND (state = 'purging' OR (state = 'deleted' AND purge_at <= \(now)))
            """) == 1
    }

    /// Takes every session out of an org.
    public func moveSessionsOut(of org: Org.ID) async throws -> Int {
        try await postgres.execute(
            "UPDATE identity.session SET active_org_id = NULL WHERE active_org_id = \(org) AND revoked_at IS NULL")
    }

    /// Removes invitations, and ends the keys that are bound to an org.
    public func eraseBelongings(of org: Org.ID, at now: Instant) async throws {
        _ = try await postgres.pipeline([
            "DELETE FROM orgs.invitation WHERE org_id = \(org)",
            "DELETE FROM orgs.org_export_piece WHERE org_id = \(org)",
            "DELETE FROM orgs.imported_row WHERE org_id = \(org)",
            "UPDATE orgs.org_export SET state = 'expired' WHERE org_id = \(org) AND state <> 'expired'",
            """
            UPDATE identity.api_key SET revoked_at = \(now), revoke_reason = 'org_purged', updated_at = \(now)
            WHERE org_id = \(org) AND revoked_at IS NULL
            """,
            "DELETE FROM orgs.graph_slot WHERE org_id = \(org)",
        ])
    }

    /// Ends every live membership of an org, and keeps until when each person was active.
    public func endMemberships(of org: Org.ID, at now: Instant) async throws -> [Membership] {
        let ended = try await postgres.query(
            "SELECT * FROM orgs.membership WHERE org_id = \(org) AND ended_at IS NULL ORDER BY user_id FOR NO KEY UPDATE"
        ).map(Membership.init(row:))
        for membership in ended {
            try await end(membership.id, because: .orgPurged, at: now)
            try await leaveOrg(org, user: membership.user, at: now)
        }
        return ended
    }

    /// Leaves of an org its id, its kind and its times.
    public func reduceToNothing(_ org: Org.ID, at now: Instant) async throws -> (owners: [User.ID], memberships: Int) {
        let ended = try await postgres.query(
            "SELECT user_id, role FROM orgs.membership WHERE org_id = \(org) AND end_reason = 'org_purged' ORDER BY joined_at, id")
        let owners = try ended.filter { try $0.decode("role") == OrgRole.owner.rawValue }
            .map { try $0.decode("user_id", as: User.ID.self) }
        _ = try await postgres.pipeline([
            """
            UPDATE orgs.org SET state = 'purged', name = NULL, personal_owner_id = NULL, invitation_domains = NULL,
                support_access_until = NULL, frozen_reason = NULL, deleted_by = NULL, purge_at = NULL, purged_at = \(now), updated_at = \(now),
                version = version + 1
            WHERE id = \(org) AND state = 'purging'
            """,
            """
            UPDATE orgs.org_deletion SET outcome = 'purged', closed_at = \(now), reason = NULL, requested_by = NULL
            WHERE org_id = \(org) AND closed_at IS NULL
            """,
            "UPDATE orgs.org_limits SET reason = NULL WHERE org_id = \(org)",
        ])
        return (owners, ended.count)
    }

    /// The active people of an org with at least a role.
    public func recipients(with role: OrgRole, of org: Org.ID) async throws -> [User.ID] {
        let roles = OrgRole.allCases.filter { $0 >= role }.map(\.rawValue)
        return try await postgres.query(
            """
            SELECT m.user_id FROM orgs.membership m JOIN identity.account a ON a.id = m.user_id
            WHERE m.org_id = \(org) AND m.ended_at IS NULL AND m.role = ANY(\(roles)) AND a.status = 'active' ORDER BY m.joined_at, m.id
            """
        ).map { try $0.decode("user_id") }
    }
}
