import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
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

@Suite struct OrphanTests {
    private func sweep(_ deployment: Deployment, after pause: Duration = .zero) async throws {
        deployment.clock.advance(by: pause)
        try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepOrphans(), .standard) }
        try await deployment.worker.drain()
    }

    private func open(_ deployment: Deployment) async throws -> [String] {
        try await deployment.database.adminClient.query(
            "SELECT kind || ' ' || object AS line FROM graphs.orphan_finding WHERE state = 'open' ORDER BY 1"
        ).map { try $0.decode("line") }
    }

    private func found(_ deployment: Deployment) async throws -> Int { try await deployment.audit("graph_orphan_found") }

    private func marker(_ deployment: Deployment, _ graph: GraphID, _ name: String? = nil) -> String {
        "trellis deployment=\(name ?? deployment.name) graph=\(graph)"
    }

    @Test func `GRA-123 GRA-124 a host as the records say has no findings, also while graphs are made, restored and destroyed`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            _ = try await deployment.services.credentials.issue(
                on: id, access: .readOnly, label: "", expiresAt: nil, as: deployment.caller)
            for _ in 0..<3 { try await sweep(deployment, after: .hours(2)) }
            #expect(try await open(deployment).isEmpty)
            // What a restore replaced stays for a day, and is nothing to be told of.
            _ = try await deployment.services.backups.request(
                BackupWish(format: nil, type: nil, retentionDays: nil, isCompressed: nil, schedule: nil), of: id, key: nil,
                as: deployment.caller)
            try await deployment.worker.drain()
            let backup = try #require(try await deployment.store.backups(of: id).first)
            _ = try await deployment.services.backups.restore(
                backup.id, of: id, confirmation: id.description, key: nil, as: deployment.caller)
            try await deployment.worker.drain()
            #expect(try await deployment.objects(of: id).filter { $0.hasPrefix("d:") }.count == 2)
            for _ in 0..<25 { try await sweep(deployment, after: .hours(1)) }
            #expect(try await deployment.objects(of: id).filter { $0.hasPrefix("d:") }.count == 1)
            #expect(try await open(deployment).isEmpty)
            #expect(try await found(deployment) == 0)
            // At every step of a destruction: what a graph at work has is not looked at.
            for call in ["dump", "drop", "dropPrincipals"] {
                deployment.engine.fail(.before(call))
            }
            _ = try await deployment.services.graphs.delete(
                id, confirmation: id.description, atPeriodEnd: false, key: nil, as: deployment.caller)
            for _ in 0..<4 { try await sweep(deployment, after: .hours(1)) }
            try await deployment.advance(.hours(2))
            #expect(try await deployment.graph(id).status == .deprovisioned)
            for _ in 0..<2 { try await sweep(deployment, after: .hours(2)) }
            #expect(try await open(deployment).isEmpty)
            #expect(try await found(deployment) == 0)
        }
    }

    @Test func `GRA-123 each kind of fault is found, at the second sighting an hour later, and told once`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let issued = try await deployment.services.credentials.issue(
                on: id, access: .readOnly, label: "", expiresAt: nil, as: deployment.caller)
            let admin = deployment.database.adminClient
            func utility(_ sql: String) async throws { _ = try await admin.execute(Statement(sql, [])) }
            // Closed before it is marked, as the engine makes them: an open one would be a door for every graph that is verified meanwhile.
            func database(_ name: String) async throws {
                try await utility("CREATE DATABASE \"\(name)\"")
                try await utility("REVOKE ALL ON DATABASE \"\(name)\" FROM PUBLIC")
            }
            // A database and a role of ours that no row names; one with another deployment's marker, which is none of ours.
            let (unknown, others) = (GraphID.make(), GraphID.make())
            for (graph, name) in [(unknown, deployment.name), (others, "another")] {
                try await database(graph.description)
                try await utility("COMMENT ON DATABASE \"\(graph)\" IS '\(marker(deployment, graph, name))'")
                try await utility("CREATE ROLE \"\(graph)__rw\" NOLOGIN")
                try await utility("COMMENT ON ROLE \"\(graph)__rw\" IS '\(marker(deployment, graph, name))'")
            }
            // A login nobody knows, a credential whose role is gone, a copy left behind, and the graph's own database under a foreign marker.
            try await utility("CREATE ROLE \"\(id)__u00000001\" NOLOGIN")
            try await utility("COMMENT ON ROLE \"\(id)__u00000001\" IS '\(marker(deployment, id))'")
            try await utility("DROP ROLE \"\(issued.login.role)\"")
            try await database("\(id)__r00000001")
            try await utility("COMMENT ON DATABASE \"\(id)__r00000001\" IS '\(marker(deployment, id))'")
            let second = try await deployment.activeGraph()
            try await utility("COMMENT ON DATABASE \"\(second)\" IS NULL")
            try await sweep(deployment, after: .hours(2))
            let expected = [
                "credential \(issued.login.role)", "database \(unknown)", "foreign \(second)", "role \(id)__u00000001",
                "role \(unknown)__rw", "scratch \(id)__r00000001",
            ].sorted()
            #expect(try await open(deployment) == expected)
            #expect(try await found(deployment) == 0)
            try await sweep(deployment, after: .minutes(59))
            #expect(try await found(deployment) == 0)
            try await sweep(deployment, after: .minutes(1))
            #expect(try await found(deployment) == expected.count - 1, "a copy may be there for a day")
            try await sweep(deployment, after: .hours(1))
            #expect(try await found(deployment) == expected.count - 1)
            #expect(try await open(deployment) == expected)
            // The copy is on the safe list and goes when a day has passed; nothing else is touched. A host that does not do it hides nothing.
            deployment.engine.fail(.before("discardScratch"))
            try await sweep(deployment, after: .hours(26))
            #expect(try await found(deployment) == expected.count)
            #expect(try await open(deployment) == expected)
            try await sweep(deployment, after: .hours(1))
            #expect(try await deployment.audit("graph_orphan_removed") == 1)
            try await sweep(deployment, after: .hours(1))
            #expect(try await open(deployment) == expected.filter { !$0.hasPrefix("scratch") })
            #expect(try await deployment.objects(of: unknown).contains("d:\(unknown)"))
            // What is mended is closed; a database that vanished is never made anew.
            try await utility("DROP ROLE \"\(id)__u00000001\"")
            try await utility("DROP DATABASE \"\(id)\" WITH (FORCE)")
            try await sweep(deployment, after: .hours(1))
            let now = try await open(deployment)
            #expect(!now.contains("role \(id)__u00000001") && now.contains("missing_database \(id)"))
            #expect(try await !deployment.objects(of: id).contains("d:\(id)"))
            for graph in [unknown, others] {
                try await utility("DROP DATABASE \"\(graph)\"")
                try await utility("DROP ROLE \"\(graph)__rw\"")
            }
        }
    }

    @Test func `GRA-080 OPS-125 an old object that no row names goes when it was seen twice; a row without its object is told of`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            try await deployment.store.withTransaction(.system) {
                try await $0.enqueue(TakeNightlyBackup(graph: id, day: String(start.description.prefix(10))), .standard)
            }
            try await deployment.worker.drain()
            let own = try #require(try await deployment.archives.stored(after: nil, limit: 10).first?.key)
            let (old, young) = (String(repeating: "a", count: 32), String(repeating: "b", count: 32))
            for (key, date) in [(old, deployment.clock.now - .days(91)), (young, deployment.clock.now - .days(1))] {
                let path = deployment.directory + "/\(key).backup"
                try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: Double(date.secondsSinceEpoch))], ofItemAtPath: path)
            }
            func sweepStore() async throws -> [String] {
                try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepBackupStore(), .standard) }
                try await deployment.worker.drain()
                return try await deployment.archives.stored(after: nil, limit: 10).map(\.key)
            }
            #expect(try await sweepStore().contains(old))
            #expect(try await open(deployment) == ["backup_object \(old)"])
            deployment.clock.advance(by: .days(1))
            #expect(try await sweepStore() == [own, young].sorted())
            deployment.clock.advance(by: .days(1))
            try FileManager.default.removeItem(atPath: deployment.directory + "/\(own).backup")
            _ = try await sweepStore()
            let backup = try #require(try await deployment.store.backups(of: id).first)
            #expect(try await open(deployment) == ["backup_row \(backup.id)"])
            #expect(try await deployment.audit("backup_object_missing") == 0, "a store may be away for a moment")
            for _ in 0..<2 {
                deployment.clock.advance(by: .days(1))
                _ = try await sweepStore()
            }
            #expect(try await deployment.audit("backup_object_missing") == 1)
            let told = try await deployment.database.adminClient.query(
                "SELECT risk FROM audit.entry WHERE type = 'backup_object_missing' AND ref_backup = \(backup.id)")
            #expect(try told.map { try $0.decode("risk", as: String.self) } == ["critical"])
            // It covers nothing, and is not what keeps an older one from staying.
            try await deployment.database.adminClient.execute(
                """
                UPDATE graphs.graph_backup SET completed_at = \(deployment.clock.now)
                """)
            #expect(try await deployment.store.graphsWithoutBackup(at: deployment.clock.now, after: nil, limit: 10) == [id])
            #expect(try await deployment.store.withTransaction(.system) { try await $0.newestBackup(of: id) } == nil)
            // Never changed, never marked: somebody must look.
            #expect(try await deployment.store.backup(backup.id)?.status == .completed)
        }
    }

    @Test func `OPS-125 what a process that died while it wrote left in the store goes after a day, and nothing else`() async throws {
        try await Deployment.with { deployment in
            // Whatever the business time is: a writer lives by the machine's.
            let now = Instant.systemNow()
            func file(_ letter: Character, _ suffix: String, _ age: Duration) throws -> String {
                let path = deployment.directory + "/" + String(repeating: letter, count: 32) + suffix
                try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: Double((now - age).secondsSinceEpoch))], ofItemAtPath: path)
                return path
            }
            let left = try file("a", ".backup.part", .hours(27))
            let kept = [try file("b", ".backup.part", .hours(25)), try file("c", ".backup", .hours(27))]
            try await deployment.store.withTransaction(.system) { try await $0.enqueue(SweepBackupStore(), .standard) }
            try await deployment.worker.drain()
            #expect(!FileManager.default.fileExists(atPath: left))
            for path in kept { #expect(FileManager.default.fileExists(atPath: path), "\(path)") }
        }
    }
}
