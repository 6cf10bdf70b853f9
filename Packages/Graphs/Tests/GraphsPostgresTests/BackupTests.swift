import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Cryptography
import Foundation
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

@Suite struct BackupTests {
    private let wish = BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil)

    private func ask(_ deployment: Deployment, _ id: GraphID, _ wish: BackupWish? = nil) async throws -> Operations.Operation {
        try await deployment.services.backups.request(wish ?? self.wish, of: id, key: nil, as: deployment.caller).operation
    }

    private func listed(_ deployment: Deployment, _ id: GraphID) async throws -> [GraphBackup] {
        try await deployment.services.backups.backups(of: id, limit: 100, offset: 0, as: deployment.caller).page
    }

    private func enqueue(_ deployment: Deployment, _ job: some Job) async throws {
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(job, .standard) }
        try await deployment.worker.drain()
    }

    @Test func `GRA-075 GRA-076 a backup is written for real, and kept no longer than the tier keeps backups`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let accepted = try await ask(deployment, id)
            #expect(accepted.status == .pending)
            #expect(accepted.result["status"] == "accepted")
            #expect(accepted.result["requested_retention_days"] == 30)
            #expect(accepted.result["retention_days"] == 7)
            #expect(accepted.result["monitoring"]?["sse_endpoint"] == .string("/v1/operations/\(accepted.id)/stream"))
            try await deployment.worker.drain()
            let done = try await deployment.operation(accepted.id)
            #expect(done.status == .completed)
            #expect(done.steps.map(\.state) == [.done])
            let backup = try #require(try await listed(deployment, id).first)
            #expect(done.result["backup_id"] == .string(backup.id.description))
            #expect(backup.status == .completed)
            #expect(backup.expiresAt == start + .days(7))
            let archive = try #require(backup.archive)
            #expect(archive.nodes == 1 && archive.clearBytes > 0 && archive.storedBytes > 0 && archive.contentDigest != nil)
            for type in ["backup_requested", "backup_completed"] { #expect(try await deployment.audit(type) == 1, "\(type)") }
            await #expect(throws: GraphDraft.Faults.self) {
                try await ask(
                    deployment, id, BackupWish(format: "csv", type: "full", retentionDays: 91, isCompressed: false, schedule: "* * * * *"))
            }
            try await deployment.store.withTransaction(.system) {
                try await $0.grant(.member, on: id, to: deployment.member, by: deployment.owner, at: start)
            }
            await #expect(throws: GraphError.roleTooWeak(needed: .admin)) {
                try await deployment.services.backups.request(
                    wish, of: id, key: nil, as: GraphCaller(user: deployment.member, org: deployment.org))
            }
        }
    }

    @Test func `GRA-077 of twenty who ask at once as many get a backup as the day has, and a failed one gives its place back`() async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let outcomes = await withTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask { () -> String in
                        do {
                            _ = try await ask(deployment, id)
                            return "accepted"
                        } catch GraphError.backupLimitReached(let limit, let resetsAt, _) {
                            return "\(limit) \(resetsAt)"
                        } catch {
                            return "\(error)"
                        }
                    }
                }
                return await group.reduce(into: [:]) { counts, outcome in counts[outcome, default: 0] += 1 }
            }
            #expect(outcomes == ["accepted": 2, "2 \(start.midnightAfter)": 18])
            deployment.engine.fail(.refused("dump"))
            try await deployment.worker.drain()
            deployment.engine.heal()
            #expect(try await listed(deployment, id).isEmpty)
            #expect(try await deployment.audit("backup_failed") == 2)
            _ = try await ask(deployment, id)
            _ = try await ask(deployment, id)
            await #expect(throws: GraphError.self) { try await ask(deployment, id) }
            try await deployment.worker.drain()
            #expect(try await listed(deployment, id).count == 2)
            // The next day has places of its own; what the product makes never counts.
            try await deployment.advance(.days(1))
            _ = try await ask(deployment, id)
        }
    }

    @Test func `GRA-077 one backup of a graph is written at a time, and four of a host; the others wait`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let operation = try await ask(deployment, id)
            let admin = deployment.database.adminClient
            // Five others are under way on the host: this one waits, visibly, without using an attempt.
            for number in 0..<4 {
                let other = GraphID.make()
                try await admin.execute(
                    """
                    INSERT INTO graphs.graph (id, org_id, kind, created_by, created_at, provisioning_id, name, description, tags, extensions, tier,
                        host_id, status, status_since, mode, access_epoch)
                    SELECT \(other.description), org_id, kind, created_by, created_at, provisioning_id, \("n\(number)"), '', '{}', '{}', tier,
                        host_id, 'active', status_since, 'full', 1 FROM graphs.graph WHERE id = \(id.description)
                    """)
                try await admin.execute(
                    """
                    INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, created_at)
                    VALUES (\(GraphBackup.ID.make(at: start)), \(other.description), \(deployment.org), 'system', 'in_progress', \(start))
                    """)
            }
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .pending)
            try await admin.execute(
                """
                UPDATE graphs.graph_backup SET status = 'failed' WHERE initiator = 'system'
                  AND id = (SELECT min(id::text)::uuid FROM graphs.graph_backup WHERE initiator = 'system')
                """)
            try await deployment.advance(.seconds(5))
            #expect(try await deployment.operation(operation.id).status == .completed)
            await #expect(throws: PostgresError.self, "one of a graph at a time") {
                for _ in 0..<2 {
                    try await admin.execute(
                        """
                        INSERT INTO graphs.graph_backup (id, graph_id, org_id, initiator, status, created_at)
                        VALUES (\(GraphBackup.ID.make(at: start)), \(id.description), \(deployment.org), 'system', 'in_progress', \(start))
                        """)
                }
            }
        }
    }

    @Test func `OPS-028 a backup that is cancelled is not taken, and its day's place is free again`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let operations = OperationService(store: deployment.store, controller: GraphOperations(), dateSource: deployment.clock)
            for _ in 0..<3 {
                let operation = try await ask(deployment, id)
                _ = try await operations.cancel(operation.id, as: deployment.owner)
                try await deployment.worker.drain()
                #expect(try await deployment.operation(operation.id).status == .cancelled)
            }
            #expect(try await listed(deployment, id).isEmpty)
            #expect(try await deployment.services.backups.sums(of: id, as: deployment.caller).failed == 3)
        }
    }

    @Test func `GRA-079 a run that fails is tried three times more, then the row and its operation say so`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let operation = try await ask(deployment, id)
            for attempt in 1...4 {
                deployment.engine.fail(.before("dump"))
                if attempt == 1 { try await deployment.worker.drain() } else { try await deployment.advance(.hours(1)) }
                let status = try await deployment.operation(operation.id).status
                #expect(status == (attempt < 4 ? .running : .failed), "attempt \(attempt)")
            }
            #expect(try await deployment.operation(operation.id).failure?.code == "BACKUP_FAILED")
            #expect(try await deployment.store.unfinishedBackups(limit: 10).isEmpty)
            #expect(try await deployment.audit("backup_failed") == 1)
        }
    }

    @Test func `GRA-079 OPS-104 a backup whose job was lost is taken up by the supervisor, and what a dead process left is written anew`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let operation = try await ask(deployment, id)
            // As a process leaves it that dies while it writes, with its job.
            try await deployment.database.adminClient.execute(
                "UPDATE graphs.graph_backup SET status = 'in_progress', started_at = \(start) WHERE status = 'pending'")
            try await deployment.database.adminClient.execute("DELETE FROM jobs.job WHERE kind_id = jobs.kind_id('graphs.take_backup')")
            try await deployment.worker.drain()
            #expect(try await deployment.store.unfinishedBackups(limit: 10).count == 1)
            try await enqueue(deployment, SweepBackups(isForExpired: false))
            #expect(try await deployment.operation(operation.id).status == .completed)
            #expect(try await deployment.store.unfinishedBackups(limit: 10).isEmpty)
        }
    }

    @Test func `GRA-079 OPS-063 a backup whose job was given up has failed with it, and is not begun anew for ever`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let day = String(deployment.clock.now.description.prefix(10))
            // Cut off at its time limit, the attempt cannot note what came of it.
            deployment.archives.stopWriting(times: 8)
            let operation = try await ask(deployment, id)
            for _ in 0..<4 { try await deployment.advance(.minutes(16)) }
            #expect(try await deployment.store.unfinishedBackups(limit: 10).map(\.status) == [.inProgress])
            try await enqueue(deployment, SweepBackups(isForExpired: false))
            let failed = try await deployment.operation(operation.id)
            #expect(failed.status == .failed && failed.failure?.code == "BACKUP_FAILED")
            // The same by night.
            try await enqueue(deployment, TakeNightlyBackup(graph: id, day: day))
            for _ in 0..<4 { try await deployment.advance(.minutes(16)) }
            for _ in 0..<3 { try await enqueue(deployment, SweepBackups(isForExpired: false)) }
            #expect(try await deployment.store.unfinishedBackups(limit: 10).isEmpty)
            #expect(try await deployment.audit("backup_failed") == 2)
            #expect(try await deployment.database.adminClient.query("SELECT FROM jobs.job_dead").count == 2)
            // Nothing of it stands in the way of the next one.
            let next = try await ask(deployment, id)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(next.id).status == .completed)
        }
    }

    @Test func `GRA-079 a backup that does not come to an end within a day has failed, whatever keeps it`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let operation = try await ask(deployment, id)
            // Its job is lost each time, and no letter tells of it.
            func lose() async throws {
                try await deployment.database.adminClient.execute("DELETE FROM jobs.job WHERE kind_id = jobs.kind_id('graphs.take_backup')")
            }
            try await lose()
            deployment.clock.advance(by: .hours(24))
            #expect(try await deployment.store.unfinishedBackups(limit: 10).count == 1)
            deployment.clock.advance(by: .seconds(1))
            try await enqueue(deployment, SweepBackups(isForExpired: false))
            #expect(try await deployment.operation(operation.id).status == .failed)
            #expect(try await deployment.store.unfinishedBackups(limit: 10).isEmpty)
        }
    }

    @Test func `OPS-056 a backup takes as long as its tier allows for reading and for writing, and is not cut off before`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await deployment.database.adminClient.execute("UPDATE graphs.graph SET tier = 'ladybug-xlarge'")
            deployment.engine.pause(.before, "dump") {
                let jobs = try await deployment.database.adminClient.query(
                    "SELECT FROM jobs.job WHERE lease_by IS NOT NULL AND deadline > now() + interval '2 hours'")
                #expect(jobs.count == 1)
            }
            let operation = try await ask(deployment, id)
            try await deployment.worker.drain()
            #expect(try await deployment.operation(operation.id).status == .completed)
        }
    }

    @Test func `GRA-083 GRA-084 lists and sums show what there is, without what the product makes for itself`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            for _ in 0..<2 {
                _ = try await ask(deployment, id)
                try await deployment.advance(.minutes(1))
            }
            deployment.engine.fail(.refused("dump"))
            try await enqueue(deployment, TakeNightlyBackup(graph: id, day: "2026-03-01"))
            deployment.engine.heal()
            let (page, total) = try await deployment.services.backups.backups(of: id, limit: 1, offset: 0, as: deployment.caller)
            #expect(total == 2 && page.count == 1)
            let all = try await listed(deployment, id)
            #expect(all.map(\.createdAt) == all.map(\.createdAt).sorted(by: >))
            let beyond = try await deployment.services.backups.backups(of: id, limit: 10, offset: 5, as: deployment.caller)
            #expect(beyond.page.isEmpty && beyond.total == 2)
            let sums = try await deployment.services.backups.sums(of: id, as: deployment.caller)
            #expect(sums.total == all.count + sums.failed && sums.completed == 2)
            let size = try await deployment.database.adminClient.query(
                "SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = \(id.databaseName)")
            let bytes = try #require(try size.first?.decode("bytes", as: Int64.self))
            // What the database has, not what its packed dump has: an empty one has some megabytes, and packs to nearly nothing.
            #expect(all.allSatisfy { abs(($0.archive?.databaseBytes ?? 0) - bytes) < 2 << 20 })
            #expect(sums.originalBytes == all.compactMap(\.archive?.databaseBytes).reduce(0, +))
            #expect(sums.savedBytes > sums.originalBytes / 2 && sums.ratio < 0.5)
            #expect(sums.storedBytes == all.compactMap(\.archive?.storedBytes).reduce(0, +))
            #expect(sums.latest == all.first?.completedAt)
            #expect(sums.successPercent == Double(2) / Double(2 + sums.failed) * 100)
        }
    }
}

extension Instant {
    /// The midnight that follows.
    var midnightAfter: Instant { Instant(secondsSinceEpoch: (secondsSinceEpoch / 86_400 + 1) * 86_400) }
}
