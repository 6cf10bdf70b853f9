public import Audit
internal import AuditPostgres
public import Core
public import Identity
internal import Postgres

/// Blocks of networks, for the people who run the product (ID-050).
public struct PostgresNetworkBlocks<Store: PostgresIdentityStoring>: NetworkBlockControl {
    private let store: Store

    /// Makes the control on a store.
    public init(store: Store) {
        self.store = store
    }

    /// One statement.
    public func blocks() async throws -> [NetworkBlock] {
        let now = store.dateSource.now
        return try await store.client.query(
            """
            SELECT n.network, n.blocked_until, n.blocked_because, c.failures
            FROM identity.guess_network n, LATERAL identity.guess_counts_of_network(n.network, \(now)) c
            WHERE n.blocked_until > \(now) ORDER BY n.blocked_until DESC, n.network LIMIT 1000
            """, scope: .system
        ).map { row in
            NetworkBlock(
                network: try row.decode("network"), until: try row.decode("blocked_until"), cause: try row.decode("blocked_because"),
                failures: Int(try row.decode("failures", as: Int32.self)))
        }
    }

    /// Its failures are forgotten: whoever lifts a block has judged them.
    public func lift(_ network: NetworkClient, because reason: String, by actor: AuditActor) async throws -> Bool {
        let now = store.dateSource.now
        return try await store.withTransaction(.system) { transaction in
            let lifted = try await transaction.postgres.execute(
                """
                UPDATE identity.guess_network SET blocked_until = NULL, blocked_because = NULL
                WHERE network = \(network.auditKey) AND blocked_until > \(now)
                """)
            guard lifted > 0 else { return false }
            try await transaction.postgres.execute(
                "DELETE FROM identity.guess_attempt WHERE network = \(network.auditKey) AND ended_at IS NOT NULL")
            try await transaction.record(IdentityAudit.NetworkClientUnblocked(client: network, reason: reason), by: actor)
            return true
        }
    }

    /// A later end replaces an earlier one.
    public func block(_ network: NetworkClient, until end: Instant, because reason: String, by actor: AuditActor) async throws {
        try await store.withTransaction(.system) { transaction in
            try await transaction.postgres.execute(
                """
                INSERT INTO identity.guess_network AS n (network, blocked_until, blocked_because)
                VALUES (\(network.auditKey), \(end), 'operator')
                ON CONFLICT (network) DO UPDATE SET blocked_until = greatest(n.blocked_until, excluded.blocked_until),
                    blocked_because = 'operator'
                """)
            _ = try await transaction.record(
                IdentityAudit.NetworkClientBlocked(client: network, until: end, failures: 0, reason: reason), by: actor)
        }
    }
}
