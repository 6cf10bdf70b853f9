import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// What the packages above say when an org is to be deleted.
@Suite struct OrgEndTests {
    @Test func `ORG-088 an org with a graph, a subscription or an open invoice is not deleted, and each is named; without them it is`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let path = "/v1/orgs/\(ada.org)/deletion"
            try await Self.affairs(in: api.database)
            let plan = try await api.call(.get, path, token: ada.token)
            #expect(plan.status == 200)
            let kinds = plan.body["blockers"]?.arrayValue?.compactMap { $0["kind"]?.stringValue } ?? []
            #expect(Set(kinds) == ["live_subscription", "open_invoice", "running_work"])
            let order: JSONValue = ["confirm": "Personal Workspace", "reauth_password": "Correct-Horse-42-Battery"]
            let refused = try await api.call(.post, path, token: ada.token, body: order)
            #expect(refused.status == 409, "\(refused.body)")
            _ = try await api.database.adminClient.pipeline([
                "UPDATE graphs.graph SET status = 'failed'", "UPDATE billing.invoice SET status = 'void'",
                "UPDATE billing.subscription SET status = 'failed', ends_at = now(), closed_at = now()",
            ])
            let free = try await api.call(.get, path, token: ada.token)
            #expect(free.body["blockers"]?.arrayValue?.isEmpty == true, "\(free.body)")
        }
    }

    /// A graph that is being made, its subscription, and an invoice that is open.
    static func affairs(in database: TestDatabase) async throws {
        let org = Statement("(SELECT id FROM orgs.org)", [])
        _ = try await database.adminClient.pipeline([
            """
            INSERT INTO billing.subscription (id, org_id, resource_type, plan_key, plan_version, interval, currency, configuration, status,
                provider_sync, created_at, updated_at)
            SELECT gen_random_uuid(), \(fragment: org), 'graph', plan_key, plan_version, interval, currency, '{}', 'pending', 'confirmed',
                now(), now()
            FROM billing.plan_price ORDER BY plan_key LIMIT 1
            """,
            """
            INSERT INTO billing.invoice (id, org_id, kind, provider_invoice_id, currency, subtotal, total, amount_due, amount_paid, status, created_at)
            VALUES (gen_random_uuid(), \(fragment: org), 'provider', 'in_test', 'usd', 100, 100, 100, 0, 'open', now())
            """,
            """
            INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                status, status_since, mode, access_epoch)
            SELECT 'kg0123456789abcdef0123', \(fragment: org), 'entity', (SELECT id FROM identity.account), now(), gen_random_uuid(),
                'Ledger', '', '{}', '{}', 'ladybug-standard', 'provisioning', now(), 'none', 0
            """,
        ])
    }
}
