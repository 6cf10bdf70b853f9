internal import Audit
internal import AuditPostgres
public import Core
internal import Identity
internal import IdentityPostgres
internal import JobsPostgres
public import Orgs
internal import Postgres

extension PostgresOrgTransaction {
    /// Takes a place under the lock of the org's limits; triggers count.
    public func reserveGraphSlot(
        for holder: GraphSlot.Holder, in org: Org.ID, until expiry: Instant?, at now: Instant
    ) async throws -> GraphSlot {
        guard
            let row = try await postgres.query("SELECT * FROM orgs.org_limits WHERE org_id = \(org) FOR NO KEY UPDATE").first
        else { throw OrgsError.notFound }
        if let slot = try await graphSlot(of: holder), slot.isHeld || slot.expiresAt.map({ now < $0 }) ?? true { return slot }
        let ended = try await postgres.execute(
            "DELETE FROM orgs.graph_slot WHERE org_id = \(org) AND graph_id IS NULL AND expires_at <= \(now)")
        let limits = try OrgLimits(row: row)
        if let limit = limits.maxGraphs.number, limits.graphsHeld + limits.graphsReserved - ended >= limit {
            throw OrgsError.graphLimitReached(limit)
        }
        let slot = GraphSlot(id: .make(at: now), org: org, holder: holder, graph: nil, expiresAt: expiry)
        try await postgres.execute(
            """
            INSERT INTO orgs.graph_slot (id, org_id, holder, expires_at, created_at)
            VALUES (\(slot.id), \(org), \(holder.description), \(expiry), \(now))
            """)
        return slot
    }

    /// The place of a holder.
    public func graphSlot(of holder: GraphSlot.Holder) async throws -> GraphSlot? {
        try await postgres.query("SELECT * FROM orgs.graph_slot WHERE holder = \(holder.description)").first.map(GraphSlot.init(row:))
    }

    /// Turns a reserved place into a held one.
    public func holdGraphSlot(_ slot: GraphSlot.ID, for graph: String) async throws {
        try await postgres.execute(
            """
            UPDATE orgs.graph_slot SET graph_id = \(graph), expires_at = NULL WHERE id = \(slot) AND graph_id IS DISTINCT FROM \(graph)
            """)
    }

    /// Gives a place back.
    public func releaseGraphSlot(_ slot: GraphSlot.ID) async throws {
        try await postgres.execute("DELETE FROM orgs.graph_slot WHERE id = \(slot)")
    }

    /// Gives the place back that a graph has.
    public func releaseGraphSlot(ofGraph graph: String) async throws {
        try await postgres.execute("DELETE FROM orgs.graph_slot WHERE graph_id = \(graph)")
    }
}
