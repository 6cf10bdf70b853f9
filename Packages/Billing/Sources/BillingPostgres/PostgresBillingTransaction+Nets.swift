public import Billing
public import Core
internal import Identity
internal import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// Intents that are not settled, by the index of those.
    public func unsettledIntents(askedBy instant: Instant, after id: ProviderIntent.ID?, limit: Int) async throws -> [ProviderIntent] {
        try await postgres.query(
            """
            SELECT \(fragment: ProviderIntent.columns) FROM billing.intent
            WHERE state IN ('queued', 'in_flight', 'unknown') AND created_at <= \(instant) AND (\(id)::uuid IS NULL OR id > \(id))
            ORDER BY id LIMIT \(Int64(limit))
            """
        ).map(ProviderIntent.init(row:))
    }

    /// Events that are not applied, by the index of those.
    public func unprocessedEvents(receivedBy instant: Instant, after id: InboundEvent.ID?, limit: Int) async throws -> [InboundEvent] {
        try await postgres.query(
            """
            SELECT \(fragment: InboundEvent.columns) FROM billing.inbound_event
            WHERE state = 'received' AND received_at <= \(instant) AND (\(id)::uuid IS NULL OR id > \(id))
            ORDER BY id LIMIT \(Int64(limit))
            """
        ).map(InboundEvent.init(row:))
    }

    /// Periods on net terms that are over.
    public func endedNetTermPeriods(at now: Instant, after id: Subscription.ID?, limit: Int) async throws -> [Subscription] {
        try await postgres.query(
            """
            SELECT \(fragment: Subscription.columns) FROM billing.subscription s
            WHERE s.backing_kind = 'net_terms' AND s.status IN ('active', 'past_due') AND s.period_end <= \(now)
                AND (\(id)::uuid IS NULL OR s.id > \(id))
            ORDER BY s.id LIMIT \(Int64(limit))
            """
        ).map(Subscription.init(row:))
    }

    /// Debts whose next deadline has come; one that was taken back or given up has no consequence (STR-096).
    public func passedDeadlines(at now: Instant, after id: Subscription.ID?, limit: Int) async throws -> [Subscription] {
        try await postgres.query(
            """
            SELECT \(fragment: Subscription.columns) FROM billing.subscription s
            WHERE (s.status = 'past_due' AND s.grace_deadline <= \(now) OR s.status = 'unpaid' AND s.final_deadline <= \(now))
                AND EXISTS (SELECT FROM billing.invoice i WHERE i.org_id = s.org_id AND i.subscription_id = s.id AND i.status = 'open')
                AND (\(id)::uuid IS NULL OR s.id > \(id))
            ORDER BY s.id LIMIT \(Int64(limit))
            """
        ).map(Subscription.init(row:))
    }

    /// Credits whose end has come, and those whose end is near and was not told of.
    public func endingCredits(
        by instant: Instant, at now: Instant, after id: AccountCredit.ID?, limit: Int
    ) async throws -> [AccountCredit] {
        try await postgres.query(
            """
            SELECT \(fragment: AccountCredit.columns) FROM billing.account_credit c \(fragment: RemainingCredit.join)
            WHERE c.expires_at <= \(instant) AND newest.remaining_after > 0 AND (\(id)::uuid IS NULL OR c.id > \(id))
                AND (c.expires_at <= \(now) OR c.created_at < c.expires_at - interval '14 days' AND NOT EXISTS (
                    SELECT FROM billing.notice n WHERE n.key = \(ExpireAccountCredit.noticePrefix) || c.id::text))
            ORDER BY c.id LIMIT \(Int64(limit))
            """
        ).map(AccountCredit.init(row:))
    }

    /// Own invoices that are open, by the index of those.
    public func watchedInvoices(dueBy instant: Instant, after id: Invoice.ID?, limit: Int) async throws -> [WatchedInvoice] {
        let last = InvoiceStage.allCases.last?.number ?? 0
        return try await postgres.query(
            """
            SELECT id, org_id, due_date, watched_stage FROM billing.invoice
            WHERE kind = 'own' AND status = 'open' AND due_date <= \(instant) AND watched_stage < \(last)
                AND (\(id)::uuid IS NULL OR id > \(id))
            ORDER BY id LIMIT \(Int64(limit))
            """
        ).map { row in
            let stage = try row.decode("watched_stage", as: Int16.self)
            return WatchedInvoice(
                id: try row.decode("id"), org: try row.decode("org_id"), dueDate: try row.decode("due_date"),
                stage: InvoiceStage.allCases.first { $0.number == stage })
        }
    }
}
