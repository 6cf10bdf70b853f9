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

@Suite struct BackupUpkeepTests {
    private func enqueue(_ deployment: Deployment, _ job: some Job) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(job, .standard) }
        try await deployment.worker.drain()
    }

    private func rows(_ deployment: Deployment, _ where: Statement) async throws -> [Row] {
        try await deployment.database.adminClient.query(
            "SELECT id, night::text AS night, status, created_at, expires_at FROM graphs.graph_backup WHERE \(fragment: `where`) ORDER BY id"
        )
    }

    private func jobs(_ deployment: Deployment, _ kind: String) async throws -> [String: Instant] {
        let rows = try await deployment.database.adminClient.query(
            """
            SELECT j.args ->> 'backup' AS backup, j.run_at FROM jobs.job j JOIN jobs.kind k ON k.id = j.kind_id WHERE k.name = \(kind)
            """)
        return Dictionary(try rows.map { (try $0.decode("backup", as: String.self), try $0.decode("run_at", as: Instant.self)) }) {
            first, _ in first
        }
    }

    /// Nine o'clock: the night's three hours begin at seven, so that each graph's minute has come by eleven.
    private func night(_ deployment: Deployment) async throws {
        let morning = deployment.clock.now.midnightAfter + .hours(7)
        deployment.clock.advance(to: morning)
        try await enqueue(deployment, OrderNightlyBackups())
        try await deployment.advance(.hours(3))
    }

    @Test func `GRA-078 OPS-122 each graph in use has one backup a day for thirty days, kept as long as its tier keeps them`() async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            for _ in 0..<30 {
                try await night(deployment)
                // Asked for again, by a second scheduler or after a restart: the day has its backup.
                try await enqueue(deployment, OrderNightlyBackups())
            }
            let all = try await rows(deployment, "initiator = 'scheduled'")
            #expect(all.count == 30)
            let nights = try all.map { try $0.decode("night", as: String.self) }
            #expect(Set(nights).count == 30)
            for row in all {
                let made = try row.decode("created_at", as: Instant.self)
                #expect(try row.decode("expires_at", as: Instant.self) == made + .days(7))
                #expect(made >= made.midnightAfter - .hours(17) && made < made.midnightAfter - .hours(14) + .seconds(1))
            }
            // Those whose week is over went by the jobs of their own ends, one each.
            #expect(try await rows(deployment, "status = 'completed'").count <= 8)
            #expect(try await deployment.services.backups.backups(of: id, limit: 100, offset: 0, as: deployment.caller).total <= 8)
        }
    }

    @Test func `GRA-078 a night that was missed is made up the same day and not the next`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let day = String((deployment.clock.now.midnightAfter + .hours(7)).description.prefix(10))
            // The worker comes back at eleven in the evening.
            deployment.clock.advance(to: deployment.clock.now.midnightAfter + .hours(23))
            try await enqueue(deployment, OrderNightlyBackups())
            #expect(try await rows(deployment, "status = 'completed'").count == 1)
            // A job of yesterday that comes after midnight takes nothing.
            deployment.clock.advance(by: .hours(2))
            try await enqueue(deployment, TakeNightlyBackup(graph: id, day: day))
            #expect(try await rows(deployment, "initiator = 'scheduled'").count == 1)
        }
    }

    @Test func `OPS-053 the end of every backup is an instant in its row and a waiting job keyed by it, of the final one as well`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let wish = BackupWish(format: nil, type: nil, retentionDays: 3, isCompressed: nil, schedule: nil)
            _ = try await deployment.services.backups.request(wish, of: id, key: nil, as: deployment.caller)
            try await enqueue(deployment, TakeNightlyBackup(graph: id, day: String(start.description.prefix(10))))
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            #expect(try await deployment.graph(id).status == .deprovisioned)
            let ends = try await deployment.database.adminClient.query("SELECT id, initiator, expires_at FROM graphs.graph_backup")
            #expect(Set(try ends.map { try $0.decode("initiator", as: String.self) }) == ["user", "scheduled", "final"])
            let waiting = try await jobs(deployment, ExpireBackup.kind)
            for row in ends {
                let backup: GraphBackup.ID = try row.decode("id")
                #expect(waiting[backup.description] == (try row.decode("expires_at", as: Instant.self)), "\(backup)")
            }
            #expect(waiting.count == ends.count)
        }
    }

    @Test
    func
        `GRA-080 OPS-123 at its end a backup loses its object first, the newest of a living graph stays, a store that refuses is asked again`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let wish = BackupWish(format: nil, type: nil, retentionDays: 1, isCompressed: nil, schedule: nil)
            var made: [GraphBackup] = []
            for _ in 0..<2 {
                _ = try await deployment.services.backups.request(wish, of: id, key: nil, as: deployment.caller)
                try await deployment.worker.drain()
                made = try await deployment.store.backups(of: id)
                deployment.clock.advance(by: .minutes(1))
            }
            let (newer, older) = (try #require(made.first), try #require(made.last))
            try await deployment.advance(.days(1))
            #expect(try await deployment.store.backup(older.id)?.status == .expired)
            #expect(try await deployment.store.backup(newer.id)?.status == .completed)
            #expect(try await deployment.archives.stored(after: nil, limit: 10).map(\.key) == [newer.archive?.objectKey].compactMap(\.self))
            #expect(try await deployment.audit("backup_expired") == 1)
            #expect(try await deployment.store.backupsDue(at: deployment.clock.now, limit: 10).isEmpty)
            // A newer one lets it go; the first time the store does not answer.
            _ = try await deployment.services.backups.request(wish, of: id, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            #expect(try await deployment.store.backupsDue(at: deployment.clock.now, limit: 10) == [newer.id])
            deployment.archives.refuseOnce()
            try await deployment.database.adminClient.execute("DELETE FROM jobs.job WHERE kind_id = jobs.kind_id('graphs.expire_backup')")
            try await enqueue(deployment, SweepBackups(isForExpired: true))
            #expect(try await deployment.store.backup(newer.id)?.status == .completed)
            try await deployment.advance(.minutes(1))
            #expect(try await deployment.store.backup(newer.id)?.status == .expired)
        }
    }

    @Test func `GRA-081 OPS-124 a graph in use for two days without a nightly backup is told of once a day, and nothing is changed`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await enqueue(deployment, CheckBackupCoverage())
            #expect(try await deployment.audit("backup_coverage_missing") == 0)
            deployment.clock.advance(by: .days(2))
            for _ in 0..<2 { try await enqueue(deployment, CheckBackupCoverage()) }
            #expect(try await deployment.audit("backup_coverage_missing") == 1)
            #expect(try await deployment.store.graphsWithoutBackup(at: deployment.clock.now, after: nil, limit: 10) == [id])
            #expect(try await deployment.store.graphsWithoutBackup(at: deployment.clock.now, after: id, limit: 10).isEmpty)
            #expect(try await rows(deployment, "true").isEmpty)
            try await night(deployment)
            #expect(try await deployment.store.graphsWithoutBackup(at: deployment.clock.now, after: nil, limit: 10).isEmpty)
            try await enqueue(deployment, CheckBackupCoverage())
            #expect(try await deployment.audit("backup_coverage_missing") == 1)
            #expect(try await deployment.store.graphsWithoutBackup(at: deployment.clock.now + .days(2), after: nil, limit: 10) == [id])
        }
    }

    @Test func `GRA-082 OPS-126 one backup of each host a week is restored for a try and dropped; one that cannot be is critical`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await enqueue(deployment, TakeNightlyBackup(graph: id, day: String(start.description.prefix(10))))
            let before = try await deployment.objects(of: id)
            try await enqueue(deployment, OrderDrills())
            #expect(try await deployment.audit("backup_drill_failed") == 0)
            #expect(try await deployment.objects(of: id) == before)
            #expect(try await deployment.database.adminClient.query("SELECT FROM jobs.job_dead").isEmpty)
            // A row that is not what the archive holds.
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph_backup SET archive = jsonb_set(archive, '{nodes}', '99') WHERE status = 'completed'")
            try await deployment.advance(.days(6))
            try await enqueue(deployment, OrderDrills())
            #expect(try await deployment.audit("backup_drill_failed") == 1)
            #expect(try await deployment.objects(of: id) == before)
        }
    }

    @Test func `GRA-060 final backups are seen by those who run the org, cost no download, end after 90 days, and can be erased earlier`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let backups = deployment.services.backups
            await #expect(throws: GraphError.notGone(.active)) {
                try await backups.erase(id, confirmation: id.description, key: nil, as: deployment.caller)
            }
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            let final = try #require(try await backups.backups(of: id, limit: 10, offset: 0, as: deployment.caller).page.first)
            #expect(final.initiator == .final)
            await #expect(throws: GraphError.notFound) {
                try await backups.backups(
                    of: id, limit: 10, offset: 0, as: GraphCaller(user: deployment.member, org: deployment.org))
            }
            for _ in 0..<12 {
                let link = try await backups.link(to: final.id, of: id, lasting: .seconds(300), as: deployment.caller)
                _ = try await backups.open(link.token)
                deployment.clock.advance(by: .seconds(301))
            }
            try await deployment.advance(.days(89))
            #expect(try await deployment.store.backup(final.id)?.status == .completed)
            await #expect(throws: GraphError.confirmationDiffers(id)) {
                try await backups.erase(id, confirmation: "kg", key: nil, as: deployment.caller)
            }
            let erased = try await backups.erase(id, confirmation: id.description, key: nil, as: deployment.caller).operation
            #expect(erased.status == .completed && erased.result["erased"] == 1)
            #expect(try await deployment.archives.stored(after: nil, limit: 10).isEmpty)
            #expect(try await deployment.store.backup(final.id)?.status == .expired)
            #expect(try await deployment.audit("backups_erased") == 1)
            await #expect(throws: GraphError.notFound) {
                try await backups.backups(of: id, limit: 10, offset: 0, as: deployment.caller)
            }
            #expect(try await jobs(deployment, ExpireBackup.kind).isEmpty)
        }
    }
}
