public import Billing
public import Core
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// The next number of a decision about an object whose customer is locked.
    public func nextOperationSequence(of object: String) async throws -> Int64 {
        let rows = try await postgres.query(
            "SELECT coalesce(max(op_seq), 0) + 1 AS next FROM billing.intent WHERE object = \(object)")
        guard let row = rows.first else { throw BillingStoreError.lost("operation sequence") }
        return try row.decode("next")
    }

    /// Stores by which name the provider now shows a product.
    public func noteName(_ name: String, ofProduct product: ProviderID) async throws {
        try await postgres.execute(
            "UPDATE billing.plan_price SET provider_product_name = \(name) WHERE provider_product_id = \(product.rawValue)")
    }

    /// Opens a case, or counts one more failed attempt of the open one.
    public func openDunningCase(orCounting debt: DunningCase) async throws -> DunningCase {
        try await postgres.execute(
            """
            INSERT INTO billing.dunning_case (id, org_id, subscription_id, opened_at, attempts)
            VALUES (\(debt.id), \(debt.org), \(debt.subscription), \(debt.openedAt), 1)
            ON CONFLICT (subscription_id) WHERE closed_at IS NULL DO UPDATE SET attempts = dunning_case.attempts + 1
            """)
        guard let stored = try await lockedDunningCase(of: debt.subscription) else { throw BillingStoreError.lost("dunning case") }
        return stored
    }

    /// Notes how often the provider has tried to collect.
    public func noteDunningAttempts(_ attempts: Int64, of subscription: Subscription.ID) async throws {
        try await postgres.execute(
            """
            UPDATE billing.dunning_case SET attempts = greatest(attempts, \(Int32(clamping: attempts)))
            WHERE subscription_id = \(subscription) AND closed_at IS NULL
            """)
    }

    /// The open case of a subscription, locked.
    public func lockedDunningCase(of subscription: Subscription.ID) async throws -> DunningCase? {
        try await postgres.query(
            """
            SELECT id, org_id, subscription_id, opened_at, stage, attempts, outcome FROM billing.dunning_case
            WHERE subscription_id = \(subscription) AND closed_at IS NULL FOR UPDATE
            """
        ).first.map(DunningCase.init(row:))
    }

    /// Stores what changed about a case.
    public func save(_ debt: DunningCase, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE billing.dunning_case SET stage = \(debt.stage?.rawValue), attempts = \(Int32(debt.attempts)),
                outcome = \(debt.outcome?.rawValue), closed_at = \(debt.outcome == nil ? nil : now) WHERE id = \(debt.id)
            """)
    }

    /// The oldest open invoice of a subscription.
    public func openInvoice(of subscription: Subscription.ID) async throws -> Invoice? {
        try await postgres.query(
            """
            SELECT \(fragment: Invoice.columns) FROM billing.invoice i
            WHERE i.subscription_id = \(subscription) AND i.status = 'open' ORDER BY i.created_at, i.id LIMIT 1
            """
        ).first.map { try Invoice(row: $0, lines: []) }
    }

    /// Whether an invoice of the provider is open.
    public func owesProvider(_ subscription: Subscription.ID) async throws -> Bool {
        let found = try await postgres.query(
            """
            SELECT 1 AS found FROM billing.invoice
            WHERE subscription_id = \(subscription) AND kind = 'provider' AND status = 'open' LIMIT 1
            """)
        return !found.isEmpty
    }

    /// By the index of default cards; a notice was taken by the key that ``WarnOfCard`` has.
    public func endingCards(in months: [CardMonth], after org: Org.ID?, limit: Int) async throws -> [EndingCard] {
        let known = months.compactMap { month in month.lastInstant.map { (month: month, end: $0) } }
        return try await postgres.query(
            """
            SELECT m.org_id, m.provider_method_id, e.ends_on
            FROM unnest(\(known.map { Int64($0.month.year) }), \(known.map { Int64($0.month.month) }), \(known.map(\.end)),
                \(known.map(\.end.description))) AS e(year, month, ends_on, ends_text)
            JOIN billing.payment_method m ON m.expiry_year = e.year AND m.expiry_month = e.month AND m.is_default AND m.state = 'usable'
            WHERE (\(org)::uuid IS NULL OR m.org_id > \(org))
                AND EXISTS (SELECT FROM billing.subscription s
                    WHERE s.org_id = m.org_id AND s.closed_at IS NULL AND s.status IN ('active', 'past_due')
                        AND s.backing_kind = 'provider_subscription' AND s.period_end > e.ends_on)
                AND NOT EXISTS (SELECT FROM billing.notice n WHERE n.key = 'card_ending:' || m.provider_method_id || ':' || e.ends_text)
            ORDER BY m.org_id LIMIT \(Int64(limit))
            """
        ).map { row in
            EndingCard(
                org: try row.decode("org_id"), method: ProviderID(try row.decode("provider_method_id")), endsOn: try row.decode("ends_on"))
        }
    }

    /// Takes the right to tell something once.
    public func takeNotice(_ key: String, org: Org.ID?, subscription: Subscription.ID?, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            INSERT INTO billing.notice (key, org_id, subscription_id, told_at) VALUES (\(key), \(org), \(subscription), \(now))
            ON CONFLICT (key) DO NOTHING
            """) == 1
    }
}

extension DunningCase {
    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), subscription: try row.decode("subscription_id"),
            openedAt: try row.decode("opened_at"))
        stage = try row.optionalWord("stage", as: DunningStage.self)
        attempts = Int(try row.decode("attempts", as: Int32.self))
        outcome = try row.optionalWord("outcome", as: Outcome.self)
    }
}
