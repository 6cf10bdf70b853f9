internal import Audit
internal import AuditPostgres
public import Core
internal import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// Stores a new transfer.
    public func insert(_ transfer: OwnershipTransfer, because reason: String?) async throws {
        do {
            try await postgres.execute(
                """
                INSERT INTO orgs.ownership_transfer (id, org_id, from_user_id, to_user_id, keep_role, state, origin, reason, acceptable_at,
                    expires_at, created_at)
                VALUES (\(transfer.id), \(transfer.org), \(transfer.from), \(transfer.to), \(transfer.keepRole.rawValue),
                    \(transfer.state.rawValue), \(transfer.origin.rawValue), \(reason), \(transfer.acceptableAt), \(transfer.expiresAt),
                    \(transfer.createdAt))
                """)
        } catch let error as PostgresError where error.violates("ownership_transfer_pending") {
            throw OrgsError.transferPending
        }
    }

    /// A transfer of an org, locked.
    public func lockedTransfer(_ id: OwnershipTransfer.ID, of org: Org.ID) async throws -> OwnershipTransfer? {
        try await postgres.query(
            "SELECT * FROM orgs.ownership_transfer WHERE id = \(id) AND org_id = \(org) FOR NO KEY UPDATE"
        ).first.map(OwnershipTransfer.init(row:))
    }

    /// The pending transfer of an org, locked.
    public func lockedPendingTransfer(of org: Org.ID) async throws -> OwnershipTransfer? {
        try await postgres.query(
            "SELECT * FROM orgs.ownership_transfer WHERE org_id = \(org) AND state = 'pending' FOR NO KEY UPDATE"
        ).first.map(OwnershipTransfer.init(row:))
    }

    /// Ends a pending transfer by one conditional update.
    public func close(_ transfer: OwnershipTransfer.ID, as state: OwnershipTransfer.State, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            UPDATE orgs.ownership_transfer SET state = \(state.rawValue), closed_at = \(now)
            WHERE id = \(transfer) AND state = 'pending'
            """) == 1
    }

    /// Pending transfers whose time is over.
    public func lockedExpiredTransfers(at now: Instant, limit: Int) async throws -> [OwnershipTransfer] {
        try await postgres.query(
            """
            SELECT * FROM orgs.ownership_transfer WHERE state = 'pending' AND expires_at <= \(now)
            ORDER BY expires_at LIMIT \(Int64(limit)) FOR NO KEY UPDATE SKIP LOCKED
            """
        ).map(OwnershipTransfer.init(row:))
    }

    /// Each rule but none is one for owners.
    public func requiresSecondFactorOfOwners(_ org: Org.ID) async throws -> Bool {
        try await !postgres.query("SELECT FROM orgs.org WHERE id = \(org) AND mfa_rule <> 'off'").isEmpty
    }
}

extension PostgresOrgStoring {
    /// The transfers of an org.
    public func transfers(of org: Org.ID) async throws -> [OwnershipTransfer] {
        try await client.query(
            "SELECT * FROM orgs.ownership_transfer WHERE org_id = \(org) ORDER BY created_at DESC, id DESC LIMIT 100", scope: .org(org.uuid)
        ).map(OwnershipTransfer.init(row:))
    }
}

extension OwnershipTransfer {
    init(row: Row) throws {
        guard let role = OrgRole(rawValue: try row.decode("keep_role")) else { throw row["keep_role"].failure("is no role") }
        guard let state = State(rawValue: try row.decode("state")) else { throw row["state"].failure("is no state") }
        guard let origin = Origin(rawValue: try row.decode("origin")) else { throw row["origin"].failure("is no origin") }
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), from: try row.decode("from_user_id"), to: try row.decode("to_user_id"),
            keepRole: role, state: state, origin: origin, acceptableAt: try row.decode("acceptable_at"),
            expiresAt: try row.decode("expires_at"), createdAt: try row.decode("created_at"), closedAt: try row.decode("closed_at"))
    }
}
