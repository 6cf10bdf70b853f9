import Admin
import AdminPostgres
import Core
import Graphs
import GraphsPostgres
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// Findings by the operators' API: the report, the preview and the orders. The clock stands still.
@Suite struct OrphanDeskTests {
    private let why = "looked into, ticket 4713"

    /// A finding that was seen for some time, and its id.
    private func found(_ kind: OrphanFinding.Kind, _ object: String, for seen: Duration, in office: Office) async throws -> String {
        let (id, now) = (OrphanFinding.ID.make(at: office.clock.now), office.clock.now)
        try await office.rows(
            """
            INSERT INTO graphs.orphan_finding (finding_id, kind, place, object, bytes, evidence, first_seen_at, last_seen_at, sightings)
            VALUES (\(id), \(kind.rawValue), 'one', \(object), 4096, '{"record": "none"}', \(now - seen), \(now), 2)
            """)
        return id.description
    }

    @Test
    func `ADM-028 GRA-125 the report says what a finding is and costs and what to do, and an order is previewed, given once, or refused`()
        async throws
    {
        try await Office.with { office in
            let (engineer, viewer) = (try await office.token(.engineer), try await office.token(.viewer).token)
            let now = office.clock.now
            try await office.rows(
                """
                INSERT INTO graphs.graph_host (id, name, tiers, slots, state, created_at, updated_at)
                VALUES (\(GraphHost.ID.make(at: now)), 'one', '{ladybug-standard}', 1, 'ready', \(now), \(now))
                """,
                """
                INSERT INTO billing.plan_price (plan_key, plan_version, "interval", currency, amount)
                VALUES ('ladybug-standard', 1, 'monthly', 'usd', 4900), ('ladybug-standard', 2, 'monthly', 'usd', 5900)
                """)
            let database = try await found(.database, "kg0123456789abcdef", for: .hours(3), in: office)
            let foreign = try await found(.foreign, "kg0123456789abcde0", for: .hours(3), in: office)
            let young = try await found(.scratch, "kg0123456789abcde1__r00000001", for: .minutes(59), in: office)

            let listed = try await office.call(.get, "/v1/admin/orphans", as: viewer).body["items"]?.arrayValue ?? []
            #expect(listed.count == 3)
            let path = "/v1/admin/orphans/\(database)"
            let report = try await office.call(.get, path, as: viewer)
            #expect(report.status == 200 && report.body["object"] == "kg0123456789abcdef" && report.body["bytes"] == 4096, "\(report)")
            #expect(report.body["monthly_cost"] == 5900 && report.body["currency"] == "usd" && report.body["is_critical"] == false)
            #expect(report.body["evidence"]?["record"] == "none" && report.body["first_seen_at"] == .string((now - .hours(3)).description))
            #expect(report.body["proposal"]?.stringValue?.contains("7 days") == true)

            #expect(try await office.call(.post, path + "/repair", as: viewer, reason: why).status == 403)
            #expect(try await office.call(.post, path + "/repair", as: engineer.token).status == 422, "a change takes a reason")
            let before = try await office.everything()
            let said = try await office.call(.post, path + "/repair?validate_only=true", as: engineer.token, reason: why)
            #expect(said.status == 200 && said.body["validate_only"] == true, "\(said)")
            #expect(try await office.written(since: before) == [])
            let done = try await office.call(.post, path + "/repair", as: engineer.token, reason: why)
            #expect(done.body["repair"] == "back_up_and_drop" && done.body["state"] == "open" && done.body["repeated"] == false, "\(done)")
            let written = try await office.written(since: before)
            #expect(written == Office.words(of: said.body) && written.contains("entry graph_orphan_repair_ordered"), "\(written)")
            #expect(written.contains("job graphs.repair_orphan"))
            #expect(try await office.call(.post, path + "/repair", as: engineer.token, reason: why).body["repeated"] == true)
            let ordered = try await office.call(.get, path, as: viewer).body
            #expect(ordered["ordered_by"] == .string(engineer.id.description) && ordered["order_reason"] == .string(why), "\(ordered)")

            for (id, code) in [(foreign, "BY_HAND"), (young, "SEEN_ONCE")] {
                let refused = try await office.call(.post, "/v1/admin/orphans/\(id)/repair", as: engineer.token, reason: why)
                #expect(refused.status == 409 && refused.body["code"] == .string(code), "\(refused)")
            }
            let unknown = "/v1/admin/orphans/\(OrphanFinding.ID.make(at: now))"
            #expect(try await office.call(.post, unknown + "/repair", as: engineer.token, reason: why).status == 404)
            let stays = "/v1/admin/orphans/\(foreign)/dismiss"
            #expect(try await office.call(.post, stays, as: engineer.token, reason: why).status == 204)
            #expect(try await office.call(.post, stays, as: engineer.token, reason: why).body["code"] == "WRONG_STATE")
            #expect(try await office.entries("graph_orphan_dismissed").map { $0["reason"] } == [.string(why)])
            // The report shows what is open; what may stay is asked for by its state.
            #expect(try await office.call(.get, "/v1/admin/orphans", as: viewer).body["items"]?.arrayValue?.count == 2)
            #expect(try await office.call(.get, "/v1/admin/orphans?state=dismissed", as: viewer).body["items"]?.arrayValue?.count == 1)
        }
    }
}
