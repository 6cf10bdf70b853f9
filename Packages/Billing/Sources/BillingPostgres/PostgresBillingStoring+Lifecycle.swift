public import Billing
public import Core
internal import Postgres

extension PostgresBillingStoring {
    /// Everything that happened to a subscription, oldest first, in one statement.
    public func history(of id: Subscription.ID, provider: ProviderID?) async throws -> [HistoryItem] {
        try await client.query(
            """
            SELECT kind, id, at, type, detail FROM (
                SELECT 'entry' AS kind, id::text, occurred_at AS at, type, summary AS detail FROM audit.entry
                WHERE ref_subscription = \(id)
                UNION ALL SELECT 'intent', id::text, created_at, kind, state FROM billing.intent
                WHERE object = \("subscription:\(id)")
                UNION ALL SELECT 'event', id::text, received_at, type, coalesce(outcome, park_reason, state) FROM billing.inbound_event
                WHERE object_id = \(provider?.rawValue) OR raw_references ->> 'subscription' = \(provider?.rawValue)
                UNION ALL SELECT 'invoice', i.id::text, i.created_at, 'invoice', i.status
                FROM billing.invoice i JOIN billing.subscription s ON s.org_id = i.org_id AND s.id = i.subscription_id WHERE s.id = \(id)
                UNION ALL SELECT 'notice', key, told_at, split_part(key, ':', 1), key FROM billing.notice WHERE subscription_id = \(id)
            ) AS item ORDER BY at, kind, id
            """, scope: .system
        ).map { row in
            let kind = try row.decode("kind", as: String.self)
            guard let known = HistoryItem.Kind(rawValue: kind) else { throw row["kind"].failure("is no kind of history") }
            return HistoryItem(
                kind: known, id: try row.decode("id"), at: try row.decode("at"), type: try row.decode("type"),
                detail: try row.decode("detail"))
        }
    }

    /// The provider's customer whose method this was when it was last seen.
    public func providerCustomer(ofMethod id: ProviderID) async throws -> ProviderID? {
        let rows = try await client.query(
            """
            SELECT c.provider_customer_id FROM billing.payment_method m JOIN billing.customer c ON c.org_id = m.org_id
            WHERE m.provider_method_id = \(id.rawValue) AND m.state <> 'detached' AND c.provider_customer_id IS NOT NULL
            """, scope: .system)
        return try rows.first?.providerID("provider_customer_id")
    }

    /// Until when a list of the provider was read.
    public func providerCursor(_ name: String) async throws -> Instant? {
        try await client.query("SELECT position FROM billing.provider_cursor WHERE name = \(name)", scope: .system)
            .first.map { try $0.decode("position") }
    }

    /// Stores until when a list of the provider was read.
    public func moveProviderCursor(_ name: String, to position: Instant) async throws {
        _ = try await client.execute(
            """
            INSERT INTO billing.provider_cursor (name, position) VALUES (\(name), \(position))
            ON CONFLICT (name) DO UPDATE SET position = greatest(provider_cursor.position, excluded.position)
            """, scope: .system)
    }

    /// The intents about a subscription that are not settled, oldest first.
    public func unsettledIntents(of subscription: Subscription.ID) async throws -> [ProviderIntent] {
        try await client.query(
            """
            SELECT \(fragment: ProviderIntent.columns) FROM billing.intent
            WHERE object = \("subscription:\(subscription)") AND state IN ('queued', 'in_flight', 'unknown') ORDER BY op_seq
            """, scope: .system
        ).map(ProviderIntent.init(row:))
    }
}
