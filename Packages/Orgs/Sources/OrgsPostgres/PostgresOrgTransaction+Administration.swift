internal import Audit
internal import AuditPostgres
public import Core
public import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// The limits of an org, locked.
    public func lockedLimits(of org: Org.ID) async throws -> OrgLimits? {
        try await postgres.query("SELECT * FROM orgs.org_limits WHERE org_id = \(org) FOR NO KEY UPDATE").first.map(OrgLimits.init(row:))
    }

    /// Stores what an operator set.
    public func setLimits(_ limits: OrgLimits, of org: Org.ID, because reason: String) async throws {
        try await postgres.execute(
            """
            UPDATE orgs.org_limits SET max_graphs = \(limits.maxGraphs.number.map(Int32.init(clamping:))),
                max_members = \(limits.maxMembers.number.map(Int32.init(clamping:))), source = 'operator', reason = \(reason)
            WHERE org_id = \(org)
            """)
    }

    /// Freezes an active org or thaws a frozen one. The rule of the last owner is checked here and not at the commit, so that it has a name.
    public func setFrozen(_ reason: FreezeReason?, _ org: Org.ID, at now: Instant) async throws -> Bool {
        let (from, to): (Org.State, Org.State) = reason == nil ? (.frozen, .active) : (.active, .frozen)
        if reason == nil, try await countOwners(of: org) == 0 { throw OrgsError.lastOwner }
        return try await postgres.execute(
            """
            UPDATE orgs.org SET state = \(to.rawValue), frozen_reason = \(reason?.rawValue), updated_at = \(now), version = version + 1
            WHERE id = \(org) AND state = \(from.rawValue)
            """) == 1
    }

    /// Sets the counters of all limits to what the places say.
    public func repairSlotCounters() async throws -> [Org.ID] {
        try await postgres.query(
            """
            WITH counted AS (
                SELECT l.org_id, count(s.id) FILTER (WHERE s.graph_id IS NOT NULL)::integer AS held,
                    count(s.id) FILTER (WHERE s.graph_id IS NULL)::integer AS reserved
                FROM orgs.org_limits l LEFT JOIN orgs.graph_slot s ON s.org_id = l.org_id GROUP BY l.org_id
            )
            UPDATE orgs.org_limits l SET graphs_held = counted.held, graphs_reserved = counted.reserved
            FROM counted WHERE counted.org_id = l.org_id AND (l.graphs_held, l.graphs_reserved) <> (counted.held, counted.reserved)
            RETURNING l.org_id
            """
        ).map { try $0.decode("org_id") }
    }

    /// The orgs whose only active owner a person is.
    public func orgsOwnedAlone(by user: User.ID) async throws -> [Org.ID] {
        try await postgres.query(
            """
            SELECT o.id FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            WHERE m.user_id = \(user) AND m.role = 'owner' AND m.ended_at IS NULL AND o.state IN ('active', 'deleted') AND o.owner_count = 1
            ORDER BY o.id
            """
        ).map { try $0.decode("id") }
    }

    /// Notes that the people of an org are warned of a limit.
    public func takeLimitWarning(_ limit: String, of org: Org.ID, notSince time: Instant, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            INSERT INTO orgs.limit_warning AS w (org_id, limit_name, last_at) VALUES (\(org), \(limit), \(now))
            ON CONFLICT (org_id, limit_name) DO UPDATE SET last_at = excluded.last_at WHERE w.last_at <= \(time)
            """) == 1
    }
}
