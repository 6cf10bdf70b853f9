import Admin
import AdminPostgres
import Billing
import BillingPostgres
import Core
import GraphsPostgres
import HTTPServer
import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

/// Differences from the provider and what guards hold, by the operators' API. The clock stands still.
@Suite struct RepairDeskTests {
    private let why = "looked into, ticket 4712"

    /// A comparison that is over, and what it found of a subscription.
    private func found(
        _ categories: [DriftItem.Category], of sale: Subscription.ID, by org: Org.ID, in office: Office
    ) async throws -> [String] {
        let (run, now) = (ReconciliationRun.ID.make(at: office.clock.now), office.clock.now)
        try await office.rows(
            """
            INSERT INTO billing.reconciliation_run (id, started_at, finished_at, stage, has_walked_provider, compared, found)
            VALUES (\(run), \(now), \(now), 'rows', true, 1, \(Int64(categories.count)))
            """)
        var ids: [String] = []
        for category in categories {
            let id = DriftItem.ID.make(at: now)
            try await office.rows(
                """
                INSERT INTO billing.drift_item (id, org_id, subscription_id, object_id, category, severity, ours, theirs, found_at, last_run, state)
                VALUES (\(id), \(org), \(sale), 'sub_pi_1', \(category.rawValue), \(category.severity.rawValue), 'active', 'canceled', \(now),
                    \(run), 'open')
                """)
            ids.append(id.description)
        }
        return ids
    }

    @Test func `ADM-034 BIL-124 BIL-125 a difference is shown, its repair is rehearsed and ordered once, and another one may stay`()
        async throws
    {
        try await Office.with { office in
            let (engineer, clerk) = (try await office.token(.engineer).token, try await office.token(.billing).token)
            let org = try await office.org("Alpha")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let report = "/v1/admin/billing/reconciliation"
            #expect(try await office.call(.get, report, as: clerk).status == 404, "nothing was compared yet")
            let ids = try await found([.status, .balance], of: sale.subscription, by: org, in: office)
            let shown = try await office.call(.get, report, as: clerk)
            #expect(shown.status == 200 && shown.body["differences"]?.arrayValue?.count == 2, "\(shown.body)")

            let path = "/v1/admin/billing/drift/\(ids[0])"
            #expect(try await office.call(.post, path + "/apply", as: clerk, reason: why).status == 403)
            #expect(try await office.call(.post, path + "/apply", as: engineer).status == 422, "a change takes a reason")
            let before = try await office.everything()
            let said = try await office.call(.post, path + "/apply?validate_only=true", as: engineer, reason: why)
            #expect(said.status == 200 && said.body["validate_only"] == true, "\(said.body)")
            #expect(try await office.written(since: before) == [])
            let done = try await office.call(.post, path + "/apply", as: engineer, reason: why)
            #expect(done.body["repair"] == "read_again" && done.body["repeated"] == false, "\(done.body)")
            let written = try await office.written(since: before)
            #expect(written == Office.words(of: said.body) && written.contains("entry provider_drift_repair_ordered"), "\(written)")
            #expect(try await office.call(.post, path + "/apply", as: engineer, reason: why).body["repeated"] == true)
            #expect(try await office.written(since: before) == written, "ordered once")

            let other = "/v1/admin/billing/drift/\(ids[1])"
            let refused = try await office.call(.post, other + "/apply", as: engineer, reason: why)
            #expect(refused.status == 409 && refused.body["code"] == "BY_HAND", "\(refused.body)")
            let past: JSONValue = ["until": .string(office.clock.now.description), "reason": .string(why)]
            #expect(try await office.call(.post, other + "/ignore", as: engineer, past).status == 422)
            #expect(try await office.call(.post, other + "/ignore", as: engineer, ["reason": .string(why)]).status == 204)
            #expect(try await office.call(.get, other, as: clerk).body["state"] == "dismissed")
            let again = try await office.call(.post, other + "/ignore", as: engineer, ["reason": .string(why)])
            #expect(again.status == 409 && again.body["code"] == "WRONG_STATE")
            let unknown = "/v1/admin/billing/drift/\(DriftItem.ID.make(at: office.clock.now))/apply"
            #expect(try await office.call(.post, unknown, as: engineer, reason: why).status == 404)
            #expect(try await office.number("billing.decision WHERE rule = 'drift_repair'") == 1)
        }
    }

    @Test func `ADM-018 BIL-132 OPS-099 what a guard holds is shown and released in stages by those who may`() async throws {
        try await Office.with { office in
            let (engineer, clerk) = (try await office.token(.engineer).token, try await office.token(.billing).token)
            let org = try await office.org("Alpha")
            let sale = try await office.sale(to: org, of: "kg0123456789abcdef", payment: "pi_1")
            let now = office.clock.now
            try await office.rows(
                """
                UPDATE billing.subscription SET status = 'unpaid', grace_deadline = \(now), final_deadline = \(now)
                WHERE id = \(sale.subscription)
                """,
                "UPDATE billing.invoice SET status = 'open', amount_paid = 0, paid_at = NULL WHERE subscription_id = \(sale.subscription)")
            let path = "/v1/admin/billing/guards"
            let stage: JSONValue = ["stage": "all", "reason": .string(why)]
            let closed = try await office.call(.post, path + "/dunning_end/release", as: clerk, stage)
            #expect(closed.status == 409 && closed.body["code"] == "NOTHING_HELD", "\(closed.body)")
            try await office.rows(
                "UPDATE billing.action_guard SET is_open = true, opened_at = \(now), reason = 'daily' WHERE class = 'dunning_end'")
            let guards = try await office.call(.get, path, as: engineer).body["guards"]?.arrayValue ?? []
            let held = try #require(guards.first { $0["class"] == "dunning_end" })
            #expect(
                guards.count == ActionClass.allCases.count && held["held"] == true && held["limit"] == "daily" && held["due"] == 1,
                "\(guards)")
            #expect(try await office.call(.post, path + "/dunning_end/release", as: engineer, stage).status == 403)
            let wrong: JSONValue = ["stage": "2", "reason": .string(why)]
            #expect(try await office.call(.post, path + "/dunning_end/release", as: clerk, wrong).status == 422)
            #expect(try await office.call(.post, path + "/nothing/release", as: clerk, stage).status == 404)
            let done = try await office.call(.post, path + "/dunning_end/release", as: clerk, stage)
            #expect(done.status == 200 && done.body == ["released": 1, "remaining": 0], "\(done.body)")
            #expect(try await office.number("audit.entry WHERE type = 'blast_guard_released' AND actor_kind = 'operator'") == 1)
            #expect(try await office.call(.get, path, as: engineer).body["guards"]?.arrayValue?.contains { $0["held"] == true } == false)
        }
    }
}
