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
            INSERT INTO billing.reconciliation_run (id, started_at, has_walked_provider, stage, compared, found)
            VALUES (\(run.id), \(run.startedAt), false, \(run.stage.rawValue), 0, 0) ON CONFLICT ((finished_at IS NULL)) WHERE finished_at IS NULL DO NOTHING
            """)
        let rows = try await postgres.query(
            """
            SELECT \(fragment: ReconciliationRun.columns) FROM billing.reconciliation_run r WHERE r.finished_at IS NULL FOR UPDATE
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("reconciliation run") }
        return try ReconciliationRun(row: row)
    }

    /// Stores how far a run has come.
    public func save(_ run: ReconciliationRun) async throws {
        try await postgres.execute(
            """
            UPDATE billing.reconciliation_run SET finished_at = \(run.finishedAt), cursor = \(run.cursor?.rawValue),
                has_walked_provider = \(run.hasWalkedProvider), stage = \(run.stage.rawValue), compared = \(run.compared), found = \(run.found) WHERE id = \(run.id)
            """)
    }

    /// By one statement for a whole part.
    public func subscriptionsForComparison(
        ofProvider ids: [ProviderID], in run: ReconciliationRun
    ) async throws -> [ProviderID: (subscription: Subscription, customer: ProviderID?)] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await postgres.query(
            """
            UPDATE billing.subscription s SET compared_in = \(run.id) WHERE s.provider_subscription_id = ANY(\(ids.map(\.rawValue)))
            RETURNING \(fragment: Subscription.columns),
                (SELECT c.provider_customer_id FROM billing.customer c WHERE c.org_id = s.org_id) AS provider_customer_id
            """)
        return try rows.reduce(into: [:]) { found, row in
            let subscription = try Subscription(row: row)
            guard let id = subscription.providerLink?.subscription else { return }
            found[id] = (subscription, try row.providerID("provider_customer_id"))
        }
    }

    /// By one statement for a whole part.
    public func orgs(ofProviderCustomers ids: [ProviderID]) async throws -> [ProviderID: Org.ID] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await postgres.query(
            """
            SELECT provider_customer_id, org_id FROM billing.customer WHERE provider_customer_id = ANY(\(ids.map(\.rawValue)))
            """)
        return try rows.reduce(into: [:]) { $0[ProviderID(try $1.decode("provider_customer_id"))] = try $1.decode("org_id") }
    }

    /// By one statement for a whole part.
    public func mirroredInvoices(of ids: [ProviderID]) async throws -> [ProviderID: ComparedInvoice] {
        guard !ids.isEmpty else { return [:] }
        let rows = try await postgres.query(
            """
            SELECT provider_invoice_id, org_id, status, total, amount_paid FROM billing.invoice
            WHERE provider_invoice_id = ANY(\(ids.map(\.rawValue)))
            """)
        return try rows.reduce(into: [:]) { found, row in
            found[ProviderID(try row.decode("provider_invoice_id"))] = ComparedInvoice(
                org: try row.decode("org_id"), status: try row.word("status"), total: try row.decode("total"),
                paid: try row.decode("amount_paid"))
        }
    }

    /// By the index of what is open.
    public func openMirroredInvoices(after id: ProviderID?, madeBefore instant: Instant, limit: Int) async throws -> [ProviderID] {
        try await postgres.query(
            """
            SELECT provider_invoice_id FROM billing.invoice
            WHERE status = 'open' AND provider_invoice_id > \(id?.rawValue ?? "") AND created_at < \(instant)
            ORDER BY provider_invoice_id LIMIT \(limit)
            """
        ).map { ProviderID(try $0.decode("provider_invoice_id")) }
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

    /// Stores a difference; one that is open already is the same one, found again in spite of whatever was ordered.
    public func note(_ item: DriftItem, in run: ReconciliationRun?) async throws -> DriftSighting {
        let rows = try await postgres.query(
            """
            INSERT INTO billing.drift_item (id, org_id, subscription_id, object_id, category, severity, ours, theirs, found_at, last_run,
                state)
            SELECT \(item.id), \(item.org), \(item.subscription), \(item.object.rawValue), \(item.category.rawValue),
                \(item.category.severity.rawValue), \(item.ours), \(item.theirs), \(item.foundAt), \(run?.id), 'open'
            WHERE NOT EXISTS (SELECT FROM billing.drift_item d WHERE d.object_id = \(item.object.rawValue)
                AND d.category = \(item.category.rawValue) AND d.state = 'dismissed' AND d.ours = \(item.ours)
                AND d.theirs = \(item.theirs) AND (d.dismissed_until IS NULL OR d.dismissed_until > \(item.foundAt)))
            ON CONFLICT (object_id, category) WHERE state = 'open' DO UPDATE SET last_run = excluded.last_run, ours = excluded.ours,
                theirs = excluded.theirs, repaired_by = NULL
            RETURNING id = \(item.id) AS is_new
            """)
        guard let row = rows.first else { return .dismissed }
        return try row.decode("is_new", as: Bool.self) ? .new : .known
    }

    /// A difference as it is.
    public func driftItem(_ id: DriftItem.ID) async throws -> DriftItem? {
        try await postgres.query("SELECT \(fragment: DriftItem.columns) FROM billing.drift_item d WHERE d.id = \(id)").first
            .map(DriftItem.init(row:))
    }

    /// A difference, locked.
    public func lockedDriftItem(_ id: DriftItem.ID) async throws -> DriftItem? {
        try await postgres.query("SELECT \(fragment: DriftItem.columns) FROM billing.drift_item d WHERE d.id = \(id) FOR UPDATE").first
            .map(DriftItem.init(row:))
    }

    /// Stores what an operator did about a difference.
    public func save(_ item: DriftItem, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE billing.drift_item SET state = \(item.state.rawValue), repaired_by = \(item.repairedBy),
                dismissed_by = \(item.dismissedBy), dismissed_until = \(item.dismissedUntil), reason = \(item.reason),
                closed_at = \(item.state == .open ? nil : now) WHERE id = \(item.id)
            """)
    }

    /// A run; the newest one that is over without an id.
    public func reconciliationRun(_ id: ReconciliationRun.ID?) async throws -> ReconciliationRun? {
        try await postgres.query(
            """
            SELECT \(fragment: ReconciliationRun.columns) FROM billing.reconciliation_run r
            WHERE r.id = \(id) OR (\(id)::uuid IS NULL AND r.finished_at IS NOT NULL) ORDER BY r.started_at DESC LIMIT 1
            """
        ).first.map(ReconciliationRun.init(row:))
    }

    /// What was closed later was open then.
    public func differences(during run: ReconciliationRun) async throws -> [DriftItem] {
        let end = run.finishedAt ?? dateSource.now
        let rows = try await postgres.query(
            """
            SELECT \(fragment: DriftItem.columns), closed_at > \(end) AS is_closed_later FROM billing.drift_item d
            WHERE d.found_at <= \(end) AND (d.closed_at IS NULL OR d.closed_at >= \(run.startedAt)) ORDER BY d.found_at, d.id
            """)
        return try rows.map { row in
            var item = try DriftItem(row: row)
            if try row.decode("is_closed_later", as: Bool?.self) == true { item.state = .open }
            return item
        }
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
    static let columns: Statement = """
        d.id, d.org_id, d.subscription_id, d.object_id, d.category, d.ours, d.theirs, d.found_at, d.state, d.repaired_by, d.dismissed_by,
        d.dismissed_until, d.reason
        """

    init(repaired row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
            object: ProviderID(try row.decode("object_id")), category: try row.word("category"), ours: try row.decode("ours"),
            theirs: try row.decode("theirs"), foundAt: try row.decode("found_at"))
        state = .repaired
    }

    init(row: Row) throws {
        try self.init(repaired: row)
        state = try row.word("state")
        repairedBy = try row.decode("repaired_by")
        dismissedBy = try row.decode("dismissed_by")
        dismissedUntil = try row.decode("dismissed_until")
        reason = try row.decode("reason")
    }
}

extension ReconciliationRun {
    // A run that a release before stages began goes on behind what it has walked.
    static let columns: Statement = """
        r.id, r.started_at, r.finished_at, r.cursor, r.compared, r.found,
        coalesce(r.stage, CASE WHEN r.has_walked_provider THEN 'rows' ELSE 'subscriptions' END) AS stage
        """

    init(row: Row) throws {
        self.init(id: try row.decode("id"), startedAt: try row.decode("started_at"))
        finishedAt = try row.decode("finished_at")
        stage = try row.word("stage")
        cursor = try row.providerID("cursor")
        compared = try row.decode("compared")
        found = try row.decode("found")
    }
}
