public import Billing
public import Core
public import Orgs
public import Postgres

/// Billing by SQL on a transaction: adopt it, beside the mixins of the packages below, to meet `BillingTransaction`.
public protocol PostgresBillingTransaction: BillingTransaction {
    /// The transaction.
    var postgres: PostgresTransaction { get }
    /// The business time.
    var dateSource: any DateSource { get }
}

extension PostgresBillingTransaction {
    /// By one index probe.
    public func hasInvoices(of org: Org.ID) async throws -> Bool {
        try await !postgres.query("SELECT FROM billing.invoice WHERE org_id = \(org) LIMIT 1").isEmpty
    }

    /// By two index probes.
    public func unsettledAffairs(of org: Org.ID) async throws -> UnsettledAffairs {
        let results = try await postgres.pipeline([
            """
            SELECT id, coalesce(backing_kind IN ('complimentary', 'billing_disabled'), false) AS is_free
            FROM billing.subscription WHERE org_id = \(org) AND closed_at IS NULL AND status <> 'failed' ORDER BY id
            """,
            "SELECT id FROM billing.invoice WHERE org_id = \(org) AND status = 'open' ORDER BY id",
        ])
        let rows = try results[0].map {
            (id: try $0.decode("id", as: Subscription.ID.self), isFree: try $0.decode("is_free", as: Bool.self))
        }
        return UnsettledAffairs(
            subscriptions: rows.filter { !$0.isFree }.map(\.id), freeSubscriptions: rows.filter(\.isFree).map(\.id),
            invoices: try results[1].map { try $0.decode("id") })
    }

    // MARK: Customers

    /// Inserts on conflict do nothing, then locks: one row per org under any concurrency.
    public func lockedCustomer(orMaking customer: BillingCustomer) async throws -> (customer: BillingCustomer, isNew: Bool) {
        let made = try await postgres.execute(
            """
            INSERT INTO billing.customer (org_id, currency, created_at)
            VALUES (\(customer.org), \(customer.currency.code), \(customer.createdAt)) ON CONFLICT (org_id) DO NOTHING
            """)
        let rows = try await postgres.query(
            "SELECT \(fragment: BillingCustomer.columns) FROM billing.customer WHERE org_id = \(customer.org) FOR UPDATE")
        guard let row = rows.first else { throw BillingStoreError.lost("customer") }
        return (try BillingCustomer(row: row), made == 1)
    }

    /// Stores what changed about a customer.
    public func save(_ customer: BillingCustomer) async throws {
        let saved = try await postgres.execute(
            """
            UPDATE billing.customer SET provider_customer_id = \(customer.providerCustomer?.rawValue),
                invoice_billing_enabled = \(customer.invoiceBillingEnabled), payment_terms = \(customer.paymentTerms.rawValue),
                billing_email = \(customer.billingEmail), contact_name = \(customer.contactName), address = \(customer.address),
                tax_id = \(customer.taxID), delinquent_since = \(customer.delinquentSince), disputed = \(customer.disputed),
                methods_synced_at = \(customer.methodsSyncedAt), version = version + 1
            WHERE org_id = \(customer.org) AND version = \(customer.version)
            """)
        guard saved == 1 else { throw BillingStoreError.changedMeanwhile("customer") }
    }

    /// The org of a customer at the provider.
    public func org(ofProviderCustomer id: ProviderID) async throws -> Org.ID? {
        try await postgres.query("SELECT org_id FROM billing.customer WHERE provider_customer_id = \(id.rawValue)").first?.decode("org_id")
    }

    /// The methods of an org as last seen.
    public func paymentMethods(of org: Org.ID) async throws -> [PaymentMethod] {
        try await postgres.query(
            """
            SELECT \(fragment: PaymentMethod.columns) FROM billing.payment_method WHERE org_id = \(org)
            ORDER BY is_default DESC, provider_method_id
            """
        ).map(PaymentMethod.init(row:))
    }

    /// Replaces the methods of an org by what was just seen.
    public func replacePaymentMethods(of org: Org.ID, by methods: [PaymentMethod], seenAt now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE billing.payment_method SET is_default = false, synced_at = \(now),
                state = CASE WHEN provider_method_id = ANY(\(methods.map(\.id.rawValue))) THEN state ELSE 'detached' END
            WHERE org_id = \(org)
            """)
        for method in methods {
            try await postgres.execute(
                """
                INSERT INTO billing.payment_method
                    (org_id, provider_method_id, type, brand, last4, expiry_month, expiry_year, is_default, state, synced_at)
                VALUES (\(org), \(method.id.rawValue), \(method.type), \(method.brand), \(method.last4),
                    \(method.expiryMonth.map(Int32.init)), \(method.expiryYear.map(Int32.init)), \(method.isDefault),
                    \(method.state.rawValue), \(now))
                ON CONFLICT (org_id, provider_method_id) DO UPDATE SET type = excluded.type, brand = excluded.brand,
                    last4 = excluded.last4, expiry_month = excluded.expiry_month, expiry_year = excluded.expiry_year,
                    is_default = excluded.is_default, state = excluded.state, synced_at = excluded.synced_at
                """)
        }
        try await postgres.execute("UPDATE billing.customer SET methods_synced_at = \(now) WHERE org_id = \(org)")
    }

    // MARK: Prices

    /// The stored price of a plan, locked.
    public func lockedPrice(
        of plan: PlanReference, _ interval: BillingInterval, _ currency: Currency
    ) async throws -> PlanPrice? {
        try await postgres.query(
            """
            SELECT \(fragment: PlanPrice.columns) FROM billing.plan_price
            WHERE plan_key = \(plan.key.description) AND plan_version = \(Int32(plan.version)) AND interval = \(interval.rawValue)
                AND currency = \(currency.code)
            FOR UPDATE
            """
        ).first.map(PlanPrice.init(row:))
    }

    /// The stored price that the provider knows under this id.
    public func price(ofProvider id: ProviderID) async throws -> PlanPrice? {
        try await postgres.query(
            "SELECT \(fragment: PlanPrice.columns) FROM billing.plan_price WHERE provider_price_id = \(id.rawValue)"
        ).first.map(PlanPrice.init(row:))
    }

    /// Stores the provider's ids of a price.
    public func save(_ price: PlanPrice) async throws {
        try await postgres.execute(
            """
            UPDATE billing.plan_price
            SET provider_product_id = \(price.product?.rawValue), provider_price_id = \(price.price?.rawValue),
                provider_product_name = \(price.productName)
            WHERE plan_key = \(price.plan.key.description) AND plan_version = \(Int32(price.plan.version))
                AND interval = \(price.interval.rawValue) AND currency = \(price.amount.currency.code)
            """)
    }
}

/// What the database showed that no caller could have prevented.
public enum BillingStoreError: Error, Hashable, Sendable {
    /// A row that was just made or read is gone.
    case lost(String)
    /// A row was changed by somebody else since it was read.
    case changedMeanwhile(String)
    /// A JSON column of ours holds a key that its type does not know (BIL-154).
    case unknownKey(column: String, path: String)
}
