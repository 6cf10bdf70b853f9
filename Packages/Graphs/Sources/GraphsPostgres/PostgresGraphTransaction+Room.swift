public import Billing
public import Core
public import Graphs
internal import Identity
internal import Operations
public import Orgs
internal import Postgres

extension PostgresGraphTransaction {
    /// Claims a slot with a skip-locked row, so that no host ever holds more than its slots (GRA-098).
    ///
    /// A slot held by this subscription is kept and its hold prolonged; one whose hold has lapsed counts as free.
    public func holdSlot(
        of tier: TierName, for subscription: Subscription.ID, org: Org.ID, until: Instant, now: Instant
    ) async throws -> HostSlot? {
        let held = try await postgres.query(
            """
            UPDATE graphs.host_slot s SET reserved_until = greatest(s.reserved_until, \(until)) FROM graphs.graph_host h
            WHERE s.subscription_id = \(subscription) AND h.id = s.host_id
            RETURNING s.host_id, h.name AS host_name, s.number
            """)
        if let row = held.first { return try GraphRow.slot(row) }
        return try await postgres.query(
            """
            \(fragment: PostgresHostLoad.pick(of: tier, besides: nil, now: now))
            UPDATE graphs.host_slot s SET state = 'reserved', org_id = \(org), subscription_id = \(subscription), reserved_until = \(until)
            FROM pick, graphs.graph_host h WHERE s.host_id = pick.host_id AND s.number = pick.number AND h.id = s.host_id
            RETURNING s.host_id, h.name AS host_name, s.number
            """
        ).first.map(GraphRow.slot)
    }

    /// Claims another slot as ``holdSlot(of:for:org:until:now:)`` does, and frees the one that the graph had; both or neither.
    public func exchangeSlot(
        of graph: GraphID, tier: TierName, org: Org.ID, for subscription: Subscription.ID, leaving hosts: Set<String>, now: Instant
    ) async throws -> HostSlot? {
        let left = hosts.sorted()
        let found = try await postgres.query(
            """
            WITH load AS (
                SELECT h.id, h.name, count(*) FILTER (WHERE s.state <> 'free')::float8 / h.slots AS share,
                    coalesce(\(fragment: PostgresHostLoad.bytes)::float8 / h.storage_budget_bytes, 0) AS stored
                FROM graphs.graph_host h JOIN graphs.host_slot s ON s.host_id = h.id
                WHERE h.state = 'ready' AND \(tier.rawValue) = ANY(h.tiers) AND h.name <> ALL(\(left)) GROUP BY h.id, h.name, h.slots
            )
            SELECT s.host_id, load.name AS host_name, s.number FROM graphs.host_slot s JOIN load ON load.id = s.host_id
            WHERE load.stored < 1 AND (s.state = 'free'
                OR (s.state = 'reserved' AND s.graph_id IS NULL AND s.reserved_until <= \(now)))
            ORDER BY load.share, load.stored, s.host_id, s.number LIMIT 1 FOR UPDATE OF s SKIP LOCKED
            """
        ).first.map(GraphRow.slot)
        guard let found else { return nil }
        try await freeSlot(of: graph, or: subscription)
        try await postgres.execute(
            """
            UPDATE graphs.host_slot SET state = 'reserved', org_id = \(org), subscription_id = \(subscription),
                graph_id = \(graph.description), reserved_until = NULL
            WHERE host_id = \(found.host) AND number = \(found.number)
            """)
        return found
    }

    /// Makes the hold of a sale the graph's own; from then on it does not lapse.
    public func giveSlot(of subscription: Subscription.ID, to graph: GraphID) async throws -> HostSlot? {
        try await postgres.query(
            """
            UPDATE graphs.host_slot s SET graph_id = \(graph.description), reserved_until = NULL FROM graphs.graph_host h
            WHERE s.subscription_id = \(subscription) AND h.id = s.host_id
            RETURNING s.host_id, h.name AS host_name, s.number
            """
        ).first.map(GraphRow.slot)
    }

    /// Reads the slot of a graph; a subgraph is where its parent is.
    public func slot(of graph: GraphID) async throws -> HostSlot? {
        try await postgres.query(
            """
            SELECT s.host_id, h.name AS host_name, s.number FROM graphs.host_slot s JOIN graphs.graph_host h ON h.id = s.host_id
            WHERE s.graph_id = \(graph.topLevel.description)
            """
        ).first.map(GraphRow.slot)
    }

    /// Notes who pays for the slot of a graph now.
    public func passSlot(of graph: GraphID, to subscription: Subscription.ID) async throws {
        try await postgres.execute(
            "UPDATE graphs.host_slot SET subscription_id = \(subscription) WHERE graph_id = \(graph.description)")
    }

    /// Marks the slot of a graph as occupied.
    public func occupySlot(of graph: GraphID) async throws {
        try await postgres.execute("UPDATE graphs.host_slot SET state = 'occupied' WHERE graph_id = \(graph.description)")
    }

    /// Frees slots.
    public func freeSlot(of graph: GraphID?, or subscription: Subscription.ID?) async throws {
        try await postgres.execute(
            """
            UPDATE graphs.host_slot SET state = 'free', org_id = NULL, subscription_id = NULL, graph_id = NULL, reserved_until = NULL
            WHERE graph_id = \(graph?.description as String?) OR subscription_id = \(subscription as Subscription.ID?)
            """)
    }

    /// Frees what sales hold no longer. The conditions are looked at again with each row, so that a hold which is prolonged or used meanwhile
    /// stays.
    public func freeLapsedPlaces(at now: Instant, limit: Int) async throws -> Int {
        let sales = try await postgres.query(
            """
            SELECT b.id FROM billing.subscription b
            WHERE b.id IN (
                    SELECT s.subscription_id FROM graphs.host_slot s
                    WHERE s.state = 'reserved' AND s.graph_id IS NULL AND s.reserved_until <= \(now)
                    UNION
                    SELECT h.id FROM orgs.graph_slot p JOIN billing.subscription h ON h.org_id = p.org_id
                        AND p.holder = 'subscription:' || identity.id_text(\(Subscription.idPrefix), h.id)
                    WHERE p.graph_id IS NULL AND p.expires_at <= \(now))
                AND b.status <> 'provisioning'
                AND NOT EXISTS (SELECT FROM billing.checkout c
                    WHERE c.org_id = b.org_id AND c.subscription_id = b.id AND c.state IN ('opening', 'open', 'unknown'))
                AND NOT EXISTS (SELECT FROM operations.operation o
                    WHERE o.org_id = b.org_id AND o.ended_at IS NULL AND identity.id_text(\(Operation.idPrefix), o.id) = b.operation_id)
            ORDER BY b.id LIMIT \(Int64(limit))
            """
        ).map { try $0.decode("id", as: Subscription.ID.self) }
        guard !sales.isEmpty else { return 0 }
        let holders = sales.map { GraphSlot.Holder.subscription($0).description }
        _ = try await postgres.pipeline([
            """
            UPDATE graphs.host_slot SET state = 'free', org_id = NULL, subscription_id = NULL, reserved_until = NULL
            WHERE subscription_id = ANY(\(sales)) AND state = 'reserved' AND graph_id IS NULL AND reserved_until <= \(now)
            """,
            "DELETE FROM orgs.graph_slot WHERE holder = ANY(\(holders)) AND graph_id IS NULL AND expires_at <= \(now)",
        ])
        return sales.count
    }
}
