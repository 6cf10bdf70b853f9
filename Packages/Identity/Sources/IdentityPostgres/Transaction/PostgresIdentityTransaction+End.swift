internal import AuditPostgres
public import Core
public import Identity
internal import JobsPostgres
internal import Postgres

extension PostgresIdentityTransaction {
    /// Orgs by the view of memberships.
    public func deletionFacts(of user: User.ID, at now: Instant) async throws -> AccountDeletionFacts {
        let orgs = try await postgres.query(
            """
            SELECT m.org_id, m.org_name, o.people, m.role = 'owner' AND o.owners = 1 AS is_sole_owner
            FROM identity.org_membership m
            CROSS JOIN LATERAL (
                SELECT count(*) AS people, count(*) FILTER (WHERE v.role = 'owner') AS owners
                FROM identity.org_membership v WHERE v.org_id = m.org_id
            ) AS o
            WHERE m.user_id = \(user) AND m.org_state <> 'deleted'
            ORDER BY m.joined_at, m.org_id
            """
        ).map { row in
            (
                choice: OrgChoice(id: try row.decode("org_id"), name: try row.decode("org_name")),
                people: try row.decode("people", as: Int64.self), isSoleOwner: try row.decode("is_sole_owner", as: Bool.self)
            )
        }
        let lone = orgs.filter { $0.people == 1 }.map(\.choice)
        let owned = orgs.filter { $0.people > 1 && $0.isSoleOwner }.map {
            AccountDeletionBlocker(kind: .soleOwner, org: $0.choice.id, reference: $0.choice.id.description, label: $0.choice.name)
        }
        let account = try await postgres.query(
            """
            SELECT purge_at, status,
                (SELECT count(*) FROM identity.session s WHERE s.user_id = a.id AND s.revoked_at IS NULL AND s.absolute_expires_at > \(now))
                + (SELECT count(*) FROM identity.api_key k WHERE k.user_id = a.id AND k.revoked_at IS NULL
                    AND (k.expires_at IS NULL OR k.expires_at > \(now))) AS credentials
            FROM identity.account a WHERE id = \(user)
            """)
        let isDeleting = try account.first?.decode("status", as: String.self) == User.Status.deleting.rawValue
        return AccountDeletionFacts(
            purgeAt: isDeleting ? try account.first?.decode("purge_at", as: Instant?.self) : nil, loneOrgs: lone,
            blockers: owned,
            credentials: Int(try account.first?.decode("credentials", as: Int64.self) ?? 0))
    }

    /// Sets status and times together.
    public func setDeletion(of user: User.ID, purgeAt: Instant?, at now: Instant) async throws {
        let status = purgeAt == nil ? User.Status.active : .deleting
        try await postgres.execute(
            """
            UPDATE identity.account SET status = \(status.rawValue), purge_at = \(purgeAt), updated_at = \(now),
                deletion_requested_at = CASE WHEN \(purgeAt)::timestamptz IS NULL THEN NULL ELSE \(now) END
            WHERE id = \(user)
            """)
    }

    /// An address below `invalid`, which no mail reaches (RFC 2606 §2).
    public func freeAddress(of user: User.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE identity.account SET email = \(EmailAddress.placeholder(for: user).description), email_verified_at = NULL,
                updated_at = \(now)
            WHERE id = \(user)
            """)
    }

    /// Reads and locks.
    public func lockUntoldNeverVerified(createdUntil limit: Instant, after: User.ID?, count: Int) async throws -> [User] {
        try await postgres.query(
            """
            SELECT \(fragment: User.columns) FROM identity.account
            WHERE NOT was_verified AND status = 'active' AND created_at <= \(limit) AND removal_notice_at IS NULL
                AND (\(after)::uuid IS NULL OR id > \(after))
            ORDER BY id LIMIT \(Int64(count)) FOR NO KEY UPDATE SKIP LOCKED
            """
        ).map(User.init(row:))
    }

    /// Writes the time.
    public func noteRemovalNotice(of user: User.ID, at now: Instant) async throws {
        _ = try await postgres.execute("UPDATE identity.account SET removal_notice_at = \(now) WHERE id = \(user)")
    }

    /// Reads and locks.
    public func lockNeverVerified(
        createdUntil limit: Instant, toldUntil told: Instant, after: User.ID?, count: Int
    ) async throws -> [User] {
        try await postgres.query(
            """
            SELECT \(fragment: User.columns) FROM identity.account
            WHERE NOT was_verified AND status = 'active' AND created_at <= \(limit) AND removal_notice_at <= \(told)
                AND (\(after)::uuid IS NULL OR id > \(after))
            ORDER BY id LIMIT \(Int64(count)) FOR NO KEY UPDATE SKIP LOCKED
            """
        ).map(User.init(row:))
    }

    /// By the view of memberships.
    public func hasFellowMembers(_ user: User.ID) async throws -> Bool {
        try await !postgres.query(
            """
            SELECT FROM identity.org_membership m JOIN identity.org_membership v ON v.org_id = m.org_id AND v.user_id <> m.user_id
            WHERE m.user_id = \(user) AND m.org_state <> 'deleted' LIMIT 1
            """
        ).isEmpty
    }

    /// Removes a person by one function of the database.
    public func purge(_ user: User.ID, at now: Instant) async throws -> (sessions: Int, keys: Int)? {
        let due = try await postgres.query(
            "SELECT FROM identity.account WHERE id = \(user) AND status = 'deleting' AND purge_at <= \(now) FOR NO KEY UPDATE")
        guard !due.isEmpty, let row = try await postgres.query("SELECT * FROM identity.purge_account(\(user), \(now))").first else {
            return nil
        }
        return (Int(try row.decode("sessions", as: Int32.self)), Int(try row.decode("keys", as: Int32.self)))
    }

    /// Takes a person out of events that have been handed on.
    public func eraseTraces(of user: User.ID) async throws -> Int {
        let rows = try await postgres.query("SELECT identity.erase_traces(\(user), \(user.description)) AS erased")
        return Int(try rows.first?.decode("erased", as: Int32.self) ?? 0)
    }

    /// Removes a batch of what nobody needs any more.
    public func cleanUp(at now: Instant, limit: Int) async throws -> Int {
        guard let row = try await postgres.query("SELECT * FROM identity.clean_up(\(now), \(Int32(limit)))").first else { return 0 }
        let ceremonies = try await postgres.query("SELECT identity.clean_up_ceremonies(\(now), \(Int32(limit))) AS removed")
        let removed = Int(try ceremonies.first?.decode("removed", as: Int32.self) ?? 0)
        return try ["links", "exports", "sessions"].reduce(removed) { $0 + Int(try row.decode($1, as: Int32.self)) }
    }

    /// When copies were made.
    public func exportTimes(of user: User.ID, since: Instant) async throws -> [Instant] {
        try await postgres.query(
            "SELECT created_at FROM identity.personal_export WHERE user_id = \(user) AND created_at > \(since) ORDER BY created_at DESC"
        ).map { try $0.decode("created_at") }
    }

    /// Stores a copy.
    public func insert(_ export: PersonalExport) async throws {
        try await postgres.execute(
            """
            INSERT INTO identity.personal_export (id, user_id, document, created_at, expires_at)
            VALUES (\(export.id), \(export.user), \(export.document), \(export.createdAt), \(export.expiresAt))
            """)
    }

    /// Entries about the person's account, from the log.
    public func securityEvents(of user: User.ID, since: Instant, limit: Int) async throws -> [SecurityEvent] {
        try await postgres.query(
            """
            SELECT e.type, e.occurred_at, e.summary, e.ref_network_client FROM audit.entry e JOIN audit.event_type t ON t.name = e.type
            WHERE e.ref_user = \(user) AND t.class IN ('identity', 'security') AND e.occurred_at > \(since)
            ORDER BY e.occurred_at DESC, e.id DESC LIMIT \(Int64(limit))
            """
        ).map { row in
            SecurityEvent(
                type: try row.decode("type"), at: try row.decode("occurred_at"), summary: try row.decode("summary"),
                network: try row.decode("ref_network_client"))
        }
    }
}
