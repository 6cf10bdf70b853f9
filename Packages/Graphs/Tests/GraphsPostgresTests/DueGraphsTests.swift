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

@Suite struct DueGraphsTests {
    /// What pays for a graph, in a row of the truth table.
    private struct Payer: Sendable {
        let status: String
        var type: String?
        var endsAt: Instant?
        var isClosed = false

        static let now = start + .days(30)
        static let all: [Payer?] =
            [nil] + ["active", "upgrading", "past_due", "unpaid", "paused"].map { Payer(status: $0) }
            + ["immediate", "period_end"].flatMap { type in
                [-1, 0, 1].flatMap { offset in
                    [false, true].map { Payer(status: "canceled", type: type, endsAt: now + .seconds(offset), isClosed: $0) }
                }
            }
            + [(-1, true), (0, false), (1, false)].map { Payer(status: "failed", endsAt: now + .seconds($0), isClosed: $1) }

        var hasEnded: Bool { (status == "canceled" || status == "failed") && endsAt.map { $0 <= Self.now } == true }
        var isLive: Bool { !isClosed && !hasEnded }
    }

    private struct Row: Sendable {
        let graph: GraphID
        let expected: DueGraph.Step?
    }

    @Test func `GRA-054 OPS-100 one function says what is due, in every combination of status, end, hold, protection and org`() async throws
    {
        try await Deployment.with { deployment in
            let orgs = try await makeOrgs(in: deployment)
            let host = try await deployment.database.adminClient.query("SELECT id FROM graphs.graph_host").first?.decode(
                "id", as: GraphHost.ID.self)
            var statements: [Statement] = []
            var rows: [Row] = []
            for (state, org) in orgs {
                for payer in Payer.all {
                    for status in Graph.Status.allCases {
                        let purges: [Int?] = status == .suspended ? [nil, -1, 0, 1] : [nil]
                        for purge in purges {
                            for isHeld in status == .suspended ? [false, true] : [false] {
                                for isProtected in [false, true] {
                                    let id = GraphID.make()
                                    let purgeAt = purge.map { Payer.now + .seconds($0) }
                                    statements.append(
                                        graph(id, org, status, purgeAt: purgeAt, isHeld: isHeld, isProtected: isProtected, host: host))
                                    if let payer { statements.append(subscription(payer, of: id, org)) }
                                    let expected: DueGraph.Step? =
                                        switch status {
                                        case .active:
                                            state == "deleted" || state == "purging" || payer.map { $0.hasEnded && !$0.isLive } == true
                                                ? .suspend : nil
                                        case .suspended:
                                            (purgeAt.map { $0 <= Payer.now } ?? false) && !isHeld && !isProtected && state != "deleted"
                                                && state != "purging" && payer?.isLive != true ? .purge : nil
                                        default: nil
                                        }
                                    rows.append(Row(graph: id, expected: expected))
                                }
                            }
                        }
                    }
                }
            }
            for chunk in stride(from: 0, to: statements.count, by: 500) {
                _ = try await deployment.database.adminClient.pipeline(
                    [withoutRules] + statements[chunk..<min(chunk + 500, statements.count)])
            }
            let due = try await deployment.store.dueGraphs(at: Payer.now, limit: 10_000)
            let found = Dictionary(due.map { ($0.graph, $0.step) }) { first, _ in first }
            #expect(found.count == due.count)
            for row in rows where found[row.graph] != row.expected { Issue.record("\(row) was \(String(describing: found[row.graph]))") }
            #expect(Set(rows.map(\.expected)).count == 3)
            #expect(rows.count > 1_000)
            // The same function decides about one graph.
            let one = try #require(rows.first { $0.expected == .purge })
            let alone = try await deployment.store.withTransaction(.system) { try await $0.dueStep(of: one.graph, at: Payer.now) }
            #expect(alone?.step == .purge)
            #expect(alone?.reason == "retention_ended")
        }
    }

    @Test func `GRA-058 a held purge waits, a released one goes on three days after its owners hear of it, and both are in the log`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await suspended(in: deployment)
            let lifecycle = deployment.services.lifecycle
            let actor = AuditActor.system(component: "operators")
            try await deployment.store.withTransaction(.system) { transaction in
                let graph = try #require(try await transaction.lockedGraph(id))
                try await lifecycle.holdPurge(of: graph, because: "a question of law", by: actor, in: transaction)
            }
            for _ in 0..<3 { try await deployment.advance(.days(10)) }
            #expect(try await deployment.graph(id).status == .suspended)
            #expect(try await deployment.graph(id).purgeHold == "a question of law")
            try await deployment.store.withTransaction(.system) { transaction in
                let graph = try #require(try await transaction.lockedGraph(id))
                try await lifecycle.releasePurge(of: graph, by: actor, at: deployment.clock.now, in: transaction)
            }
            #expect(try await deployment.graph(id).purgeAt == deployment.clock.now + .days(3))
            try await deployment.advance(.days(3) - .seconds(1))
            #expect(try await deployment.graph(id).status == .suspended)
            for _ in 0..<3 { try await deployment.advance(.seconds(1)) }
            #expect(try await deployment.graph(id).status == .deprovisioned)
            let types = try await deployment.auditTypes(of: id)
            #expect(types.count(where: { $0 == "graph_purge_held" }) == 1)
            #expect(types.count(where: { $0 == "graph_purge_deferred" }) == 1)
            #expect(types.count(where: { $0 == "graph_purge_released" }) == 1)
        }
    }

    @Test func `GRA-055 a sweep finds the graph whose own job got lost, for the suspension as for the purge`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let endsAt = try await deployment.cancelAtPeriodEnd(id)
            try await deployment.database.adminClient.execute("DELETE FROM jobs.job")
            deployment.clock.advance(to: endsAt)
            try await sweep(deployment)
            #expect(try await deployment.graph(id).status == .suspended)
            try await deployment.database.adminClient.execute("DELETE FROM jobs.job")
            deployment.clock.advance(by: .days(7))
            try await sweep(deployment)
            #expect(try await deployment.graph(id).status == .deprovisioned)
        }
    }

    private func sweep(_ deployment: Deployment) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepDueGraphs(), .standard) }
        try await deployment.worker.drain()
    }

    private func suspended(in deployment: Deployment) async throws -> GraphID {
        let id = try await deployment.activeGraph()
        try await deployment.suspend(id)
        return id
    }

    private func makeOrgs(in deployment: Deployment) async throws -> [(String, Org.ID)] {
        let orgs = ["active", "frozen", "deleted", "purging"].map { ($0, Org.ID.make(at: start)) }
        for (state, org) in orgs {
            let isEnding = state == "deleted" || state == "purging"
            _ = try await deployment.database.adminClient.pipeline([
                """
                INSERT INTO orgs.org (id, name, org_type, personal_owner_id, state, created_at, updated_at, deleted_at, deleted_by, purge_at)
                VALUES (\(org), 'Org', 'team', NULL, \(state), \(start), \(start), \((isEnding ? start : nil) as Instant?),
                    \((isEnding ? deployment.owner : nil) as User.ID?), \((isEnding ? start + .days(60) : nil) as Instant?))
                """,
                """
                INSERT INTO orgs.membership (id, org_id, user_id, role, joined_at, joined_through, updated_at)
                VALUES (\(Membership.ID.make(at: start)), \(org), \(deployment.owner), 'owner', \(start), 'founding', \(start))
                """,
            ])
        }
        return orgs
    }

    private func graph(
        _ id: GraphID, _ org: Org.ID, _ status: Graph.Status, purgeAt: Instant?, isHeld: Bool, isProtected: Bool, host: GraphHost.ID?
    ) -> Statement {
        """
        INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
            host_id, status, status_since, mode, access_epoch, purge_at, purge_hold, delete_protected)
        VALUES (\(id.description), \(org), 'generic', \(someUser), \(start), \(Operations.Operation.ID.make(at: start)), 'g', '', '{}', '{}',
            'ladybug-standard', \(host as GraphHost.ID?), \(status.rawValue), \(start), 'none', 0, \(purgeAt as Instant?),
            \(isHeld ? "law" : nil as String?), \(isProtected))
        """
    }

    private func subscription(_ payer: Payer, of graph: GraphID, _ org: Org.ID) -> Statement {
        let closedAt: Instant? = payer.isClosed ? start : nil
        return """
            INSERT INTO billing.subscription (id, org_id, resource_type, resource_id, plan_key, plan_version, interval, currency,
                configuration, backing_kind, status, provider_sync, started_at, canceled_at, ends_at, closed_at, cancellation_type,
                cancellation_origin, created_at, updated_at)
            SELECT \(Subscription.ID.make(at: start)), \(org), 'graph', \(graph.description), plan_key, plan_version, interval, currency,
                'null', 'net_terms', \(payer.status), 'confirmed', \(payer.status == "failed" ? nil : start as Instant?), \(payer.endsAt == nil ? nil : start as Instant?),
                \(payer.endsAt as Instant?), \(closedAt as Instant?), \(payer.type as String?),
                \(payer.type == nil ? nil : "user" as String?), \(start), \(start)
            FROM billing.plan_price WHERE plan_key = 'graph:ladybug-standard' AND interval = 'monthly' LIMIT 1
            """
    }
}
