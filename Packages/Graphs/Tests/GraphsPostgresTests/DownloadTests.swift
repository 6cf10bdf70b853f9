import Audit
import AuditPostgres
import Billing
import BillingPostgres
import BillingTesting
import Core
import Cryptography
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

@Suite struct DownloadTests {
    private func backups(_ deployment: Deployment, of id: GraphID, _ count: Int) async throws -> [GraphBackup] {
        for number in 0..<count {
            try await deployment.store.withTransaction(.system) {
                try await $0.enqueue(
                    TakeNightlyBackup(graph: id, day: String((start + .days(number)).description.prefix(10))), .standard)
            }
            try await deployment.worker.drain()
            deployment.clock.advance(by: .days(1))
        }
        return try await deployment.store.backups(of: id)
    }

    @Test func `GRA-085 a link gives the archive in clear until its end, to nobody once it is altered, expired or its owner lost the role`()
        async throws
    {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let backup = try #require(try await backups(deployment, of: id, 1).first)
            let service = deployment.services.backups
            try await deployment.store.withTransaction(.system) {
                try await $0.grant(.admin, on: id, to: deployment.member, by: deployment.owner, at: start)
            }
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            let link = try await service.link(to: backup.id, of: id, lasting: .seconds(300), as: member)
            for _ in 0..<2 {
                let (opened, contents) = try await service.open(link.token)
                #expect(opened.id == backup.id)
                var clear: [UInt8] = []
                while true {
                    let more = try await contents.read(upTo: 1 << 16)
                    if more.isEmpty { break }
                    clear += more
                }
                #expect(clear.starts(with: Array("PGDMP".utf8)))
                #expect(SHA256.hex(of: clear) == backup.archive?.clearDigest)
                #expect(Int64(clear.count) == backup.archive?.clearBytes)
            }
            // One entry when the link was handed out, one for its first use.
            #expect(try await deployment.audit("backup_downloaded") == 2)
            let altered = link.token.dropLast() + (link.token.hasSuffix("A") ? "B" : "A")
            for token in [String(altered), "", ".", "a.b", link.token + ".x", String(link.token.dropFirst())] {
                await #expect(throws: GraphError.notFound, "\(token)") { try await service.open(token) }
            }
            let other = SignedDownloadLinks(master: SecretBytes.random(count: 32, from: SystemRandomSource()))
            let forged = other.token(
                for: BackupDownload(
                    backup: backup.id, graph: id, user: deployment.owner, createdAt: start, expiresAt: start + .days(9), isCounted: false))
            await #expect(throws: GraphError.notFound) { try await service.open(forged) }
            try await deployment.store.withTransaction(.system) {
                _ = try await $0.endAccess(of: deployment.member, in: deployment.org)
            }
            await #expect(throws: GraphError.notFound, "the role is gone") { try await service.open(link.token) }
            try await deployment.store.withTransaction(.system) {
                try await $0.grant(.admin, on: id, to: deployment.member, by: deployment.owner, at: start)
            }
            _ = try await service.open(link.token)
            deployment.clock.advance(by: .seconds(300))
            await #expect(throws: GraphError.notFound, "its time is over") { try await service.open(link.token) }
        }
    }

    @Test func `GRA-085 a link of somebody who is switched off opens nothing, and works again with them`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let backup = try #require(try await backups(deployment, of: id, 1).first)
            let service = deployment.services.backups
            try await deployment.store.withTransaction(.system) {
                try await $0.grant(.admin, on: id, to: deployment.member, by: deployment.owner, at: start)
            }
            let member = GraphCaller(user: deployment.member, org: deployment.org)
            let link = try await service.link(to: backup.id, of: id, lasting: .hours(24), as: member)
            _ = try await service.open(link.token)
            func become(_ status: String) async throws {
                try await deployment.database.adminClient.execute(
                    "UPDATE identity.account SET status = \(status) WHERE id = \(deployment.member)")
            }
            try await become("deactivated")
            await #expect(throws: GraphError.notFound) { try await service.open(link.token) }
            try await become("active")
            _ = try await service.open(link.token)
        }
    }

    @Test func `GRA-085 a month has as many downloads as the plan, a link that is good costs nothing when asked for again`() async throws {
        try await Deployment.with { deployment in
            let id = try await deployment.activeGraph()
            let backup = try #require(try await backups(deployment, of: id, 1).first)
            let service = deployment.services.backups
            func link() async throws -> DownloadLink {
                try await service.link(to: backup.id, of: id, lasting: .seconds(300), as: deployment.caller)
            }
            for _ in 0..<10 {
                let first = try await link()
                #expect(try await link() == first)
                deployment.clock.advance(by: .seconds(100))
                let again = try await link()
                #expect(again.token == first.token && again.expiresIn == .seconds(200))
                deployment.clock.advance(by: .seconds(201))
            }
            let month = Instant("2026-04-01T00:00:00Z")
            await #expect(throws: GraphError.self) { try await link() }
            do {
                _ = try await link()
            } catch GraphError.downloadLimitReached(let limit, let resetsAt, _) {
                #expect(limit == 10)
                #expect(resetsAt == month)
            }
            await #expect(throws: GraphError.self, "too short") {
                try await service.link(to: backup.id, of: id, lasting: .seconds(299), as: deployment.caller)
            }
            try await deployment.database.adminClient.execute("UPDATE graphs.graph_backup SET expires_at = NULL")
            deployment.clock.advance(to: try #require(month))
            _ = try await link()
        }
    }
}
