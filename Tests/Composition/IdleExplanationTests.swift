import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Who is told why a subscription would end for want of use (IDL-068).
@Suite struct IdleExplanationTests {
    private let graph = "kg0123456789abcdef0123"

    /// A graph that a card pays for in its second period, last used 80 days ago by a key, with a seat of a shared repository beside it.
    private func arrange(_ api: ComposedAPI, _ owner: ComposedAPI.Account, seatOf subscriber: String) async throws -> (
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

    private func join(_ api: ComposedAPI, _ member: ComposedAPI.Account, _ org: String) async throws {
        _ = try await api.database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
            SELECT gen_random_uuid(), o.id, a.id, 'member', now(), 'operator', now() FROM orgs.org o CROSS JOIN identity.account a
            WHERE identity.id_text('org', o.id) = \(org) AND identity.id_text('user', a.id) = \(member.user)
            """,
        ])
    }

    private func grant(_ api: ComposedAPI, _ member: ComposedAPI.Account) async throws {
        _ = try await api.database.adminClient.pipeline([
            "SELECT set_config('session_replication_role', 'replica', true)",
            """
            INSERT INTO graphs.graph_grant (graph_id, org_id, user_id, role, granted_by, granted_at)
            SELECT g.id, g.org_id, a.id, 'viewer', g.created_by, now() FROM graphs.graph g CROSS JOIN identity.account a
            WHERE g.id = \(graph) AND identity.id_text('user', a.id) = \(member.user)
            """,
        ])
    }

    @Test func `IDL-068 IDL-T32 an explanation is for whoever has a role on the graph or whose seat it is; all others find nothing`()
        async throws
    {
        try await ComposedAPI.withAPI(ComposedAPI.selling) { api in
            let ada = try await api.register("Ada")
            let bob = try await api.register("Bob", from: "127.0.0.2")
            let eve = try await api.register("Eve", from: "127.0.0.3")
            let mallory = try await api.register("Mallory", from: "127.0.0.4")
            for member in [bob, eve] { try await join(api, member, ada.org) }
            let (paid, seat) = try await arrange(api, ada, seatOf: eve.user)
            try await grant(api, eve)
            func ask(_ subscription: String, _ caller: ComposedAPI.Account) async throws -> ComposedAPI.Answer {
                try await api.call(
                    .get, "/v1/billing/subscriptions/\(ada.org)/subscription/\(subscription)/idle", token: caller.token)
            }
            // Owner, and a member with a role on the graph; not a member without one, nor somebody of another org, who is told that of every org that is not theirs (ID-073).
            for (caller, status) in [(ada, 200), (eve, 200), (bob, 404), (mallory, 403)] {
                #expect(try await ask(paid, caller).status == status, "\(caller.user)")
            }
            // The seat: whose it is, and whoever governs the org.
            for (caller, status) in [(ada, 200), (eve, 200), (bob, 404), (mallory, 403)] {
                #expect(try await ask(seat, caller).status == status, "\(caller.user)")
            }
            #expect(try await ask("bsub_01KG5D8N8ZQ2V3W4X5Y6Z7A8B9", ada).status == 404)

            let told = try await ask(paid, eve).body
            #expect(told["covered"] == true && told["resource_id"] == .string(graph))
            #expect(told["outcome"] == "still_active" && told["this_call_counts_as_use"] == true)
            #expect(told["threshold"]?.stringValue.flatMap { Instant($0) } != nil)
            #expect(told["earliest_end"]?.stringValue.flatMap { Instant($0) } != nil)
            // No person and no credential is in it.
            let text = "\(told)"
            for secret in ["user_", "sess_", "key_", "@example.com", "Ada", "Bob", "Eve"] { #expect(!text.contains(secret), "\(secret)") }
            // The call was use: the last activity is not older than the test.
            let last = try #require(told["facts"]?["last_activity"]?.stringValue.flatMap { Instant($0) })
            #expect(last + .minutes(10) > .systemNow())
        }
    }
}
