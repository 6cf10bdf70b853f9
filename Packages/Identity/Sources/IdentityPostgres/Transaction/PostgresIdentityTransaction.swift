public import AuditPostgres
public import Core
public import Identity
public import JobsPostgres
internal import Postgres

/// Accounts and credentials by SQL on a transaction; adopt it to change them together with what belongs to a higher package.
public protocol PostgresIdentityTransaction: IdentityTransaction, PostgresJobTransaction, PostgresAuditTransaction {}

extension PostgresIdentityTransaction {
    /// An account as it is.
    public func user(_ id: User.ID) async throws -> User? {
        try await postgres.query(
            "SELECT \(fragment: User.columns) FROM identity.account WHERE id = \(id) AND status <> 'purged'"
        ).first.map(User.init(row:))
    }

    /// Accounts.
    public func users(_ ids: [User.ID]) async throws -> [User] {
        try await postgres.query(
            "SELECT \(fragment: User.columns) FROM identity.account WHERE id = ANY(\(ids)) AND status <> 'purged'"
        ).map(User.init(row:))
    }

    /// An account, locked.
    public func lockedUser(_ id: User.ID) async throws -> User? {
        // Rows that refer to it can still be inserted (manual 13.3.2).
        try await postgres.query(
            "SELECT \(fragment: User.columns) FROM identity.account WHERE id = \(id) AND status <> 'purged' FOR NO KEY UPDATE"
        ).first.map(User.init(row:))
    }

    /// The account of an address.
    public func user(with address: EmailAddress) async throws -> User? {
        try await postgres.query(
            "SELECT \(fragment: User.columns) FROM identity.account WHERE email = \(address.description) AND status <> 'purged'"
        ).first.map(User.init(row:))
    }

    /// Stores a new account.
    public func insert(_ user: User, password: StoredPassword?) async throws {
        try await refusingTakenAddress {
            try await postgres.execute(
                """
                INSERT INTO identity.account (id, email, name, password_hash, email_verified_at, status, session_epoch, key_epoch,
                    default_org_id, created_at, updated_at)
                VALUES (\(user.id), \(user.email.description), \(user.name.description), \(password?.phc), \(user.emailVerifiedAt),
                    \(user.status.rawValue), \(Int32(user.sessionEpoch)), \(Int32(user.keyEpoch)), \(user.defaultOrg), \(user.createdAt),
                    \(user.updatedAt))
                """)
        }
    }

    /// Stores what changed about an account.
    public func save(_ user: User) async throws {
        try await refusingTakenAddress {
            try await postgres.execute(
                """
                UPDATE identity.account SET email = \(user.email.description), name = \(user.name.description),
                    email_verified_at = \(user.emailVerifiedAt), status = \(user.status.rawValue), session_epoch = \(Int32(user.sessionEpoch)),
                    key_epoch = \(Int32(user.keyEpoch)), default_org_id = \(user.defaultOrg), updated_at = \(user.updatedAt)
                WHERE id = \(user.id)
                """)
        }
    }

    /// Replaces a password by an update conditional on the old one.
    public func replacePassword(of user: User.ID, from old: StoredPassword, to new: StoredPassword, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            "UPDATE identity.account SET password_hash = \(new.phc), updated_at = \(now) WHERE id = \(user) AND password_hash = \(old.phc)"
        ) == 1
    }

    /// Sets a password.
    public func setPassword(_ password: StoredPassword, of user: User.ID, at now: Instant) async throws {
        try await postgres.execute("UPDATE identity.account SET password_hash = \(password.phc), updated_at = \(now) WHERE id = \(user)")
    }

    /// The live membership of a person in an org.
    public func scope(of user: User.ID, in org: OrgReference) async throws -> OrgScope? {
        try await postgres.query(
            """
            SELECT m.*, \(fragment: SecondFactorStanding.isAlone) AS is_alone FROM identity.org_membership m
            WHERE m.user_id = \(user) AND m.org_id = \(org)
            """
        ).first.flatMap { try OrgScope(row: $0, user: user) }
    }

    /// The live memberships of a person in orgs that are not deleted.
    public func scopes(of user: User.ID, limit: Int) async throws -> [OrgScope] {
        try await postgres.query(
            """
            SELECT m.*, \(fragment: SecondFactorStanding.isAlone) AS is_alone FROM identity.org_membership m
            WHERE m.user_id = \(user) AND m.org_state <> 'deleted'
            ORDER BY m.joined_at, m.org_id LIMIT \(Int64(limit))
            """
        ).compactMap { try OrgScope(row: $0, user: user) }
    }

    private func refusingTakenAddress(_ body: () async throws -> Int) async throws {
        do {
            _ = try await body()
        } catch let error as PostgresError where error.violates("account_email") {
            throw IdentityError.emailTaken
        }
    }
}
