public import Billing
public import Core
internal import Identity
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// Begins a run, or goes on with the one that was stopped.
    public func openRun(orContinuing run: ReconciliationRun) async throws -> ReconciliationRun {
        try await postgres.execute(
            """
            INSERT INTO billing.reconciliation_run (id, started_at, has_walked_provider, compared, found)
            VALUES (\(run.id), \(run.startedAt), false, 0, 0) ON CONFLICT ((finished_at IS NULL)) WHERE finished_at IS NULL DO NOTHING
            """)
        let rows = try await postgres.query(
            """
            SELECT id, started_at, finished_at, cursor, has_walked_provider, compared, found FROM billing.reconciliation_run
            WHERE finished_at IS NULL FOR UPDATE
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("reconciliation run") }
        return try ReconciliationRun(row: row)
    }

    /// Stores how far a run has come.
    public func save(_ run: ReconciliationRun) async throws {
        try await postgres.execute(
            """
            UPDATE billing.reconciliation_run SET finished_at = \(run.finishedAt), cursor = \(run.cursor?.rawValue),
                has_walked_provider = \(run.hasWalkedProvider), compared = \(run.compared), found = \(run.found) WHERE id = \(run.id)
            """)
    }

    /// The row of a provider's subscription with its org's customer, noted as compared in a run.
    public func subscriptionForComparison(
        ofProvider id: ProviderID, in run: ReconciliationRun, at now: Instant
    ) async throws -> (subscription: Subscription, customer: ProviderID?)? {
        let rows = try await postgres.query(
            """
            UPDATE billing.subscription s SET compared_in = \(run.id) WHERE s.provider_subscription_id = \(id.rawValue)
            RETURNING \(fragment: Subscription.columns),
                (SELECT c.provider_customer_id FROM billing.customer c WHERE c.org_id = s.org_id) AS provider_customer_id
            """)
        guard let row = rows.first else { return nil }
        return (try Subscription(row: row), try row.providerID("provider_customer_id"))
    }

    /// Live rows that name an object and were not compared in a run.
    public func uncomparedSubscriptions(in run: ReconciliationRun, limit: Int) async throws -> [Subscription] {
        try await postgres.query(
            """
            SELECT \(fragment: Subscription.columns) FROM billing.subscription s
            WHERE s.provider_subscription_id IS NOT NULL AND s.closed_at IS NULL AND s.compared_in IS DISTINCT FROM \(run.id)
            ORDER BY s.id LIMIT \(limit)
            """
        ).map(Subscription.init(row:))
    }

    /// Stores a difference; `false` for one that is open already, which is the same one, found again.
    public func note(_ item: DriftItem, in run: ReconciliationRun?) async throws -> Bool {
        let rows = try await postgres.query(
            """
            INSERT INTO billing.drift_item (id, org_id, subscription_id, object_id, category, severity, ours, theirs, found_at, last_run,
                state)
            VALUES (\(item.id), \(item.org), \(item.subscription), \(item.object.rawValue), \(item.category.rawValue),
                \(item.category.severity.rawValue), \(item.ours), \(item.theirs), \(item.foundAt), \(run?.id), 'open')
            ON CONFLICT (object_id, category) WHERE state = 'open' DO UPDATE SET last_run = excluded.last_run, ours = excluded.ours,
                theirs = excluded.theirs
            RETURNING id = \(item.id) AS is_new
            """)
        return try rows.first?.decode("is_new") ?? false
    }

    /// Closes the differences that a whole run did not find any more, and says which.
    public func closeDrift(notFoundIn run: ReconciliationRun, at now: Instant) async throws -> [DriftItem] {
        try await postgres.query(
            """
            UPDATE billing.drift_item SET state = 'repaired', closed_at = \(now)
            WHERE state = 'open' AND last_run <> \(run.id)
            RETURNING id, org_id, subscription_id, object_id, category, ours, theirs, found_at
            """
        ).map(DriftItem.init(repaired:))
    }

    /// Closes a difference of which news told that it is no more.
    public func closeDrift(of object: ProviderID, _ category: DriftItem.Category, at now: Instant) async throws -> [DriftItem] {
        try await postgres.query(
            """
            UPDATE billing.drift_item SET state = 'repaired', closed_at = \(now)
            WHERE object_id = \(object.rawValue) AND category = \(category.rawValue) AND state = 'open'
            RETURNING id, org_id, subscription_id, object_id, category, ours, theirs, found_at
            """
        ).map(DriftItem.init(repaired:))
    }

    /// The prices that have been made at the provider.
    public func soldPrices() async throws -> [PlanPrice] {
        try await postgres.query(
            "SELECT \(fragment: PlanPrice.columns) FROM billing.plan_price WHERE provider_price_id IS NOT NULL ORDER BY provider_price_id"
        ).map(PlanPrice.init(row:))
    }

    /// The next customers of the provider, by their orgs, with what is compared of them.
    public func customersToCompare(after org: Org.ID?, limit: Int) async throws -> [ComparedCustomer] {
        let customers = try await postgres.query(
            """
            SELECT \(fragment: BillingCustomer.columns) FROM billing.customer
            WHERE provider_customer_id IS NOT NULL AND (\(org)::uuid IS NULL OR org_id > \(org)) ORDER BY org_id LIMIT \(limit)
            """
        ).map(BillingCustomer.init(row:))
        var compared: [ComparedCustomer] = []
        for customer in customers {
            let methods = try await paymentMethods(of: customer.org).filter { $0.state != .detached }
            var credit: Int64?
            if try await hasAccountCredits(customer.org, customer.currency) {
                credit = try await creditBalance(of: customer.org, customer.currency).provider
            }
            compared.append(ComparedCustomer(customer: customer, methods: methods, providerCredit: credit))
        }
        return compared
    }

    /// What a product of the provider is the product of.
    public func prices(ofProduct id: ProviderID) async throws -> [PlanPrice] {
        try await postgres.query(
            "SELECT \(fragment: PlanPrice.columns) FROM billing.plan_price WHERE provider_product_id = \(id.rawValue) ORDER BY interval"
        ).map(PlanPrice.init(row:))
    }
}

extension DriftItem {
    init(repaired row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
            object: ProviderID(try row.decode("object_id")), category: try row.word("category"), ours: try row.decode("ours"),
            theirs: try row.decode("theirs"), foundAt: try row.decode("found_at"))
        state = .repaired
    }
}

extension ReconciliationRun {
    init(row: Row) throws {
        self.init(id: try row.decode("id"), startedAt: try row.decode("started_at"))
        finishedAt = try row.decode("finished_at")
        cursor = try row.providerID("cursor")
        hasWalkedProvider = try row.decode("has_walked_provider")
        compared = try row.decode("compared")
        found = try row.decode("found")
    }
}
