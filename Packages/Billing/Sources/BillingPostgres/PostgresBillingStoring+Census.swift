public import Billing
public import Core
internal import Postgres

extension PostgresBillingStoring {
    /// Everything that is measured over all orgs, by one statement. What is settled is not looked at.
    public func census(at now: Instant) async throws -> BillingCensus {
        let rows = try await client.query(
            """
            SELECT 'intents' AS family, kind AS "group", state AS word, count(*) AS number, min(created_at) AS since
                FROM billing.intent WHERE state IN ('queued', 'in_flight', 'unknown') GROUP BY kind, state
            UNION ALL
            SELECT 'events', state, '', count(*), min(received_at) FROM billing.inbound_event WHERE state <> 'done' GROUP BY state
            UNION ALL
            SELECT 'dunning', coalesce(stage, 'opened'), '', count(*), min(opened_at) FROM billing.dunning_case
                WHERE closed_at IS NULL GROUP BY stage
            UNION ALL
            SELECT 'drift', severity, '', count(*), min(found_at) FROM billing.drift_item WHERE state = 'open' GROUP BY severity
            UNION ALL
            SELECT 'compensations', '', '', count(*), min(opened_at) FROM billing.compensation WHERE closed_at IS NULL
            UNION ALL
            SELECT 'subscriptions', status, '', count(*), min(created_at) FROM billing.subscription
                WHERE closed_at IS NULL GROUP BY status
            UNION ALL
            SELECT 'provisioning', '', '', count(*), min(updated_at) FROM billing.subscription
                WHERE closed_at IS NULL AND status = 'provisioning'
            UNION ALL
            SELECT 'activation', '', '', coalesce(extract(epoch FROM max(started_at - created_at)), 0)::bigint, NULL
                FROM billing.subscription WHERE started_at > \(now - .days(1)) AND closed_at IS NULL
            UNION ALL
            SELECT 'renewals', '', '', count(*), NULL FROM billing.invoice i JOIN billing.subscription s ON s.id = i.subscription_id
                WHERE i.paid_at > \(now - .days(1)) AND i.period_start > s.started_at
            UNION ALL
            SELECT 'credit', c.currency, '', sum(newest.balance_after)::bigint, NULL
                FROM billing.customer c CROSS JOIN LATERAL (
                    SELECT e.balance_after FROM billing.account_credit_entry e
                    WHERE e.org_id = c.org_id AND e.currency = c.currency ORDER BY e.seq DESC LIMIT 1) AS newest
                GROUP BY c.currency
            """, scope: .system)
        var counts: [BillingCensus.Family: [BillingCensus.Count]] = [:]
        for row in rows {
            guard let family = BillingCensus.Family(rawValue: try row.decode("family", as: String.self)) else { continue }
            let since = try row.decode("since", as: Instant?.self)
            counts[family, default: []].append(
                BillingCensus.Count(
                    group: try row.decode("group", as: String.self), word: try row.decode("word", as: String.self),
                    number: Int(try row.decode("number", as: Int64.self)), oldest: since.map { max(now - $0, .zero) } ?? .zero))
        }
        return BillingCensus(counts: counts)
    }

    /// How many commands wait because the provider did not take them for who we are: their last exchange was answered 401 or 403.
    public func commandsWithoutCredentials() async throws -> Int {
        let rows = try await client.query(
            """
            SELECT count(*) FROM billing.intent
            WHERE state = 'queued' AND exchanges -> -1 ->> 'status' IN ('401', '403')
            """, scope: .system)
        return Int(try rows.first?.decode("count", as: Int64.self) ?? 0)
    }
}
