import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
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

@Suite struct RestoreTests {
    /// A graph with a login and one node of its own, and a backup of that.
    private func prepared(_ deployment: Deployment) async throws -> (GraphID, IssuedLogin, GraphBackup) {
        let id = try await deployment.activeGraph()
        let login = try await deployment.services.credentials.issue(
            on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller
        ).login
        try await write("before", as: login, deployment)
        _ = try await deployment.services.backups.request(
            BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
            as: deployment.caller)
        try await deployment.worker.drain()
        return (id, login, try #require(try await deployment.store.backups(of: id).first))
    }

    private func write(_ key: String, as login: IssuedLogin, _ deployment: Deployment) async throws {
        try await deployment.connected(as: login) { client in
            _ = try await client.execute("INSERT INTO graph.node (label, key) VALUES ('Note', \(key))")
        }
    }

    private func keys(_ login: IssuedLogin, _ deployment: Deployment) async throws -> [String] {
        try await deployment.connected(as: login) { client in
            try await client.query("SELECT key FROM graph.node WHERE label = 'Note' ORDER BY key").map { try $0.decode("key") }
        }
    }

    private func restore(_ backup: GraphBackup, _ deployment: Deployment) async throws -> Operations.Operation {
        try await deployment.services.backups.restore(
            backup.id, of: backup.graph, confirmation: backup.graph.description, key: nil, as: deployment.caller
        ).operation
    }

    /// What the catalogue of the host says of a graph's database and of everything in it.
    private func privileges(of id: GraphID, _ deployment: Deployment) async throws -> [String] {
        let database = try await deployment.database.adminClient.query(
            """
            SELECT concat_ws('|', array_to_string(ARRAY(SELECT unnest(datacl)::text ORDER BY 1), ','), datconnlimit,
                (SELECT array_to_string(ARRAY(SELECT unnest(setconfig) ORDER BY 1), ',') FROM pg_db_role_setting s
                 WHERE s.setdatabase = d.oid AND s.setrole = 0)) AS line
            FROM pg_database d WHERE datname = \(id.databaseName)
            """)
        let lines = try await deployment.administering(id) { client in
            try await client.query(
                """
                SELECT concat_ws('|', c.relkind, c.relname, pg_get_userbyid(c.relowner),
                    array_to_string(ARRAY(SELECT unnest(c.relacl)::text ORDER BY 1), ',')) AS line
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'graph'
                UNION ALL
                SELECT concat_ws('|', 'function', p.proname, pg_get_userbyid(p.proowner),
                    array_to_string(ARRAY(SELECT unnest(p.proacl)::text ORDER BY 1), ','), p.prosecdef)
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'graph'
                UNION ALL
                SELECT concat_ws('|', 'schema', nspname, pg_get_userbyid(nspowner),
                    array_to_string(ARRAY(SELECT unnest(nspacl)::text ORDER BY 1), ','))
                FROM pg_namespace WHERE nspname = 'graph'
                UNION ALL
                SELECT concat_ws('|', 'trigger', t.tgrelid::regclass, t.tgname, t.tgenabled) FROM pg_trigger t WHERE NOT t.tgisinternal
                ORDER BY 1
                """)
        }
        return try (database + lines).map { try $0.decode("line") }
    }

    @Test func `GRA-086 GRA-087 a restored graph holds what the backup holds, with the same privileges, limits and logins as before`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, login, backup) = try await prepared(deployment)
            let before = try await privileges(of: id, deployment)
            try await write("after", as: login, deployment)
            let operation = try await restore(backup, deployment)
            await #expect(throws: GraphError.self, "one at a time") { try await restore(backup, deployment) }
            try await deployment.worker.drain()
            let done = try await deployment.operation(operation.id)
            #expect(done.status == .completed, "\(done.steps)")
            #expect(done.steps.allSatisfy { $0.state == .done })
            #expect(try await keys(login, deployment) == ["before"])
            #expect(try await privileges(of: id, deployment) == before)
            // The login writes as it did, and the counters of the restored tables go on.
            try await write("later", as: login, deployment)
            let facts = try #require(try await deployment.services.graphs.facts(of: deployment.graph(id)))
            #expect(facts.nodes == ["Entity": 1, "Note": 2])
            // The safety copy holds what was there, is read back, and is kept for seven days.
            let copy = try #require(
                done.result["safety_backup_id"]?.stringValue.flatMap { GraphBackup.ID($0) })
            let safety = try #require(try await deployment.store.backup(copy))
            #expect(safety.initiator == .system && safety.verifiedAt != nil && safety.archive?.nodes == 3)
            #expect(safety.expiresAt == deployment.clock.now + .days(7))
            // What was replaced stays for a day, closed to tenants, and goes by its own job.
            #expect(try await deployment.objects(of: id).filter { $0.hasPrefix("d:") }.count == 2)
            try await deployment.advance(.hours(24))
            #expect(try await deployment.objects(of: id).filter { $0.hasPrefix("d:") } == ["d:" + id.databaseName])
            for type in ["backup_restore_started", "backup_restored"] { #expect(try await deployment.audit(type) == 1, "\(type)") }
        }
    }

    @Test(arguments: ["dump", "load", "loaded", "mode", "switch"])
    func `GRA-086 whichever step loses its process or its answer, the restore ends once and whole`(_ call: String) async throws {
        try await Deployment.with { deployment in
            for fault in [FaultyEngine.Fault.before(call), .after(call), .lost(call)] {
                let (id, login, backup) = try await prepared(deployment)
                try await write("after", as: login, deployment)
                deployment.engine.fail(fault)
                let operation = try await restore(backup, deployment)
                for _ in 0..<4 { try await deployment.advance(.minutes(15)) }
                deployment.engine.heal()
                #expect(try await deployment.operation(operation.id).status == .completed, "\(fault)")
                #expect(try await keys(login, deployment) == ["before"], "\(fault)")
                #expect(try await deployment.graph(id).mode == .full, "\(fault)")
                _ = try await deployment.services.graphs.delete(
                    id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
                try await deployment.advance(.hours(1))
                #expect(try await deployment.objects(of: id).isEmpty, "\(fault)")
            }
        }
    }

    @Test(arguments: ["dump", "load", "loaded", "switch"])
    func `GRA-086 a step that cannot be done leaves the graph as it was, with nothing beside it`(_ call: String) async throws {
        try await Deployment.with { deployment in
            let (id, login, backup) = try await prepared(deployment)
            try await write("after", as: login, deployment)
            deployment.engine.fail(.refused(call))
            let operation = try await restore(backup, deployment)
            for _ in 0..<3 { try await deployment.advance(.minutes(15)) }
            deployment.engine.heal()
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed && failed.failure?.code == "RESTORE_FAILED")
            #expect(try await keys(login, deployment) == ["after", "before"])
            #expect(try await deployment.graph(id).mode == .full)
            #expect(try await deployment.objects(of: id).filter { $0.hasPrefix("d:") } == ["d:" + id.databaseName])
            #expect(try await deployment.audit("backup_restore_failed") == 1)
        }
    }

    @Test func `GRA-086 counts and digests are compared: a record that does not fit stops the restore before the switch`() async throws {
        try await Deployment.with { deployment in
            let (id, login, backup) = try await prepared(deployment)
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph_backup SET archive = jsonb_set(archive, '{contentDigest}', '\"node:2:1\"') WHERE id = \(backup.id)")
            let operation = try await restore(backup, deployment)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .failed)
            #expect(try await keys(login, deployment) == ["before"])
            #expect(try await deployment.objects(of: id).filter { $0.hasPrefix("d:") } == ["d:" + id.databaseName])
        }
    }

    @Test func `GRA-086 what a restore has closed for its switch nobody opens again, neither news of a payment nor a new login`()
        async throws
    {
        try await Deployment.with { deployment in
            let (id, login, backup) = try await prepared(deployment)
            deployment.engine.pause(.before, "switch") {
                try await deployment.store.withTransaction(.system) { transaction in
                    let closed = try #require(try await transaction.lockedGraph(id))
                    #expect(closed.mode == .none)
                    try await deployment.services.lifecycle.change(closed, to: .full, in: transaction)
                    #expect(try await transaction.graph(id)?.mode == EngineMode.none)
                }
                await #expect(throws: GraphError.self) {
                    try await deployment.services.credentials.issue(
                        on: id, access: .readWrite, label: "", expiresAt: nil, as: deployment.caller)
                }
                // One that was asked for before the graph was closed, and is made now.
                let late = try await deployment.engine.issue(
                    LoginSpecification(role: id.loginRole(7), access: .readWrite),
                    for: EngineGraph(host: HostReference(name: "local"), graph: id),
                    limits: try #require(GraphCatalogue.standard.tier(.standard)).engineLimits)
                for login in [login, late] {
                    await #expect(throws: (any Error).self) { try await write("lost", as: login, deployment) }
                }
            }
            let operation = try await restore(backup, deployment)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(try await deployment.graph(id).mode == .full)
            try await write("later", as: login, deployment)
            #expect(try await keys(login, deployment) == ["before", "later"])
        }
    }

    @Test func `GRA-086 a graph that is closed and paid for again while it is restored opens when the restore is over`() async throws {
        try await Deployment.with { deployment in
            let (id, login, backup) = try await prepared(deployment)
            let actor = AuditActor.system(component: "test")
            deployment.engine.pause(.before, "switch") {
                for isSuspension in [true, false] {
                    try await deployment.store.withTransaction(.system) { transaction in
                        let graph = try #require(try await transaction.lockedGraph(id))
                        let (lifecycle, now) = (deployment.services.lifecycle, deployment.clock.now)
                        if isSuspension {
                            try await lifecycle.suspend(graph, reason: "unpaid", by: actor, at: now, in: transaction)
                        } else {
                            try await lifecycle.resume(graph, mode: .full, by: actor, at: now, in: transaction)
                        }
                    }
                }
                #expect(try await deployment.graph(id).mode == EngineMode.none)
            }
            _ = try await restore(backup, deployment)
            try await deployment.worker.drain()
            let opened = try await deployment.graph(id)
            #expect(opened.status == .active && opened.mode == .full)
            // The database of the backup's day knows the mode and the epoch of today.
            let meta = try await deployment.administering(id) { client in
                try await client.query("SELECT value FROM graph.meta WHERE key IN ('mode', 'mode_epoch') ORDER BY key").map {
                    try $0.decode("value", as: String.self)
                }
            }
            #expect(meta == ["full", String(opened.accessEpoch)])
            #expect(try await keys(login, deployment) == ["before"])
        }
    }

    @Test func `GRA-077 GRA-086 a restore waits for a backup that is being written, however long that takes`() async throws {
        try await Deployment.with { deployment in
            let (id, login, backup) = try await prepared(deployment)
            let other = GraphBackup.ID.make(at: deployment.clock.now)
            try await deployment.database.adminClient.execute(
                """
                INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, created_at, requested_by)
                VALUES (\(other), \(id.description), \(deployment.org), 'user', 'in_progress', \(deployment.clock.now), \(deployment.owner))
                """)
            let operation = try await restore(backup, deployment)
            try await deployment.worker.drain()
            for _ in 0..<6 { try await deployment.advance(.minutes(5)) }
            #expect(try await deployment.operation(operation.id).status == .running)
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_backup SET status = 'failed' WHERE id = \(other)")
            try await deployment.advance(.seconds(15))
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(try await keys(login, deployment) == ["before"])
        }
    }

    @Test func `GRA-086 each restore writes a copy of all there is, and a day has as many as the tier has backups`() async throws {
        try await Deployment.with { deployment in
            let (_, login, backup) = try await prepared(deployment)
            for _ in 0..<2 {
                let operation = try await restore(backup, deployment)
                try await deployment.worker.drain()
                #expect(try await deployment.operation(operation.id).status == .completed)
            }
            let tomorrow = deployment.clock.now.midnightAfter
            await #expect(throws: GraphError.restoreLimitReached(limit: 2, resetsAt: tomorrow, now: deployment.clock.now)) {
                try await restore(backup, deployment)
            }
            try await deployment.advance(tomorrow - deployment.clock.now)
            _ = try await restore(backup, deployment)
            try await deployment.worker.drain()
            #expect(try await keys(login, deployment) == ["before"])
        }
    }

    @Test func `GRA-086 what a restore asks for: an admin, the id, a completed backup of this graph, no protection`() async throws {
        try await Deployment.with { deployment in
            let (id, _, backup) = try await prepared(deployment)
            let backups = deployment.services.backups
            func attempt(_ id: GraphBackup.ID, _ confirmation: String, as user: User.ID) async throws {
                _ = try await backups.restore(
                    id, of: backup.graph, confirmation: confirmation, key: nil, as: GraphCaller(user: user, org: deployment.org))
            }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await attempt(backup.id, id.description, as: deployment.member)
            }
            await #expect(throws: GraphError.confirmationDiffers(id)) { try await attempt(backup.id, "kg0", as: deployment.owner) }
            await #expect(throws: GraphError.notFound) { try await attempt(.make(at: start), id.description, as: deployment.owner) }
            try await deployment.database.adminClient.execute("UPDATE graphs.graph SET delete_protected = true")
            await #expect(throws: GraphError.deleteProtected) { try await attempt(backup.id, id.description, as: deployment.owner) }
            try await deployment.database.adminClient.execute("UPDATE graphs.graph SET delete_protected = false")
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph_backup SET archive = jsonb_set(archive, '{databaseBytes}', '99999999999')")
            await #expect(throws: GraphError.self, "larger than the tier") {
                try await attempt(backup.id, id.description, as: deployment.owner)
            }
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_backup SET status = 'expired'")
            await #expect(throws: GraphError.backupNotCompleted(.expired)) {
                try await attempt(backup.id, id.description, as: deployment.owner)
            }
        }
    }
}
