internal import AuditPostgres
public import Core
public import Identity
internal import Postgres

extension PostgresIdentityTransaction {
    /// Stores a new reset.
    public func insert(_ reset: SecondFactorReset, stopDigest: SecretDigest) async throws {
        try await postgres.execute(
            """
            INSERT INTO identity.second_factor_reset (id, user_id, stop_hash, requested_by, requested_at)
            VALUES (\(reset.id), \(reset.user), \(stopDigest.bytes), \(reset.requestedBy), \(reset.requestedAt))
            """)
    }

    /// A reset, locked.
    public func lockedReset(_ id: SecondFactorReset.ID) async throws -> SecondFactorReset? {
        try await postgres.query("SELECT * FROM identity.second_factor_reset WHERE id = \(id) FOR UPDATE").first.map(
            SecondFactorReset.init(row:))
    }

    /// Whose a reset is.
    public func owner(of id: SecondFactorReset.ID) async throws -> User.ID? {
        try await postgres.query("SELECT user_id FROM identity.second_factor_reset WHERE id = \(id)").first?.decode("user_id")
    }

    /// The reset of a stop link.
    public func reset(stoppedBy digest: SecretDigest) async throws -> SecondFactorReset? {
        try await postgres.query("SELECT * FROM identity.second_factor_reset WHERE stop_hash = \(digest.bytes)").first.map(
            SecondFactorReset.init(row:))
    }

    /// The resets of a person.
    public func resets(of user: User.ID) async throws -> [SecondFactorReset] {
        try await postgres.query(
            "SELECT * FROM identity.second_factor_reset WHERE user_id = \(user) ORDER BY requested_at DESC, id DESC LIMIT 100"
        ).map(SecondFactorReset.init(row:))
    }

    /// Stores where a reset stands.
    public func save(_ reset: SecondFactorReset) async throws {
        try await postgres.execute(
            """
            UPDATE identity.second_factor_reset SET approved_by = \(reset.approvedBy), due_at = \(reset.dueAt),
                stopped_at = \(reset.stoppedAt), completed_at = \(reset.completedAt)
            WHERE id = \(reset.id)
            """)
    }
}

extension SecondFactorReset {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.decode("id"), user: try row.decode("user_id"), requestedBy: try row.decode("requested_by"),
            approvedBy: try row.decode("approved_by"), requestedAt: try row.decode("requested_at"), dueAt: try row.decode("due_at"),
            stoppedAt: try row.decode("stopped_at"), completedAt: try row.decode("completed_at"))
    }
}
