public import Billing
public import Core
internal import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// On a new database nobody else goes on meanwhile.
    public func lockedActiveCatalogue() async throws -> StoredCatalogue? {
        func active() async throws -> StoredCatalogue? {
            try await postgres.query("\(fragment: StoredCatalogue.active) FOR UPDATE").first.map(StoredCatalogue.init(row:))
        }
        if let found = try await active() { return found }
        _ = try await postgres.query("SELECT pg_advisory_xact_lock(hashtextextended('billing.catalogue_version', 0))")
        return try await active()
    }

    /// As the database writes the document.
    public func version(of catalogue: Catalogue) async throws -> String {
        let rows = try await postgres.query(
            "SELECT encode(sha256(convert_to((\(catalogue.document)::jsonb)::text, 'UTF8')), 'hex') AS hash")
        guard let row = rows.first else { throw BillingStoreError.lost("catalogue") }
        return try row.decode("hash")
    }

    /// By one read over what is live.
    public func planHoldings() async throws -> [PlanHolding] {
        try await postgres.query(
            """
            SELECT p.plan_key, p.plan_version, p.interval, p.currency, p.amount, count(*) AS live,
                count(*) FILTER (WHERE s.status IN ('active', 'upgrading', 'past_due')
                    AND s.backing_kind IN ('provider_subscription', 'net_terms')) AS paying
            FROM billing.subscription s JOIN billing.plan_price p ON p.plan_key = s.plan_key AND p.plan_version = s.plan_version
                AND p.interval = s.interval AND p.currency = s.currency
            WHERE s.closed_at IS NULL AND s.status <> 'failed'
            GROUP BY p.plan_key, p.plan_version, p.interval, p.currency, p.amount ORDER BY p.plan_key, p.plan_version, p.interval
            """
        ).map(PlanHolding.init(row:))
    }

    /// Prices and the version are stored once; what was active before stays stored.
    public func activate(_ catalogue: Catalogue, by name: String, summary: JSONValue, at now: Instant) async throws -> StoredCatalogue {
        try await requirePrices(of: catalogue)
        for plan in catalogue.plans.values.sorted(by: { $0.key < $1.key }) {
            for (interval, amount) in plan.prices {
                try await postgres.execute(
                    """
                    INSERT INTO billing.plan_price (plan_key, plan_version, interval, currency, amount)
                    VALUES (\(plan.key.description), \(Int32(plan.version)), \(interval.rawValue), \(amount.currency.code),
                        \(amount.minorUnits)) ON CONFLICT DO NOTHING
                    """)
            }
        }
        let hash = try await version(of: catalogue)
        try await postgres.execute(
            """
            INSERT INTO billing.catalogue_version (hash, document, activated_at) VALUES (\(hash), \(catalogue.document), \(now))
            ON CONFLICT (hash) DO NOTHING
            """)
        try await postgres.execute("UPDATE billing.catalogue_version SET is_active = false WHERE is_active")
        try await postgres.execute(
            """
            UPDATE billing.catalogue_version SET is_active = true, activated_at = \(now), activated_by = \(name), summary = \(summary)
            WHERE hash = \(hash)
            """)
        return StoredCatalogue(version: hash, document: catalogue.document)
    }

    /// Every price that has changed is named.
    public func requirePrices(of catalogue: Catalogue) async throws {
        var faults: [CatalogueFault] = []
        for plan in catalogue.plans.values.sorted(by: { $0.key < $1.key }) {
            for (interval, amount) in plan.prices {
                let stored = try await postgres.query(
                    """
                    SELECT amount FROM billing.plan_price WHERE plan_key = \(plan.key.description)
                        AND plan_version = \(Int32(plan.version)) AND interval = \(interval.rawValue) AND currency = \(amount.currency.code)
                    """
                ).first?.decode("amount", as: Int64.self)
                guard let stored, stored != amount.minorUnits else { continue }
                let reason = "changes the price of version \(plan.version), which was \(stored): give the plan a new version"
                faults.append(CatalogueFault(pointer: "/plans (\(plan.key))", reason: reason))
            }
        }
        guard faults.isEmpty else { throw CatalogueRefused(faults: faults) }
    }
}

extension StoredCatalogue {
    static var active: Statement { "SELECT hash, document FROM billing.catalogue_version WHERE is_active" }

    init(row: Row) throws {
        self.init(version: try row.decode("hash"), document: try row.decode("document"))
    }
}

extension PlanHolding {
    init(row: Row) throws {
        guard let key = PlanKey(try row.decode("plan_key", as: String.self)) else { throw row["plan_key"].failure("is no plan") }
        self.init(
            plan: PlanReference(key: key, version: Int(try row.decode("plan_version", as: Int32.self))), interval: try row.word("interval"),
            amount: Money(minorUnits: try row.decode("amount"), currency: try row.currency("currency")),
            subscriptions: Int(try row.decode("live", as: Int64.self)), paying: Int(try row.decode("paying", as: Int64.self)))
    }
}
