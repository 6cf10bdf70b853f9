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

    @Test
    func
        `ORG-090 an owner has subscriptions ended first: what does not end by itself is refused, the rest is an operation that can be stopped`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let path = "/v1/orgs/\(ada.org)/deletion"
            try await Self.affairs(in: api.database)
            let order: JSONValue = [
                "confirm": "Personal Workspace", "reauth_password": "Correct-Horse-42-Battery", "cancel_subscriptions": true,
            ]
            let refused = try await api.call(.post, path, token: ada.token, body: order)
            #expect(refused.status == 409 && refused.body["code"] == "ORG_HAS_OPEN_INVOICES", "\(refused.body)")
            try await api.database.adminClient.execute("UPDATE billing.invoice SET status = 'void'")
            let trial = try await api.call(.post, path + "?validate_only=true", token: ada.token, body: order)
            #expect(trial.status == 200 && trial.body["purge_at"]?.stringValue != nil, "\(trial.body)")
            let accepted = try await api.call(.post, path, token: ada.token, body: order)
            #expect(accepted.status == 202, "\(accepted.body)")
            let operation = "/v1/operations/\(try #require(accepted.body["operation_id"]?.stringValue))"
            let status = try await api.call(.get, operation + "/status", token: ada.token)
            #expect(status.body["operation_type"] == "org-teardown" && status.body["steps"]?.arrayValue?.count == 2, "\(status.body)")
            #expect(status.body["_links"]?["cancel"] == .string(operation))
            let jobs = try await api.database.adminClient.query(
                "SELECT FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = 'operations.tear_down_org'")
            #expect(jobs.count == 1)
            let again = try await api.call(.post, path, token: ada.token, body: order)
            #expect(again.status == 409 && again.body["code"] == "OPERATION_RUNNING", "\(again.body)")
            // It works until the last one has ended, and is left alone when its owner says so.
            #expect(try await api.call(.get, "/v1/orgs/\(ada.org)", token: ada.token).body["state"] == "active")
            #expect(try await api.call(.delete, operation, token: ada.token).status == 200)
            #expect(try await api.call(.post, path, token: ada.token, body: order).status == 202)
        }
    }

    @Test func `ORG-080 ORG-125 what graphs use is in the usage of their org on the day of each line of the ledger`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            try await Self.affairs(in: api.database)
            let line: Statement = """
                INSERT INTO billing.credit_transaction (id, org_id, pool_id, seq, type, amount, requested, balance_after, key, description, created_at)
                SELECT gen_random_uuid(), p.org_id, p.id, l.n, l.type, l.amount, l.amount, 1, l.n::text, '', now() - l.days * interval '1 day'
                FROM billing.credit_pool p, (VALUES (1, 'allocation', 9000, 0), (2, 'consumption', -150, 0), (3, 'consumption', -275, 0),
                    (4, 'refund', 25, 0), (5, 'consumption', -1000, 2), (6, 'expiration', -50, 1)) AS l (n, type, amount, days)
                """
            _ = try await api.database.adminClient.pipeline([
                """
                INSERT INTO billing.credit_pool (id, org_id, subscription_id, scope, resource_id, balance, allocation, anchor, window_start,
                    window_end, created_at)
                SELECT gen_random_uuid(), s.org_id, s.id, 'graph', 'kg0123456789abcdef0123', 1, 1, now(), now(), now() + interval '1 month', now()
                FROM billing.subscription s
                """, line,
            ])
            let usage = try await api.call(.get, "/v1/orgs/\(ada.org)/usage?days=3", token: ada.token)
            #expect(usage.body["summary"]?["total_credits_used"] == 14, "\(usage.body)")
            #expect(usage.body["summary"]?["total_ai_operations"] == 3)
            let today = try await api.call(.get, "/v1/orgs/\(ada.org)/usage?days=1", token: ada.token)
            #expect(today.body["summary"]?["total_credits_used"] == 4, "\(today.body)")
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
