public import Billing
public import Core
internal import Identity
internal import Orgs
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

    /// Stores a difference; one that is open already is the same one, found again.
    public func note(_ item: DriftItem, in run: ReconciliationRun) async throws {
        try await postgres.execute(
            """
            INSERT INTO billing.drift_item (id, org_id, subscription_id, object_id, category, severity, ours, theirs, found_at, last_run,
                state)
            VALUES (\(item.id), \(item.org), \(item.subscription), \(item.object.rawValue), \(item.category.rawValue),
                \(item.category.severity.rawValue), \(item.ours), \(item.theirs), \(item.foundAt), \(run.id), 'open')
            ON CONFLICT (object_id, category) WHERE state = 'open' DO UPDATE SET last_run = excluded.last_run, ours = excluded.ours,
                theirs = excluded.theirs
            """)
    }

    /// Closes the differences that a whole run did not find any more.
    public func closeDrift(notFoundIn run: ReconciliationRun, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE billing.drift_item SET state = 'repaired', closed_at = \(now)
            WHERE state = 'open' AND last_run <> \(run.id)
            """)
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
