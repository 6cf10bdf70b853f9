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
    /// Stores the prices of a catalogue that are new, and the catalogue itself, after comparing the prices on record.
    public func establish(_ catalogue: Catalogue, at now: Instant) async throws {
        try await withTransaction(.system) { transaction in
            var faults: [CatalogueFault] = []
            for plan in catalogue.plans.values.sorted(by: { $0.key < $1.key }) {
                for (interval, amount) in plan.prices {
                    let stored = try await transaction.postgres.query(
                        """
                        WITH made AS (INSERT INTO billing.plan_price (plan_key, plan_version, interval, currency, amount)
                            VALUES (\(plan.key.description), \(Int32(plan.version)), \(interval.rawValue), \(amount.currency.code),
                                \(amount.minorUnits)) ON CONFLICT DO NOTHING RETURNING amount)
                        SELECT amount FROM made UNION ALL
                        SELECT amount FROM billing.plan_price WHERE plan_key = \(plan.key.description)
                            AND plan_version = \(Int32(plan.version)) AND interval = \(interval.rawValue)
                            AND currency = \(amount.currency.code)
                        """
                    ).first?.decode("amount", as: Int64.self)
                    guard let stored, stored != amount.minorUnits else { continue }
                    let reason = "changes the price of version \(plan.version), which was \(stored): give the plan a new version"
                    faults.append(CatalogueFault(pointer: "/plans (\(plan.key))", reason: reason))
                }
            }
            guard faults.isEmpty else { throw CatalogueRefused(faults: faults) }
            // Whoever starts with the catalogue that is active changes nothing; exactly one is.
            let version = try await transaction.postgres.query(
                """
                WITH file AS (SELECT document, encode(sha256(convert_to(document::text, 'UTF8')), 'hex') AS hash
                    FROM (VALUES (\(catalogue.document)::jsonb)) AS file (document)),
                made AS (INSERT INTO billing.catalogue_version (hash, document, activated_at)
                    SELECT hash, document, \(now) FROM file ON CONFLICT (hash) DO NOTHING)
                SELECT f.hash, coalesce(v.is_active, false) AS is_active FROM file f LEFT JOIN billing.catalogue_version v USING (hash)
                """
            ).first
            guard let version, try !version.decode("is_active", as: Bool.self) else { return }
            let hash = try version.decode("hash", as: String.self)
            // Of two that start at the same moment with different ones the later waits here, and sees what the first did.
            _ = try await transaction.postgres.query("SELECT hash FROM billing.catalogue_version WHERE is_active FOR UPDATE")
            try await transaction.postgres.execute("UPDATE billing.catalogue_version SET is_active = false WHERE is_active")
            try await transaction.postgres.execute(
                "UPDATE billing.catalogue_version SET is_active = true, activated_at = \(now) WHERE hash = \(hash)")
        }
    }

    /// Keeps a verified event together with the job that processes it.
    public func receive(_ event: InboundEvent) async throws -> Bool {
        try await withTransaction(.system) { transaction in
            let inserted = try await transaction.postgres.execute(
                """
                INSERT INTO billing.inbound_event (id, provider, provider_event_id, type, api_version, livemode, created_at, object_id,
                    object_type, raw_references, body, received_at, pulled, state)
                VALUES (\(event.id), \(event.provider), \(event.providerEvent.rawValue), \(event.type), \(event.apiVersion),
                    \(event.livemode), \(event.created), \(event.objectID?.rawValue), \(event.objectType), \(PostgresJSON(event.references)),
                    \(event.body), \(event.receivedAt), \(event.isPulled), 'received')
                ON CONFLICT ON CONSTRAINT inbound_event_once DO NOTHING
                """)
            guard inserted == 1 else { return false }
            let (job, options) = ProcessInboundEvent.order(of: event)
            try await transaction.enqueue(job, options)
            return true
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
