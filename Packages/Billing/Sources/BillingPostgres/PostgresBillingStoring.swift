public import Billing
public import Core
public import Identity
internal import Jobs
public import Orgs
public import Postgres

/// Billing in PostgreSQL; adopt it to have one store for several packages.
public protocol PostgresBillingStoring: BillingStore where Transaction: PostgresBillingTransaction {
    /// The client.
    var client: PostgresClient { get }
}

extension PostgresBillingStoring {
    /// Of two that start on a new database at the same moment the later waits, and takes what the first made active.
    @discardableResult
    public func establish(_ catalogue: Catalogue, at now: Instant) async throws -> (active: StoredCatalogue, isGiven: Bool) {
        try await withTransaction(.system) { transaction in
            try await transaction.requirePrices(of: catalogue)
            if let active = try await transaction.lockedActiveCatalogue() {
                return (active, try await transaction.version(of: catalogue) == active.version)
            }
            let active = try await transaction.activate(catalogue, by: "start", summary: .null, at: now)
            return (active, true)
        }
    }

    /// By one index probe.
    public func activeCatalogue() async throws -> StoredCatalogue? {
        try await client.query(StoredCatalogue.active, scope: .system).first.map(StoredCatalogue.init(row:))
    }

    /// Keeps verified events together with the jobs that process them.
    public func receive(_ deliveries: [ReceivedDelivery]) async throws -> Set<InboundEvent.ID> {
        // In one order everywhere: of two that keep the same events at once one waits for the other, and neither for both.
        let deliveries = deliveries.sorted { $0.event.providerEvent.rawValue < $1.event.providerEvent.rawValue }
        let events = deliveries.map(\.event)
        return try await withTransaction(.system) { transaction in
            let kept = try await transaction.postgres.query(
                """
                INSERT INTO billing.inbound_event (id, provider, provider_event_id, type, api_version, livemode, created_at, object_id,
                    object_type, raw_references, body, received_at, pulled, state)
                SELECT e.id, e.provider, e.provider_event_id, e.type, e.api_version, e.livemode, e.created_at, e.object_id, e.object_type,
                    e.raw_references::jsonb, e.body, e.received_at, e.pulled, 'received'
                FROM unnest(\(events.map(\.id))::uuid[], \(events.map(\.provider))::text[], \(events.map(\.providerEvent.rawValue))::text[],
                    \(events.map(\.type))::text[], \(events.map(\.apiVersion))::text[], \(events.map(\.livemode))::boolean[],
                    \(events.map(\.created))::timestamptz[], \(events.map { $0.objectID?.rawValue })::text[],
                    \(events.map(\.objectType))::text[], \(try events.map { String(decoding: try JSON.encode($0.references), as: UTF8.self) })::text[],
                    \(events.map(\.body))::bytea[], \(events.map(\.receivedAt))::timestamptz[], \(events.map(\.isPulled))::boolean[])
                    AS e (id, provider, provider_event_id, type, api_version, livemode, created_at, object_id, object_type, raw_references,
                        body, received_at, pulled)
                ON CONFLICT ON CONSTRAINT inbound_event_once DO NOTHING RETURNING id
                """
            ).map { try $0.decode(InboundEvent.ID.self) }
            let fresh = Set(kept)
            let jobs = deliveries.filter { fresh.contains($0.event.id) }.map { delivery in
                var order = ProcessInboundEvent.order(of: delivery.event)
                order.options.cause = delivery.cause
                return order
            }
            if !jobs.isEmpty { _ = try await transaction.enqueue(jobs) }
            return fresh
        }
    }

    /// An event as it is.
    public func event(_ id: InboundEvent.ID) async throws -> InboundEvent? {
        try await client.query("SELECT \(fragment: InboundEvent.columns) FROM billing.inbound_event WHERE id = \(id)", scope: .system)
            .first.map(InboundEvent.init(row:))
    }

    /// The number of a read that is about to begin.
    public func nextReadNumber() async throws -> Int64 {
        guard let row = try await client.query("SELECT nextval('billing.provider_read') AS number").first else {
            throw BillingStoreError.lost("read number")
        }
        return try row.decode("number")
    }

    /// The intent with a sequence number about an object.
    public func intent(about object: String, operationSequence: Int64) async throws -> ProviderIntent? {
        try await client.query(
            """
            SELECT \(fragment: ProviderIntent.columns) FROM billing.intent
            WHERE object = \(object) AND op_seq = \(operationSequence)
            """, scope: .system
        ).first.map(ProviderIntent.init(row:))
    }

    /// The customer of an org with its methods.
    public func customer(of org: Org.ID) async throws -> (customer: BillingCustomer, methods: [PaymentMethod])? {
        let results = try await client.pipeline(
            [
                "SELECT \(fragment: BillingCustomer.columns) FROM billing.customer WHERE org_id = \(org)",
                """
                SELECT \(fragment: PaymentMethod.columns) FROM billing.payment_method WHERE org_id = \(org) AND state <> 'detached'
                ORDER BY is_default DESC, provider_method_id
                """,
            ], scope: .org(org.uuid))
        guard results.count == 2, let row = results[0].first else { return nil }
        return (try BillingCustomer(row: row), try results[1].map(PaymentMethod.init(row:)))
    }

    /// Whether a status call may ask the provider now.
    public func takePoll(of checkout: Checkout.ID, org: Org.ID, at now: Instant, interval: Duration) async throws -> Bool {
        try await client.execute(
            """
            UPDATE billing.checkout SET polled_at = \(now)
            WHERE id = \(checkout) AND (polled_at IS NULL OR polled_at <= \(now - interval))
            """, scope: .org(org.uuid)) == 1
    }
}
