public import Billing
public import Core
public import Identity
public import Orgs
internal import Postgres

extension PostgresBillingStoring {
    /// The subscriptions of an org, newest first: owners and admins see all, members their own seats (BIL-042, BIL-043).
    public func subscriptions(
        of org: Org.ID, visibleTo user: User.ID?, includingUnprovisioned: Bool
    ) async throws -> [SubscriptionView] {
        var filter: Statement = "s.org_id = \(org)"
        if let user { filter += " AND s.subscriber_id = \(user)" }
        if !includingUnprovisioned { filter += " AND NOT (s.status IN ('canceled', 'failed') AND s.started_at IS NULL)" }
        return try await views(where: filter, ordered: "s.created_at DESC, s.id DESC", scope: .org(org.uuid))
    }

    /// The tiers of the graphs that an org pays for, in one statement. What is past due is active until its deadline ends it.
    public func activeTiers(of org: Org.ID) async throws -> [String] {
        try await client.query(
            """
            SELECT DISTINCT plan_key FROM billing.subscription
            WHERE org_id = \(org) AND resource_type = 'graph' AND status IN ('active', 'upgrading', 'past_due')
            """, scope: .org(org.uuid)
        ).compactMap { PlanKey(try $0.decode("plan_key", as: String.self))?.name }
    }

    /// One subscription of an org under the same rule.
    public func subscription(_ id: Subscription.ID, of org: Org.ID, visibleTo user: User.ID?) async throws -> SubscriptionView? {
        var filter: Statement = "s.org_id = \(org) AND s.id = \(id)"
        if let user { filter += " AND s.subscriber_id = \(user)" }
        return try await views(where: filter, ordered: "s.id", scope: .org(org.uuid)).first
    }

    /// The live or ending subscription of a resource, else its newest ended one.
    public func subscription(of type: ResourceType, _ resource: ResourceID, subscriber: User.ID?) async throws -> SubscriptionView? {
        try await views(
            where: """
                s.resource_type = \(type.rawValue) AND s.resource_id = \(resource.description)
                AND s.subscriber_id IS NOT DISTINCT FROM \(subscriber)
                """,
            ordered: "s.closed_at IS NULL DESC, s.created_at DESC, s.id DESC LIMIT 1", scope: .system
        ).first
    }

    /// One query builder for all reads; the price comes from the plan that was bought.
    private func views(where filter: Statement, ordered: Statement, scope: TransactionScope) async throws -> [SubscriptionView] {
        try await client.query(
            """
            SELECT \(fragment: Subscription.columns), p.amount AS price_amount, p.currency AS price_currency
            FROM billing.subscription s JOIN billing.plan_price p USING (plan_key, plan_version, interval, currency)
            WHERE \(fragment: filter) ORDER BY \(fragment: ordered)
            """, scope: scope
        ).map { row in
            SubscriptionView(
                subscription: try Subscription(row: row),
                price: Money(minorUnits: try row.decode("price_amount"), currency: try row.currency("price_currency")))
        }
    }

    /// The checkout of a provider's session and its subscription.
    public func checkout(ofSession id: ProviderID) async throws -> (checkout: Checkout, subscription: Subscription)? {
        let rows = try await client.query(
            "SELECT \(fragment: Checkout.columns) FROM billing.checkout c WHERE c.provider_session_id = \(id.rawValue)", scope: .system)
        guard let checkout = try rows.first.map(Checkout.init(row:)) else { return nil }
        let found = try await client.query(
            "SELECT \(fragment: Subscription.columns) FROM billing.subscription s WHERE s.id = \(checkout.subscription)", scope: .system)
        return try found.first.map { (checkout, try Subscription(row: $0)) }
    }

    /// Unfinished pages whose time is over, the longest first.
    public func overdueCheckouts(at instant: Instant, limit: Int) async throws -> [Subscription.ID] {
        try await client.query(
            """
            SELECT c.subscription_id FROM billing.checkout c
            WHERE c.state IN ('opening', 'open', 'unknown') AND c.expires_at <= \(instant) ORDER BY c.expires_at, c.id LIMIT \(Int64(limit))
            """, scope: .system
        ).map { try $0.decode("subscription_id") }
    }

    /// The newest invoices of an org with their lines, and how many there are: two statements whatever the number of rows (BIL-153).
    public func invoices(of org: Org.ID, limit: Int) async throws -> (invoices: [Invoice], total: Int) {
        let results = try await client.pipeline(
            [
                """
                SELECT \(fragment: Invoice.columns), count(*) OVER () AS invoice_count FROM billing.invoice i
                WHERE i.org_id = \(org) AND i.status <> 'draft' ORDER BY i.created_at DESC, i.id DESC LIMIT \(Int64(limit))
                """,
                """
                SELECT l.invoice_id, l.description, l.quantity, l.amount, l.period_start, l.period_end FROM billing.invoice_line l
                WHERE l.invoice_id IN (SELECT id FROM billing.invoice WHERE org_id = \(org) AND status <> 'draft'
                    ORDER BY created_at DESC, id DESC LIMIT \(Int64(limit)))
                ORDER BY l.invoice_id, l.position
                """,
            ], scope: .org(org.uuid))
        guard results.count == 2 else { throw BillingStoreError.lost("invoices") }
        var lines: [Invoice.ID: [InvoiceLine]] = [:]
        for row in results[1] {
            lines[try row.decode("invoice_id"), default: []].append(
                InvoiceLine(
                    description: try row.decode("description"), quantity: try row.decode("quantity"), amount: try row.decode("amount"),
                    period: try row.period("period_start", "period_end")))
        }
        let invoices = try results[0].map { row in try Invoice(row: row, lines: lines[try row.decode("id")] ?? []) }
        return (invoices, Int(try results[0].first?.decode("invoice_count", as: Int64.self) ?? 0))
    }
}
