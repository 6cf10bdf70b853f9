import Core
import PlatformTesting
import Postgres
import Testing

/// What a payment of some time ago left in the database.
enum PaidGraph {
    /// A graph that a card pays for in its second period, last used 80 days ago by a key, with a seat of a shared repository beside it.
    static func arrange(_ graph: String, _ api: ComposedAPI, _ owner: ComposedAPI.Account, seatOf subscriber: String) async throws -> (
        graph: String, seat: String
    ) {
        let plain = Statement("identity.id_text('bsub', id)", [])
        _ = try await api.database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                host_id, status, status_since, mode, access_epoch)
            SELECT \(graph), m.org_id, 'generic', m.user_id, now(), gen_random_uuid(), 'Ledger', '', '{}', '{}', 'ladybug-standard', gen_random_uuid(),
                'active', now(), 'full', 1
            FROM orgs.membership m WHERE identity.id_text('org', m.org_id) = \(owner.org) AND m.role = 'owner'
            """,
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, subscriber_id, plan_key, plan_version, interval, currency,
                configuration, backing_kind, backing_detail, provider_subscription_id, status, provider_sync, started_at, period_start, period_end,
                eligible_after, created_at, updated_at)
            SELECT gen_random_uuid(), g.org_id, k.type, k.resource, k.subscriber, k.plan, 1, 'monthly', 'usd', '{}', 'provider_subscription',
                'sub_' || k.type, 'sub_' || k.type, 'active', 'confirmed', now() - interval '90 days', now() - interval '20 days',
                now() + interval '10 days', now() - interval '90 days', now() - interval '90 days', now()
            FROM graphs.graph g CROSS JOIN LATERAL (VALUES ('graph', g.id, NULL::uuid, 'graph:ladybug-standard'),
                ('repository', 'sec', (SELECT id FROM identity.account WHERE identity.id_text('user', id) = \(subscriber)),
                    'repository:sec/starter')) AS k (type, resource, subscriber, plan)
            WHERE g.id = \(graph)
            """,
        ])
        func id(_ type: String) async throws -> String {
            let rows = try await api.database.adminClient.query(
                "SELECT \(fragment: plain) AS id FROM billing.subscription WHERE resource_type = \(type)")
            return try #require(rows.first).decode("id")
        }
        return (try await id("graph"), try await id("repository"))
    }
}
