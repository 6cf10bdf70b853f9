internal import Audit
public import Core
public import Identity
public import JobsPostgres
public import Postgres

/// Accounts in PostgreSQL; adopt it to have one store for several packages.
public protocol PostgresIdentityStoring: IdentityStore where Transaction: PostgresIdentityTransaction {
    /// The client.
    var client: PostgresClient { get }
    /// The business time.
    var dateSource: any DateSource { get }
    /// Tells workers of what was enqueued, after each commit; `nil` where they find out by looking.
    var notifier: JobNotifier? { get }

    /// Wraps a transaction.
    func makeTransaction(_ postgres: PostgresTransaction, wakeUps: JobWakeUps) -> Transaction
}

extension PostgresIdentityStoring {
    /// Commits what a closure did, or undoes all of it; then tells workers.
    public func withTransaction<Result: Sendable>(
        _ scope: AccessScope?, _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        let wakeUps = JobWakeUps()
        let result = try await client.withTransaction(scope: scope.transactionScope) { postgres in
            try await body(makeTransaction(postgres, wakeUps: wakeUps))
        }
        notifier?.notify(wakeUps)
        return result
    }

    /// One statement, one round trip.
    public func authenticate(
        _ lookup: CredentialLookup, actingFor org: OrgReference?, from client: ClientContext, touches: Bool, at now: Instant
    ) async throws -> AuthenticationRow? {
        let session: Session.ID?
        let generation: Int32?
        let digest: [UInt8]?
        switch lookup {
        case .session(let id, let number): (session, generation, digest) = (id, Int32(clamping: number), nil)
        case .apiKey(let key): (session, generation, digest) = (nil, nil, key.bytes)
        }
        // It skips rows that are locked, so that nobody waits long behind it.
        let rows = try await self.client.queryBriefly(
            """
            SELECT * FROM identity.authenticate(
                \(session), \(generation), \(digest), \(org), \(client.network.auditKey), \(touches), \(now))
            """)
        guard let row = rows.first else { return nil }
        let user = try User(row: row)
        return AuthenticationRow(
            user: user, session: row["s_id"].isNull ? nil : try Session(row: row, prefix: "s_", user: user.id),
            key: row["k_id"].isNull ? nil : try APIKey(row: row, prefix: "k_", user: user.id),
            orgScope: try OrgScope(row: row, prefix: "m_", user: user.id), memberships: Int(try row.decode("memberships", as: Int32.self)),
            isNetworkAllowed: try row.decode("is_network_allowed"), isIdleCasePending: try row.decode("is_idle_case_pending"),
            isTouched: try row.decode("is_touched"), mayHaveNotices: try row.decode("has_notices"),
            standing: try SecondFactorStanding(row: row, prefix: "m_"))
    }

    /// One statement, with the end of the wait for a lock inside of it.
    public func recordPendingActivity(_ activity: PendingActivity) async throws {
        _ = try await client.query(
            """
            SELECT identity.record_pending_activity(
                \(activity.user), \(activity.session), \(activity.generation.map(Int32.init(clamping:))), \(activity.key), \(activity.at))
            """)
    }

    /// One statement; where nothing is pending it is the one probe that authenticating makes.
    public func reverseCases(of user: User.ID, usedAt at: Instant) async throws {
        _ = try await client.query(
            """
            SELECT identity.record_pending_activity(\(user), NULL::uuid, NULL::integer, NULL::uuid, \(at))
            WHERE identity.has_pending_idle_case(\(user))
            """, scope: .system)
    }

    /// The account of an address and its password.
    public func signInRecord(for address: EmailAddress) async throws -> SignInRecord? {
        try await client.query(
            """
            SELECT \(fragment: User.columns), password_hash FROM identity.account WHERE email = \(address.description) AND status <> 'purged'
            """, scope: .system
        ).first.map(SignInRecord.init(row:))
    }

    /// The account of an id and its password.
    public func signInRecord(of user: User.ID) async throws -> SignInRecord? {
        try await client.query(
            "SELECT \(fragment: User.columns), password_hash FROM identity.account WHERE id = \(user) AND status <> 'purged'",
            scope: .user(user.uuid)
        ).first.map(SignInRecord.init(row:))
    }

    /// An account.
    public func profile(of user: User.ID) async throws -> User? {
        try await client.query(
            "SELECT \(fragment: User.columns) FROM identity.account WHERE id = \(user) AND status <> 'purged'", scope: .user(user.uuid)
        ).first.map(User.init(row:))
    }

    /// The keys of a person.
    public func keys(of user: User.ID, includingInactive: Bool, at now: Instant) async throws -> [APIKey] {
        try await client.query(
            """
            SELECT \(fragment: APIKey.columns) FROM identity.api_key
            WHERE user_id = \(user) AND (\(includingInactive) OR (revoked_at IS NULL AND (expires_at IS NULL OR expires_at > \(now))))
            ORDER BY created_at DESC, id DESC
            """, scope: .user(user.uuid)
        ).map { try APIKey(row: $0) }
    }

    /// The sessions of a person.
    public func sessions(of user: User.ID, includingEnded: Bool, at now: Instant) async throws -> [Session] {
        try await client.query(
            """
            SELECT s.* FROM identity.session s JOIN identity.account a ON a.id = s.user_id
            WHERE s.user_id = \(user) AND CASE WHEN \(includingEnded) THEN s.created_at > \(now - .days(90)) ELSE
                s.revoked_at IS NULL AND s.epoch = a.session_epoch AND s.absolute_expires_at > \(now)
                AND s.token_expires_at > \(now - .seconds(300)) END
            ORDER BY s.created_at DESC, s.id DESC
            """, scope: .user(user.uuid)
        ).map { try Session(row: $0) }
    }

    /// The orgs of a person.
    public func orgChoices(of user: User.ID) async throws -> [OrgChoice] {
        try await client.query(
            """
            SELECT org_id, org_name FROM identity.org_membership WHERE user_id = \(user) AND org_state <> 'deleted'
            ORDER BY joined_at, org_id
            """, scope: .system
        ).map { OrgChoice(id: try $0.decode("org_id"), name: try $0.decode("org_name")) }
    }

    /// One statement, by the view of memberships.
    public func standings(of user: User.ID) async throws -> [OrgReference: SecondFactorStanding] {
        let rows = try await client.query(
            """
            SELECT m.org_id, \(fragment: SecondFactorStanding.columns) FROM identity.org_membership m
            WHERE m.user_id = \(user) AND m.org_state <> 'deleted'
            """, scope: .system)
        return Dictionary(
            try rows.compactMap { row in try SecondFactorStanding(row: row).map { (try row.decode("org_id", as: OrgReference.self), $0) } }
        ) { first, _ in first }
    }

    /// An open link.
    public func link(_ kind: LinkToken.Kind, digest: SecretDigest, at now: Instant) async throws -> LinkToken? {
        try await client.query(
            """
            SELECT * FROM identity.link_token WHERE token_hash = \(digest.bytes) AND kind = \(kind.rawValue)
                AND consumed_at IS NULL AND superseded_at IS NULL AND expires_at > \(now)
            """, scope: .system
        ).first.map(LinkToken.init(row:))
    }

    /// A copy of a person's data.
    public func export(_ id: PersonalExport.ID, of user: User.ID, at now: Instant) async throws -> PersonalExport? {
        try await client.query(
            "SELECT * FROM identity.personal_export WHERE id = \(id) AND user_id = \(user) AND expires_at > \(now)", scope: .user(user.uuid)
        ).first.map { row in
            PersonalExport(
                id: try row.decode("id"), user: try row.decode("user_id"), document: try row.decode("document"),
                createdAt: try row.decode("created_at"), expiresAt: try row.decode("expires_at"))
        }
    }

    /// What the view of notices says.
    public func pendingNotices(of user: User.ID) async throws -> [PendingNotice] {
        try await client.query(
            """
            SELECT * FROM identity.pending_notice WHERE user_id = \(user) AND (expires_at IS NULL OR expires_at >= \(dateSource.now))
            ORDER BY array_position('{critical,warning,info}'::text[], severity), created_at DESC, notice_id LIMIT 50
            """, scope: .system
        ).map { row in
            PendingNotice(
                id: try row.decode("notice_id"), kind: try row.decode("kind"), severity: try row.decode("severity"),
                org: try row.decode("org_id"), subscription: try row.decode("subscription_id"), resource: try row.decode("resource"),
                via: try row.decode("via"), renewsAt: try row.decode("renews_at"), createdAt: try row.decode("created_at"),
                isKeptBanner: try row.decode("is_kept_banner", as: Bool?.self) ?? false)
        }
    }

    /// Two counts by indexes.
    public func census(at now: Instant) async throws -> IdentityCensus {
        let rows = try await client.query(
            """
            SELECT (SELECT count(*) FROM identity.session s JOIN identity.account a ON a.id = s.user_id
                    WHERE s.absolute_expires_at > \(now) AND s.revoked_at IS NULL AND s.epoch = a.session_epoch
                        AND s.token_expires_at > \(now - .minutes(5))) AS sessions,
                (SELECT count(*) FROM identity.guess_network WHERE blocked_until > \(now)) AS networks
            """, scope: .system)
        return IdentityCensus(
            liveSessions: Int(try rows.first?.decode("sessions", as: Int64.self) ?? 0),
            blockedNetworks: Int(try rows.first?.decode("networks", as: Int64.self) ?? 0))
    }

    /// The greatest over live and ended sessions, keys and the floor.
    public func lastActivity(of user: User.ID) async throws -> Instant? {
        try await client.query("SELECT used_at FROM identity.last_use(\(user))", scope: .system).first?.decode("used_at")
    }
}

extension SignInRecord {
    fileprivate init(row: Row) throws {
        self.init(user: try User(row: row), password: try row.decode("password_hash", as: String?.self).map(StoredPassword.init(phc:)))
    }
}

extension AccessScope? {
    /// What row-level security is told.
    public var transactionScope: TransactionScope {
        switch self {
        case .system: .system
        case .org(let org): .org(org.uuid)
        case .user(let user): .user(user.uuid)
        case nil: .none
        }
    }
}
