import Core
import Cryptography
import Foundation
import Identity
import IdentityPostgres
import Jobs
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// The way out with one's data.
@Suite struct ExportTests {
    private func exports(_ house: House) -> OrgExports<PostgresOrgStore> {
        OrgExports(store: house.store, proofs: AnyProof(), settings: house.settings, dateSource: house.clock)
    }

    private func writer(_ house: House) -> WriteExportHandler<PostgresOrgStore> {
        WriteExportHandler(
            store: PostgresOrgStore(client: house.database.systemClient, dateSource: house.clock), contributors: [],
            settings: house.settings)
    }

    /// The entries of a written export, read by the system's own unzip.
    private func files(of export: OrgExport, _ house: House) async throws -> [String: String] {
        var bytes: [UInt8] = []
        var number = 0
        while let piece = try await exports(house).piece(number, of: export) {
            bytes += piece
            number += 1
        }
        #expect(Int64(bytes.count) == export.size)
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(bytes).write(to: folder.appending(path: "export.zip"))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-m", "zipfile", "-e", folder.appending(path: "export.zip").path, folder.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        var found: [String: String] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name != "export.zip" {
            found[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        return found
    }

    @Test func `ORG-101 of five who ask at once one gets an export, and the sixth of a day waits`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.ownerScope(ada.user, ada.org)
            let endings = try await withThrowingTaskGroup(of: Ending.self) { group in
                for _ in 1...5 {
                    group.addTask { try await Ending { _ = try await exports(house).start(provenBy: nil, from: someClient, in: scope) } }
                }
                return try await group.reduce(into: [Ending]()) { $0.append($1) }
            }
            #expect(endings.count { $0 == .done } == 1 && endings.count { $0 == .refused(.exportRunning) } == 4)
            for number in 1...5 {
                let running = try #require(try await exports(house).exports(for: scope).first)
                #expect(try await writer(house).run(WriteExport(export: running.id), context: house.context()) == .completed)
                house.clock.advance(by: .hours(1))
                if number < 5 { _ = try await exports(house).start(provenBy: nil, from: someClient, in: scope) }
            }
            await #expect(throws: OrgsError.exportLimitReached(seconds: 19 * 3_600)) {
                try await exports(house).start(provenBy: nil, from: someClient, in: scope)
            }
            house.clock.advance(by: .hours(19))
            _ = try await exports(house).start(provenBy: nil, from: someClient, in: scope)
        }
    }

    @Test func `ORG-102 ORG-104 the file has every section with its sum, and no link, hash or row of another org`() async throws {
        try await House.with(also: [GraphViews.self]) { house in
            let ada = try await house.person("Ada")
            let ben = try await house.member("Ben", of: ada.org, as: .admin)
            _ = try await house.person("Stranger")
            try await house.graph("kg1", of: ada.org)
            try await house.database.adminClient.execute(
                """
                INSERT INTO orgs.invitation (id, org_id, email, role, token_hash, state, invited_by, send_count, last_sent_at, expires_at, created_at)
                VALUES (gen_random_uuid(), \(ada.org), 'eve@example.com', 'member', decode(repeat('ab', 32), 'hex'), 'pending', \(ada.user), 1,
                    now(), now(), now())
                """)
            let scope = try await house.ownerScope(ada.user, ada.org)
            let started = try await exports(house).start(provenBy: nil, from: someClient, in: scope)
            #expect(try await writer(house).run(WriteExport(export: started.id), context: house.context()) == .completed)
            let export = try await exports(house).download(started.id, in: scope)
            let files = try await files(of: export, house)
            #expect(
                Set(files.keys) == [
                    "org.jsonl", "memberships.jsonl", "invitations.jsonl", "limits.jsonl", "graphs.jsonl", "audit.jsonl", "manifest.json",
                    "index.txt",
                ])
            #expect(files["memberships.jsonl"]?.split(separator: "\n").count == 2)
            #expect(
                files["memberships.jsonl"]?.contains("ben@example.com") == true
                    && files["memberships.jsonl"]?.contains(ben.uuid.uuidString.lowercased()) == true)
            let text = try #require(files["manifest.json"])
            let manifest = try JSON.decode(JSONValue.self, from: Array(text.utf8))
            #expect(manifest["schema_version"] == 1 && manifest["files"]?.arrayValue?.count == 6)
            for file in try #require(manifest["files"]?.arrayValue) {
                let name = try #require(file["name"]?.stringValue)
                let content = try #require(files[name])
                #expect(file["rows"] == .integer(Int64(content.split(separator: "\n").count)))
                #expect(file["sha256"]?.stringValue == Hex.encode(SHA256.digest(of: content)))
            }
            let entries = try #require(files["audit.jsonl"]).split(separator: "\n").map {
                try JSON.decode(JSONValue.self, from: Array($0.utf8))
            }
            #expect(entries.count == (try await house.entries("org_created", of: ada.org)) + (try await house.entries("org_exported")) - 1)
            #expect(entries.allSatisfy { $0["references"]?["org"] == .string(ada.org.uuid.uuidString.lowercased()) })
            for content in files.values {
                for secret in ["abababab", "token_hash", "password", "stranger", "Stranger"] { #expect(!content.contains(secret)) }
            }
            #expect(try await house.entries("org_exported", of: ada.org) == 2)
            #expect(try await house.events("orgs.export_ready") == 1)
        }
    }

    @Test func `ORG-105 ORG-107 a deleted org is exported until its purge, and a file lives seven days`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            _ = try await house.deletions().delete(house.request(), in: house.endingScope(ada.user, ada.org), validatingOnly: false)
            let scope = try await house.endingScope(ada.user, ada.org)
            let started = try await exports(house).start(provenBy: nil, from: someClient, in: scope)
            await #expect(throws: OrgsError.notFound) { try await exports(house).download(started.id, in: scope) }
            #expect(try await writer(house).run(WriteExport(export: started.id), context: house.context()) == .completed)
            #expect(try await writer(house).run(WriteExport(export: started.id), context: house.context()) == .completed)
            house.clock.advance(by: .days(7) - .seconds(1))
            #expect(try await exports(house).download(started.id, in: scope).state == .ready)
            house.clock.advance(by: .seconds(1))
            await #expect(throws: OrgsError.notFound) { try await exports(house).download(started.id, in: scope) }
            let expire = ExpireExportsHandler(store: PostgresOrgStore(client: house.database.systemClient, dateSource: house.clock))
            #expect(try await expire.run(ExpireExports(), context: house.context()) == .completed)
            #expect(try await house.count("orgs.org_export_piece") == 0)
            #expect(try await exports(house).exports(for: scope).map(\.state) == [.expired])
        }
    }

    @Test func `ORG-103 all sections of an export show one instant, however much happens meanwhile`() async throws {
        try await House.with { house in
            let ada = try await house.person("Ada")
            let scope = try await house.ownerScope(ada.user, ada.org)
            let started = try await exports(house).start(provenBy: nil, from: someClient, in: scope)
            let admin = try await house.adminScope(ada.user, ada.org)
            async let written = writer(house).run(WriteExport(export: started.id), context: house.context())
            for number in 1...raceRounds {
                _ = try await house.orgs.update(OrgChanges(name: OrgName("N\(number)")), ifVersion: nil, in: admin)
            }
            #expect(try await written == .completed)
            let files = try await files(of: exports(house).download(started.id, in: scope), house)
            // The name of the org is the one that the newest rename in the same export says.
            let org = try JSON.decode(JSONValue.self, from: Array(try #require(files["org.jsonl"]).utf8))
            let renames = try #require(files["audit.jsonl"]).split(separator: "\n").map {
                try JSON.decode(JSONValue.self, from: Array($0.utf8))
            }
            .filter { $0["type"] == "org_updated" }.count
            #expect(org["name"] == .string(renames == 0 ? "Personal Workspace" : "N\(renames)"))
        }
    }
}
