import Core
import Cryptography
import Foundation
import Identity
import Jobs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

@testable import Orgs

/// Taking over the export of another installation.
@Suite struct ImportTests {
    /// The packages above are not there.
    private struct NoSections: ImportContributor {
        typealias Transaction = OrgOnlyTransaction
        var sections: [ImportedSection] { [] }
        func occupied(by rows: [JSONValue], of section: String, in transaction: OrgOnlyTransaction) async throws -> [String] { [] }
    }

    /// The files of an export in their order.
    private typealias Files = [(name: String, content: [UInt8])]

    private func command(_ house: House) -> OrgImport<PostgresOrgStore> {
        OrgImport(
            store: PostgresOrgStore(client: house.database.systemClient, dateSource: house.clock), contributor: NoSections(),
            dateSource: house.clock)
    }

    /// The export of Ada's org, in which Ben is a member and Cleo was.
    private func exported() async throws -> Files {
        var files: Files = []
        try await House.with { house in
            let ada = try await house.person("Ada")
            _ = try await house.member("Ben", of: ada.org, as: .admin)
            let cleo = try await house.member("Cleo", of: ada.org, as: .member)
            try await house.database.adminClient.execute(
                """
                UPDATE orgs.membership SET ended_at = \(house.clock.now), end_reason = 'left' WHERE user_id = \(cleo) AND org_id = \(ada.org)
                """)
            files = try await export(ada.org, by: ada.user, house)
        }
        return files
    }

    private func export(_ org: Org.ID, by user: User.ID, _ house: House) async throws -> Files {
        let exports = OrgExports(store: house.store, proofs: AnyProof(), settings: house.settings, dateSource: house.clock)
        let export = try await exports.start(provenBy: nil, from: someClient, in: try await house.ownerScope(user, org))
        let writer = WriteExportHandler(
            store: PostgresOrgStore(client: house.database.systemClient, dateSource: house.clock), contributors: [],
            settings: house.settings)
        #expect(try await writer.run(WriteExport(export: export.id), context: house.context()) == .completed)
        var files: Files = []
        while let piece = try await exports.piece(files.count, of: export), !piece.starts(with: [0x50, 0x4B, 0x01, 0x02]) {
            let start = 30 + Int(piece[26])
            files.append((String(decoding: piece[30..<start], as: UTF8.self), Array(piece[start...])))
        }
        #expect(files.count > 4)
        return files
    }

    /// A zip of these files; the manifest tells their true sums.
    private func zip(_ files: Files, sums: Bool = true) throws -> Data {
        var zip = ZipFile()
        var bytes: [UInt8] = []
        for (name, content) in files {
            var content = content
            if name == "manifest.json", sums {
                var manifest = try #require(try JSON.decode(JSONValue.self, from: content).objectValue)
                manifest["files"] = .array(
                    files.filter { !["manifest.json", "index.txt"].contains($0.name) }.map { name, content in
                        [
                            "name": .string(name), "rows": .integer(Int64(content.count { $0 == 0x0A })),
                            "sha256": .string(Hex.encode(SHA256.digest(of: content))),
                        ]
                    })
                content = try JSON.encode(JSONValue.object(manifest))
            }
            bytes += zip.entry(name, content)
        }
        return Data(bytes + zip.directory())
    }

    /// The same with a text of one file replaced.
    private func edited(_ files: Files, _ name: String, _ text: String, _ other: String) -> Files {
        files.map { file in
            guard file.name == name else { return file }
            return (name, Array(String(decoding: file.content, as: UTF8.self).replacing(text, with: other).utf8))
        }
    }

    @Test
    func
        `ORG-106 a file that is not as it was exported is refused by its place; as it was, it is taken over and exports as the same again`()
        async throws
    {
        let files = try await exported()
        let whole = try zip(files)
        let middle = whole.count / 3
        var damaged = whole
        damaged[middle] ^= 1
        func message(_ file: Data, _ house: House) async -> String {
            do {
                _ = try await command(house).run(file)
                return "taken over"
            } catch {
                return "\(error)"
            }
        }
        try await House.with { house in
            let notAnExport = "this is no export as it was downloaded: "
            let cases: [(Data, String)] = [
                (Data(), notAnExport + "it does not end as a zip file"),
                (whole.dropLast(), notAnExport + "it does not end as a zip file"),
                (whole.dropFirst(), notAnExport + "its directory is not where it should be"),
                (try zip(files + [("../etc.jsonl", [])]), notAnExport + "the name of a file is none of an export's"),
                (try zip(files.filter { $0.name != "manifest.json" }), notAnExport + "manifest.json is missing"),
                (
                    try zip(edited(files, "manifest.json", "\"schema_version\":1", "\"schema_version\":2")),
                    "this release reads version 1 of exports, not 2"
                ),
                (
                    try zip(edited(files, "org.jsonl", "active", "frozen"), sums: false),
                    "org.jsonl is not what the manifest says: its SHA-256 is another one"
                ),
                (try zip(files + [("secrets.jsonl", [0x7B, 0x7D, 0x0A])]), "secrets.jsonl is of no section that this release knows"),
                (try zip(files.reversed()), "limits.jsonl is not in its place"),
                (try zip(edited(files, "org.jsonl", "\"state\":", "\"states\":")), "org.jsonl, line 1: the column states is unknown"),
                (
                    try zip(edited(files, "org.jsonl", "\"org_type\":\"personal\",", "")),
                    "org.jsonl, line 1: the column org_type is missing"
                ),
                (
                    try zip(edited(files, "limits.jsonl", "\"graphs_held\":0", "\"graphs_held\":\"0\"")),
                    "limits.jsonl, line 1: the column graphs_held has a value of another kind"
                ),
                (
                    try zip(edited(files, "org.jsonl", "\"state\":", "\"state\":\"frozen\",\"state\":")),
                    "org.jsonl, line 1: it is not written as exports write it"
                ),
                (
                    try zip(edited(files, "org.jsonl", "\"active\"", "\"deleted\"")),
                    "only an org that is active or frozen is taken over; this one is deleted"
                ),
                (
                    try zip(edited(files, "org.jsonl", "\"off\"", "\"some\"")),
                    "org.jsonl has a value that the rule org_mfa_rule_check refuses"
                ),
                (
                    try zip(edited(files, "memberships.jsonl", "ben@example.com", "Ben@example.com")),
                    "memberships.jsonl has a present member without a valid id, time, address or name"
                ),
                (try zip(edited(files, "memberships.jsonl", "\"owner\"", "\"admin\"")), "memberships.jsonl has no owner"),
                (
                    try zip(edited(files, "audit.jsonl", "\"summary\":\"", "\"summary\":\"\\u0000")),
                    "audit.jsonl, line 1: the column summary has a character that no text may have"
                ),
            ]
            for (file, expected) in cases { #expect(await message(file, house) == expected) }
            #expect(await message(damaged, house) != "taken over")
            for table in ["orgs.org", "identity.account", "orgs.imported_row", "audit.entry"] { #expect(try await house.count(table) == 0) }

            // As it was exported it is taken over, and its export here has the same files: before the earlier entries stand those that were written here.
            let org = try await command(house).run(whole).org
            let owners = try await house.database.adminClient.query("SELECT user_id FROM orgs.membership WHERE role = 'owner'")
            let again = try await export(org, by: try #require(owners.first).decode("user_id"), house)
            #expect(again.map { $0.name } == files.map { $0.name })
            for (file, other) in Swift.zip(files, again) where !["manifest.json", "index.txt"].contains(file.name) {
                #expect(
                    file.name == "audit.jsonl"
                        ? other.content.suffix(file.content.count).elementsEqual(file.content) : other.content == file.content)
            }
        }
    }

    @Test func `ORG-106 people who are here already stay who they are, and an address of somebody else stops the import`() async throws {
        let file = try zip(try await exported())
        try await House.with { house in
            // Somebody else has Ben's address here.
            let other = try await house.person("Ben")
            let before = try await house.count("orgs.org")
            do {
                _ = try await command(house).run(file)
                Issue.record("it was taken over")
            } catch ImportRefusal.occupied(let things) {
                #expect(things.count == 1 && things[0].hasSuffix(" or the address of that person"))
            }
            #expect(try await house.count("orgs.org") == before)
            #expect(try await house.count("identity.account") == 1)
            try await house.database.adminClient.execute(
                "UPDATE identity.account SET email = 'other@example.com' WHERE id = \(other.user)")
            let report = try await command(house).run(file)
            #expect(report.people == 2 && report.known == 0)
            #expect(report.sections.map(\.name).prefix(2) == ["org", "memberships"] && report.sections[1].rows == 3)
            #expect(try await house.entries("org_imported", of: report.org) == 1)
            #expect(try await house.entries("user_imported") == 2)
            try await house.expectOwners()

            // The org goes, with what it brought along; the same people come again with it and are the same people.
            try await house.database.adminClient.withTransaction(scope: .none) { transaction in
                try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
                for table in ["orgs.imported_row", "orgs.membership", "orgs.org_limits"] {
                    try await transaction.execute(
                        Statement("DELETE FROM " + table + " WHERE org_id = '" + report.org.uuid.uuidString + "'"))
                }
                try await transaction.execute("DELETE FROM orgs.org WHERE id = \(report.org)")
            }
            let again = try await command(house).run(file)
            #expect(again.people == 0 && again.known == 2)
        }
    }
}
