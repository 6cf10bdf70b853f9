import Audit
import Billing
import BillingPostgres
import Core
import Graphs
import GraphsPostgres
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// The records compared with one another. The clock stands at `start` and is moved by the test.
@Suite struct RecordSweepTests {
    @Test func `OPS-127 GRA-123 records without their counterpart are found at six, told at the second sighting, once, and closed`()
        async throws
    {
        let cron = try #require(SweepRecords.schedule).cron
        #expect(cron.next(after: start) == start + .hours(20) && SweepRecords.lane == .maintenance)
        try await Deployment.with { deployment in
            let ids = [try await deployment.activeGraph(), try await deployment.activeGraph()]
            func sweep(after pause: Duration) async throws {
                deployment.clock.advance(by: pause)
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepRecords(), .standard) }
                try await deployment.worker.drain()
            }
            func open() async throws -> [String] {
                try await deployment.database.adminClient.query(
                    "SELECT kind || ' ' || object AS line FROM graphs.orphan_finding WHERE state = 'open' AND place = 'records' ORDER BY 1"
                ).map { try $0.decode("line") }
            }
            func found() async throws -> Int { try await deployment.audit("graph_orphan_found") }
            // As the records are, there is nothing to be told.
            try await sweep(after: .days(1))
            #expect(try await open().isEmpty)

            let stranger = User.ID.make(at: start)
            let (payer, host) = (try #require(try await deployment.graph(ids[1]).subscription), "local")
            let number = try #require(
                try await deployment.database.adminClient.query(
                    "SELECT number FROM graphs.host_slot WHERE graph_id = \(ids[1].description)"
                ).first?.decode("number", as: Int32.self))
            let then = start + .hours(1)
            _ = try await deployment.database.adminClient.pipeline([
                withoutRules,
                // The first has lost its place and its subscription, and somebody from outside has a role on it.
                """
                UPDATE graphs.host_slot SET state = 'free', org_id = NULL, subscription_id = NULL, graph_id = NULL, reserved_until = NULL
                WHERE graph_id = \(ids[0].description)
                """,
                """
                UPDATE billing.subscription SET closed_at = \(then)
                WHERE id = (SELECT subscription_id FROM graphs.graph WHERE id = \(ids[0].description))
                """,
                """
                INSERT INTO graphs.graph_grant (graph_id, user_id, org_id, role, granted_by, granted_at)
                VALUES (\(ids[0].description), \(stranger), \(deployment.org), 'viewer', \(deployment.owner), \(then))
                """,
                // The second is gone, is still paid for, and keeps its place.
                """
                UPDATE graphs.graph SET status = 'deprovisioned', mode = 'none', status_since = \(then) WHERE id = \(ids[1].description)
                """,
            ])
            let expected = [
                "missing_slot \(ids[0])", "slot \(host)/\(number)", "stray_grant \(ids[0])/\(stranger)", "unpaid_graph \(ids[0])",
                "unserved_subscription \(payer)",
            ]
            try await sweep(after: .days(1))
            #expect(try await open() == expected)
            #expect(try await found() == 0, "one sighting is none")
            try await sweep(after: .days(1))
            #expect(try await found() == expected.count)
            try await sweep(after: .days(1))
            #expect(try await found() == expected.count)
            let told = try await deployment.database.adminClient.query(
                """
                SELECT data ->> 'kind' AS kind, ref_graph AS graph, ref_subscription IS NOT NULL AS pays, risk FROM audit.entry
                WHERE type = 'graph_orphan_found' ORDER BY 1
                """)
            #expect(try told.map { try $0.decode("graph", as: String.self) } == [0, 1, 0, 0, 1].map { ids[$0].description })
            #expect(try told.map { try $0.decode("pays", as: Bool.self) } == [false, false, false, true, true])
            #expect(try told.allSatisfy { try $0.decode("risk", as: String.self) == "high" })
            // What is at work, and what has changed within the hour, is left out and closed; nothing else was touched.
            _ = try await deployment.database.adminClient.pipeline([
                withoutRules,
                """
                INSERT INTO operations.operation (id, kind, org_id, graph_id, status, phase, percent, message, steps, result, created_at, updated_at)
                VALUES (\(Operations.Operation.ID.make(at: start)), 'change-tier', \(deployment.org), \(ids[0].description), 'running',
                    'forward', 0, '', '[]', '{}', \(start), \(start))
                """,
            ])
            try await sweep(after: .hours(1))
            #expect(try await open() == ["slot \(host)/\(number)", "unserved_subscription \(payer)"])
            let recent = deployment.clock.now + .seconds(1)
            _ = try await deployment.database.adminClient.pipeline([
                withoutRules, "UPDATE graphs.graph SET status_since = \(recent) WHERE id = \(ids[1].description)",
            ])
            try await sweep(after: .hours(1))
            #expect(try await open().isEmpty)
        }
    }
}
