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

/// What people order about findings, and what goes by itself. The clock stands at `start` and is moved by the test.
@Suite struct OrphanRepairTests {
    private let why = "looked into, nobody's any more"

    private func sweep(_ deployment: Deployment, after pause: Duration, _ job: some Job = SweepOrphans()) async throws {
        deployment.clock.advance(by: pause)
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(job, .standard) }
        try await deployment.worker.drain()
    }

    private func finding(_ kind: OrphanFinding.Kind, _ deployment: Deployment) async throws -> OrphanFinding.ID {
        let rows = try await deployment.database.adminClient.query(
            "SELECT finding_id AS id FROM graphs.orphan_finding WHERE kind = \(kind.rawValue) AND state IN ('open', 'dismissed') ORDER BY object"
        )
        return try #require(try rows.first?.decode("id", as: OrphanFinding.ID.self), "\(kind)")
    }

    private func state(_ id: OrphanFinding.ID, _ deployment: Deployment) async throws -> StoredOrphan {
        try #require(try await deployment.store.withTransaction(.system) { try await $0.lockedOrphan(id) })
    }

    private func order(_ id: OrphanFinding.ID, _ deployment: Deployment) async throws -> OrphanRepairPlan {
        try await deployment.services.orphanRepairs.repair(id, because: why, by: AuditReference(deployment.owner))
    }

    /// A graph whose record is over while its database is still there.
    private func abandoned(_ deployment: Deployment) async throws -> GraphID {
        let id = try await deployment.activeGraph()
        _ = try await deployment.database.adminClient.pipeline([
            withoutRules,
            """
            UPDATE graphs.graph SET status = 'deprovisioned', mode = 'none', status_since = \(start) WHERE id = \(id.description)
            """,
            """
            UPDATE graphs.host_slot SET state = 'free', org_id = NULL, subscription_id = NULL, graph_id = NULL, reserved_until = NULL
            WHERE graph_id = \(id.description)
            """,
        ])
        return id
    }

    private func write(_ key: String, into graph: GraphID, _ deployment: Deployment) async throws {
        try await deployment.administering(graph) { client in
            _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Note', \(key))")
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-125 a database goes by order alone, seven days after a backup that was read back and that it still equals`() async throws {
        try await Deployment.with { deployment in
            let id = try await abandoned(deployment)
            try await write("kept", into: id, deployment)
            try await sweep(deployment, after: .hours(2))
            let database = try await finding(.database, deployment)
            let seen = try await state(database, deployment)
            #expect(seen.finding.object == id.description && seen.finding.bytes ?? 0 > 100_000)
            #expect(seen.finding.evidence["record"] == "deprovisioned" && seen.finding.evidence["marker"] != nil)
            await #expect(throws: OrphanRefusal.tooYoung) { try await order(database, deployment) }
            try await sweep(deployment, after: .hours(1))
            let role = try await finding(.role, deployment)
            await #expect(throws: OrphanRefusal.goesWithDatabase) { try await order(role, deployment) }
            #expect(try await state(role, deployment).order == nil)

            let plan = try await order(database, deployment)
            #expect(plan.repair == .backUpAndDrop && plan.effects.count == 3 && !plan.isRepeated)
            #expect(try await order(database, deployment).isRepeated)
            #expect(try await deployment.audit("graph_orphan_repair_ordered") == 1)
            // The backup is written and read back through lost answers, and then the database is kept.
            deployment.engine.fail(.after("dump"))
            try await deployment.worker.drain()
            try await deployment.advance(.hours(1))
            let copy = try #require(try await state(database, deployment).copy)
            #expect(try await deployment.archives.stored(after: nil, limit: 10).map(\.key) == [copy.archive.objectKey])
            await #expect(throws: PostgresError.self, "the table lets none go before") {
                try await deployment.database.adminClient.execute(
                    "UPDATE graphs.orphan_finding SET state = 'repaired', ended_at = \(deployment.clock.now) WHERE finding_id = \(database)"
                )
            }
            try await deployment.advance(.days(6))
            #expect(try await deployment.objects(of: id).contains("d:\(id)"))

            // Somebody wrote in it: what it holds now is backed up, and kept for as long again.
            try await write("late", into: id, deployment)
            try await deployment.advance(.days(1))
            let newer = try #require(try await state(database, deployment).copy)
            #expect(newer.at > copy.at && newer.archive.nodes == copy.archive.nodes + 1)
            #expect(try await deployment.archives.stored(after: nil, limit: 10).map(\.key) == [newer.archive.objectKey])
            // Operators hold destructions, and let them go on.
            let controls = BillingControls(store: deployment.store, dateSource: deployment.clock)
            try await controls.set(.teardowns, isOn: false, because: "a fault is looked into", by: "Ada")
            try await deployment.advance(.days(8))
            #expect(try await deployment.objects(of: id).contains("d:\(id)"))
            try await controls.set(.teardowns, isOn: true, because: "the fault was found", by: "Ada")
            for call in ["drop", "dropPrincipals"] { deployment.engine.fail(.after(call)) }
            // Dropped, and its answer lost: a sweep that comes between does not take the end of the repair from its worker.
            try await deployment.advance(.minutes(1))
            #expect(try await !deployment.objects(of: id).contains("d:\(id)"))
            try await sweep(deployment, after: .zero)
            for _ in 0..<10 where try await state(database, deployment).state == .open { try await deployment.advance(.hours(1)) }
            #expect(try await deployment.objects(of: id).isEmpty)
            let done = try await state(database, deployment)
            #expect(done.state == .repaired)
            #expect(try await deployment.audit("graph_orphan_removed") == 1)
            let reading = try await deployment.archives.readBack(newer.archive)
            #expect(reading.clearDigest == newer.archive.clearDigest && reading.storedDigest == newer.archive.storedDigest)
            #expect(try await deployment.archives.stored(after: nil, limit: 10).map(\.key) == [newer.archive.objectKey])
            await #expect(throws: OrphanRefusal.over(done.state)) { try await order(database, deployment) }
        }
    }

    @Test func `GRA-125 a removal names who ordered it, and a repair that was called off is not done`() async throws {
        try await Deployment.with { deployment in
            let ids = [try await abandoned(deployment), try await abandoned(deployment)].sorted()
            for _ in 0..<2 { try await sweep(deployment, after: .hours(2)) }
            let first = try await finding(.database, deployment)
            _ = try await order(first, deployment)
            try await deployment.worker.drain()
            try await deployment.services.orphanRepairs.dismiss(first, because: why, by: AuditReference(deployment.owner))
            let second = try #require(
                try await deployment.database.adminClient.query(
                    "SELECT finding_id AS id FROM graphs.orphan_finding WHERE kind = 'database' AND state = 'open'"
                ).first?.decode("id", as: OrphanFinding.ID.self))
            _ = try await order(second, deployment)
            try await deployment.worker.drain()
            try await deployment.advance(.days(7))
            #expect(try await deployment.objects(of: ids[0]).contains("d:\(ids[0])"))
            #expect(try await deployment.objects(of: ids[1]).isEmpty)
            let removed = try await deployment.database.adminClient.query(
                """
                SELECT actor_kind AS actor, ref_user AS person, ref_graph AS graph, ref_graph_host IS NOT NULL AS has_host
                FROM audit.entry WHERE type = 'graph_orphan_removed'
                """)
            #expect(try removed.map { try $0.decode("graph", as: String.self) } == [ids[1].description])
            #expect(try removed.first?.decode("person", as: User.ID.self) == deployment.owner)
            #expect(try removed.first?.decode("has_host", as: Bool.self) == true)
            // Dismissed, it is seen and told of no more; what is found again once it was gone is a finding of its own.
            let told = try await deployment.audit("graph_orphan_found")
            try await sweep(deployment, after: .hours(1))
            #expect(try await state(first, deployment).state == .dismissed)
            #expect(try await deployment.audit("graph_orphan_found") == told)
            #expect(try await deployment.audit("graph_orphan_dismissed") == 1)
        }
    }

    @Test func `GRA-125 records are mended by the commands of the product, and what no command mends is refused by name`() async throws {
        try await Deployment.with { deployment in
            let ids = [try await deployment.activeGraph(), try await deployment.activeGraph()]
            let stranger = User.ID.make(at: start)
            let then = start + .hours(1)
            let issued = try await deployment.services.credentials.issue(
                on: ids[0], access: .readOnly, label: "", expiresAt: nil, as: deployment.caller)
            try await deployment.database.adminClient.execute("DROP ROLE \(identifier: issued.login.role)")
            _ = try await deployment.database.adminClient.pipeline([
                withoutRules,
                """
                UPDATE billing.subscription SET closed_at = \(then)
                WHERE id = (SELECT subscription_id FROM graphs.graph WHERE id = \(ids[0].description))
                """,
                """
                INSERT INTO graphs.graph_grant (graph_id, user_id, org_id, role, granted_by, granted_at)
                VALUES (\(ids[0].description), \(stranger), \(deployment.org), 'viewer', \(deployment.owner), \(then))
                """,
                "UPDATE graphs.graph SET status = 'deprovisioned', mode = 'none', status_since = \(then) WHERE id = \(ids[1].description)",
            ])
            for _ in 0..<2 {
                try await sweep(deployment, after: .hours(2), SweepRecords())
                try await sweep(deployment, after: .zero)
            }
            await #expect(throws: OrphanRefusal.byHand(.unservedSubscription)) {
                try await order(try await finding(.unservedSubscription, deployment), deployment)
            }
            await #expect(throws: OrphanRefusal.notFound) { try await order(.make(at: start), deployment) }
            for kind in [OrphanFinding.Kind.slot, .strayGrant, .credential, .unpaidGraph] {
                let found = try await finding(kind, deployment)
                let plan = try await order(found, deployment)
                #expect(plan.repair == kind.repair && plan.orphan.state == .repaired, "\(kind)")
                await #expect(throws: OrphanRefusal.over(.repaired)) { try await order(found, deployment) }
            }
            #expect(try await deployment.graph(ids[0]).status == .suspended)
            #expect(try await deployment.store.credentials(of: ids[0]).allSatisfy { $0.revokedAt != nil })
            #expect(try await deployment.store.grants(on: ids[0]).allSatisfy { $0.user != stranger })
            #expect(try await deployment.store.capacity().map(\.freeSlots).max() ?? 0 > 0)
            #expect(try await deployment.audit("graph_orphan_removed") == 4)
            for type in ["graph_credential_revoked", "graph_suspended"] { #expect(try await deployment.audit(type) == 1, "\(type)") }
            try await sweep(deployment, after: .hours(2), SweepRecords())
            let open = try await deployment.database.adminClient.query(
                "SELECT DISTINCT kind FROM graphs.orphan_finding WHERE state = 'open' AND place = 'records'")
            #expect(try open.map { try $0.decode("kind", as: String.self) } == ["unserved_subscription"])
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `GRA-125 a graph whose database vanished is critical, comes back from its newest backup by order, and is never made anew empty`()
        async throws
    {
        #expect(OrphanFinding.Kind.missingDatabase.isCritical && !OrphanFinding.Kind.database.isCritical)
        try await TestServer.withServer { server in
            let other = try await server.graphHost("other")
            try await Deployment.with(also: [other]) { deployment in
                let ids = [try await deployment.activeGraph(), try await deployment.activeGraph()].sorted()
                try await write("kept", into: ids[0], deployment)
                _ = try await deployment.services.backups.request(
                    BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: ids[0], key: nil,
                    as: deployment.caller)
                try await deployment.worker.drain()
                for id in ids {
                    try await deployment.database.adminClient.execute("DROP DATABASE \(identifier: id.databaseName) WITH (FORCE)")
                }
                for _ in 0..<2 { try await sweep(deployment, after: .hours(2)) }
                let lost = try await deployment.database.adminClient.query(
                    "SELECT finding_id AS id FROM graphs.orphan_finding WHERE kind = 'missing_database' ORDER BY object"
                ).map { try $0.decode("id", as: OrphanFinding.ID.self) }
                #expect(lost.count == 2)
                await #expect(throws: OrphanRefusal.noBackup) { try await order(lost[1], deployment) }
                #expect(try await state(lost[1], deployment).order == nil)
                try await deployment.store.register([NewGraphHost(name: "other", tiers: [.standard], slots: 3)], at: deployment.clock.now)
                try await deployment.database.keepHostsHealthy()
                #expect(try await order(lost[0], deployment).repair == .recover)
                for _ in 0..<30 where try await deployment.sagas("graphs.recover", "completed") == 0 {
                    try await deployment.advance(.seconds(10))
                }
                let place = try #require(try await deployment.store.hosts().first { $0.name == "other" })
                #expect(try await deployment.graph(ids[0]).host == place.id)
                let login = try await deployment.services.credentials.issue(
                    on: ids[0], access: .readWrite, label: "test", expiresAt: nil, as: deployment.caller
                ).login
                let keys = try await deployment.connected(as: login, on: other) { client in
                    try await client.query("SELECT key FROM graph.node WHERE label = 'Note'").map { try $0.decode("key", as: String.self) }
                }
                #expect(keys == ["kept"])
                try await sweep(deployment, after: .hours(2))
                #expect(try await !deployment.objects(of: ids[1]).contains("d:\(ids[1])"))
                #expect(try await state(lost[1], deployment).state == .open)
            }
        }
    }

    @Test func `GRA-125 a login made for one operation goes by itself after an hour, unless operators hold repairs; no other does`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let admin = deployment.database.adminClient
            let mark = "trellis deployment=\(deployment.name) graph=\(id)"
            for (role, text) in [("u0000000a", mark + " operation=\(Operations.Operation.ID.make(at: start))"), ("u0000000b", mark)] {
                try await admin.execute(Statement("CREATE ROLE \"\(id)__\(role)\" NOLOGIN", []))
                try await admin.execute(Statement("COMMENT ON ROLE \"\(id)__\(role)\" IS '\(text)'", []))
            }
            let controls = BillingControls(store: deployment.store, dateSource: deployment.clock)
            try await controls.set(.autoRepair, isOn: false, because: "a person looks first", by: "Ada")
            for _ in 0..<2 { try await sweep(deployment, after: .hours(2)) }
            #expect(try await deployment.objects(of: id).filter { $0.contains("__u") }.count == 2)
            #expect(try await deployment.audit("graph_orphan_found") == 2)
            try await controls.set(.autoRepair, isOn: true, because: "the person has looked", by: "Ada")
            try await sweep(deployment, after: .hours(1))
            #expect(try await deployment.objects(of: id).filter { $0.contains("__u") } == ["r:\(id)__u0000000b"])
            #expect(try await deployment.audit("graph_orphan_removed") == 1)
            try await sweep(deployment, after: .hours(1))
            // The other needs somebody's order.
            let plan = try await order(try await finding(.role, deployment), deployment)
            #expect(plan.repair == .dropRoles && plan.orphan.state == .open)
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: id).filter { $0.contains("__u") }.isEmpty)
            #expect(try await state(plan.orphan.id, deployment).state == .repaired)
        }
    }
}
