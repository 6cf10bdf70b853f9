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
import Observability
import Operations
import OperationsPostgres
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// What ends or destroys without being asked to stops at the limit of its class. The clock is stepped by the tests.
@Suite struct ActionGuardTests {
    private func context(_ deployment: Deployment) -> JobContext {
        JobContext(
            lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: deployment.clock,
            effects: PostgresEffectLedger(client: deployment.database.systemClient, dateSource: deployment.clock))
    }

    private func release(_ actionClass: ActionClass, _ stage: ReleaseStage, _ deployment: Deployment) async throws -> [Int] {
        let done = try await deployment.guards.release(
            actionClass, stage, because: "the rule was looked into", by: "Ada", as: .system(component: "test"))
        return [done.released, done.remaining]
    }

    private func flip(_ control: BillingControl, _ isOn: Bool, _ deployment: Deployment) async throws {
        try await BillingControls(store: deployment.store, dateSource: deployment.clock)
            .set(control, isOn: isOn, because: "a rule is looked into", by: "Ada")
    }

    /// Eight graphs whose subscriptions end at one instant and whose jobs got lost, as if a wrong rule had ended them all.
    private func ending(_ deployment: Deployment) async throws -> (graphs: [GraphID], endsAt: Instant) {
        let id = try await deployment.activeGraph()
        let endsAt = try await deployment.cancelAtPeriodEnd(id)
        let payer = try await deployment.subscription(of: id)
        let others = (0..<7).map { _ in GraphID.make() }
        let payers = others.map { _ in Subscription.ID.make(at: start) }
        let client = deployment.database.adminClient
        func columns(_ table: String) async throws -> Statement {
            let names = try await client.query(
                """
                SELECT quote_ident(attname) AS name FROM pg_attribute
                WHERE attrelid = \(table)::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
                """
            ).map { try $0.decode("name", as: String.self) }
            return Statement(names.joined(separator: ", "))
        }
        let (ofSubscriptions, ofGraphs) = (try await columns("billing.subscription"), try await columns("graphs.graph"))
        _ = try await client.pipeline([
            withoutRules,
            """
            INSERT INTO billing.subscription (\(fragment: ofSubscriptions)) SELECT \(fragment: ofSubscriptions) FROM (
                SELECT (jsonb_populate_record(s, jsonb_build_object('id', i.id, 'resource_id', i.graph))).*
                FROM billing.subscription s, unnest(\(payers), \(others.map(\.description))) AS i (id, graph) WHERE s.id = \(payer.id)) AS copy
            """,
            """
            INSERT INTO graphs.graph (\(fragment: ofGraphs)) SELECT \(fragment: ofGraphs) FROM (
                SELECT (jsonb_populate_record(g, jsonb_build_object('id', i.graph, 'subscription_id', i.id,
                    'provisioning_id', gen_random_uuid()))).*
                FROM graphs.graph g, unnest(\(payers), \(others.map(\.description))) AS i (id, graph) WHERE g.id = \(id.description)) AS copy
            """,
            "DELETE FROM jobs.job",
        ])
        return ([id] + others, endsAt)
    }

    @Test func `OPS-099 a wrong rule that would close and destroy every graph stops at the limit, is told, and goes on when released`()
        async throws
    {
        try await Deployment.with { deployment in
            let (ids, endsAt) = try await ending(deployment)
            func count(_ status: String) async throws -> Int {
                try await deployment.database.adminClient.query("SELECT FROM graphs.graph WHERE status = \(status)").count
            }
            func suspended() async throws -> Int {
                for id in ids { _ = try await deployment.services.reconcile.run(ReconcileGraph(graph: id), context: context(deployment)) }
                return try await count("suspended")
            }
            func destroyed() async throws -> Int {
                for id in ids { _ = try await deployment.services.purge.run(PurgeGraph(graph: id), context: context(deployment)) }
                return try await count("deprovisioning")
            }
            deployment.clock.advance(to: endsAt)
            try await flip(.suspensions, false, deployment)
            #expect(try await suspended() == 0)
            try await flip(.suspensions, true, deployment)
            // One of a hundred of 8 is none, and the floor is five.
            #expect(try await suspended() == 5)
            #expect(try await suspended() == 5)
            let preview = try await deployment.guards.preview(.graphSuspend)
            #expect(preview.state.isOpen && preview.state.reason == "daily" && preview.held.count == 3)
            #expect(try await deployment.audit("blast_guard_tripped") == 1)
            // Time alone releases nothing.
            deployment.clock.advance(by: .days(2))
            #expect(try await suspended() == 5)
            #expect(try await release(.graphSuspend, .onePercent, deployment) == [1, 2])
            #expect(try await suspended() == 6)
            #expect(try await release(.graphSuspend, .all, deployment) == [2, 0])
            #expect(try await suspended() == 8)
            #expect(try await deployment.guards.preview(.graphSuspend).state.isOpen == false)

            deployment.clock.advance(by: .days(7))
            try await flip(.teardowns, false, deployment)
            #expect(try await destroyed() == 0)
            try await flip(.teardowns, true, deployment)
            #expect(try await destroyed() == 5)
            let held = try await deployment.services.purge.run(
                PurgeGraph(graph: try #require(ids.last)), context: context(deployment))
            #expect(held == .snoozed(until: deployment.clock.now + .minutes(15)))
            #expect(Set(try await deployment.guards.preview(.graphPurge).held) == Set(ids.suffix(3).map(\.description)))
            #expect(try await count("suspended") == 3, "they are as they were")
            #expect(try await deployment.audit("blast_guard_tripped") == 2)
            #expect(try await release(.graphPurge, .all, deployment) == [3, 0])
            #expect(try await destroyed() == 8)
            #expect(try await deployment.audit("blast_guard_released") == 3)
        }
    }

    @Test func `OPS-099 a wrong rule that would erase every org stops at the limit, and what has begun is finished`() async throws {
        try await Deployment.with { deployment in
            let now = deployment.clock.now
            let orgs = (0..<7).map { _ in Org.ID.make(at: start) }
            _ = try await deployment.database.adminClient.pipeline([
                withoutRules,
                """
                INSERT INTO orgs.org (id, name, org_type, state, created_at, updated_at, deleted_at, deleted_by, purge_at)
                SELECT id, 'Org', 'team', 'deleted', \(now - .days(31)), \(now), \(now - .days(31)), \(deployment.owner), \(now)
                FROM unnest(\(orgs)) AS id
                """,
                """
                INSERT INTO orgs.org_deletion (id, org_id, requested_by, deleted_at, purge_at, warned_days)
                SELECT gen_random_uuid(), id, \(deployment.owner), \(now - .days(31)), \(now), \(OrgDeletion.warningDays.map(Int32.init))
                FROM unnest(\(orgs)) AS id
                """,
            ])
            let handler = PurgeOrgHandler(
                store: deployment.store, observers: [], membershipObservers: [],
                admission: ActionGuard<Deployment.Store.Transaction>(log: .silent))
            func purged() async throws -> Int {
                for org in orgs { _ = try await handler.run(PurgeOrg(org: org), context: context(deployment)) }
                return try await deployment.database.adminClient.query("SELECT FROM orgs.org WHERE state = 'purged'").count
            }
            try await flip(.teardowns, false, deployment)
            #expect(try await purged() == 0)
            try await flip(.teardowns, true, deployment)
            #expect(try await purged() == 5)
            #expect(try await purged() == 5)
            let preview = try await deployment.guards.preview(.orgPurge)
            #expect(preview.state.isOpen && preview.held.count == 2)
            #expect(try await deployment.audit("blast_guard_tripped") == 1)
            #expect(try await release(.orgPurge, .all, deployment) == [2, 0])
            #expect(try await purged() == 7)
        }
    }
}
