internal import AuditPostgres
public import Core
public import Identity
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// The deletions that the end of a person's account caused.
    public func deletions(withAccountOf user: User.ID) async throws -> [OrgDeletion] {
        try await postgres.query(
            """
            SELECT * FROM orgs.org_deletion WHERE requested_by = \(user) AND cause = 'account' AND closed_at IS NULL
            ORDER BY org_id
            """
        ).map(OrgDeletion.init(row:))
    }

    /// The orgs on their way to the purge in which no other owner is active.
    public func endingOrgs(ownedAloneBy user: User.ID) async throws -> [Org.ID] {
        try await postgres.query(
            """
            SELECT o.id FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            WHERE m.user_id = \(user) AND m.role = 'owner' AND m.ended_at IS NULL AND o.state IN ('deleted', 'purging') AND o.owner_count = 0
            ORDER BY o.id
            """
        ).map { try $0.decode("id") }
    }

    /// The orgs of a person, as an owner, that are frozen because nobody can act for them.
    public func orgsWithoutActingOwner(of user: User.ID) async throws -> [Org.ID] {
        try await postgres.query(
            """
            SELECT o.id FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            WHERE m.user_id = \(user) AND m.role = 'owner' AND m.ended_at IS NULL AND o.state = 'frozen' AND o.frozen_reason = 'no_owner'
            ORDER BY o.id
            """
        ).map { try $0.decode("id") }
    }

    /// The live memberships of a person.
    public func memberships(of user: User.ID) async throws -> [Membership] {
        try await postgres.query("SELECT * FROM orgs.membership WHERE user_id = \(user) AND ended_at IS NULL ORDER BY org_id")
            .map(Membership.init(row:))
    }
}
