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

@testable import GraphEngines

/// What a graph allows between the decision of its end and that end.
@Suite struct EndingGraphTests {
    /// From now on the graph's subscription ends in ten days, by whomever, whatever pays for it; the graph is brought in line.
    private func end(_ id: GraphID, by origin: String, paidBy backing: (kind: String, detail: String?), in deployment: Deployment)
        async throws
    {
        let now = deployment.clock.now
        _ = try await deployment.database.adminClient.pipeline([
            withoutRules,
            """
            UPDATE billing.subscription SET status = 'canceled', canceled_at = \(now), ends_at = \(now + .days(10)),
                cancellation_type = 'period_end', cancellation_origin = \(origin), backing_kind = \(backing.kind),
                backing_detail = \(backing.detail)
            WHERE resource_id = \(id.description)
            """,
        ])
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(ReconcileGraph(graph: id), .standard) }
        try await deployment.worker.drain()
    }

    /// What the API lets its owner do with the graph: reading, writing.
    private func allowed(_ id: GraphID, in deployment: Deployment) async throws -> [Bool] {
        let answers = try await deployment.services.graphs.explain(id, as: deployment.caller).answers
        return [GraphAction.read, .write].map { action in answers.contains { $0.action == action && $0.refusal == nil } }
    }

    /// What the engine lets a session of a tenant do: reading, writing.
    private func allowed(to tenant: PostgresClient, _ key: String) async -> [Bool] {
        let reads = (try? await tenant.query("SELECT count(*) AS n FROM graph.node")) != nil
        let writes = (try? await tenant.execute("INSERT INTO graph.node (label, key) VALUES ('Note', \(key))")) != nil
        return [reads, writes]
    }

    @Test(arguments: [true, false])
    func `GRA-064 an ending graph is readable and takes no writes, in API and engine, unless it ends by idleness`(_ isBilled: Bool)
        async throws
    {
        try await Deployment.with(billing: isBilled) { deployment in
            let id = try await deployment.activeGraph()
            let login = try await deployment.services.credentials.issue(
                on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
            ).login
            let ends: [(origin: String, kind: String, detail: String?)] =
                isBilled
                ? ["user", "portal", "provider", "admin", "idle"].map { ($0, "net_terms", nil) }
                    + [
                        ("user", "complimentary", "a friend"), ("admin", "complimentary", "a friend"),
                        ("idle", "complimentary", "a friend"),
                    ]
                : [("admin", "billing_disabled", nil)]
            // One session for all of it: what changes binds it at its next statement.
            try await deployment.connected(as: login) { tenant in
                #expect(await allowed(to: tenant, "before") == [true, true])
                for (number, end) in ends.enumerated() {
                    try await self.end(id, by: end.origin, paidBy: (end.kind, end.detail), in: deployment)
                    let expected = [true, end.origin == "idle"]
                    #expect(try await allowed(id, in: deployment) == expected, "\(end)")
                    #expect(await allowed(to: tenant, "\(number)") == expected, "\(end)")
                    #expect(try await deployment.graph(id).mode == (end.origin == "idle" ? .full : .read), "\(end)")
                }
            }
            // To the end itself, and not a second longer.
            let endsAt = try #require(try await deployment.subscription(of: id).endsAt)
            deployment.clock.advance(to: endsAt - .seconds(1))
            try await deployment.worker.drain()
            #expect(try await allowed(id, in: deployment).first == true)
            deployment.clock.advance(to: endsAt)
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepDueGraphs(), .standard) }
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(try await allowed(id, in: deployment) == [false, false])
        }
    }
}
