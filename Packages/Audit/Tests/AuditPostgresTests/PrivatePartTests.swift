import Audit
import AuditProof
import Core
import Cryptography
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

@Suite struct PrivatePartTests {
    private let system = AuditActor.system(component: "test")

    @Test func `AUD-059 what is personal stands beside the entry, which holds its salted digest alone, and the verifier compares them`()
        async throws
    {
        try await Log.withActors { log, person in
            let actor = AuditActor.user(AuditReference(person))
            try await log.write { _ = try await $0.record(PersonActed(person: person, company: log.company), by: actor) }
            try await log.write { _ = try await $0.record(PersonActed(person: person, company: log.company), by: actor) }
            let rows = try await log.database.adminClient.query(
                """
                SELECT to_jsonb(e)::text AS row, convert_from(e.canonical, 'UTF8') AS canonical, e.private_digest, p.salt, p.body
                FROM audit.entry AS e JOIN audit.private_part AS p ON p.entry_id = e.id
                """)
            #expect(rows.count == 2)
            for row in rows {
                let (whole, canonical): (String, String) = (try row.decode("row"), try row.decode("canonical"))
                #expect(!whole.contains("198.51.100.7") && !canonical.contains("198.51.100.7") && !canonical.contains("script"))
                let part = AuditPrivatePart(salt: try row.decode("salt"), body: try row.decode("body"))
                #expect(
                    String(decoding: part.body, as: UTF8.self) == #"{"address":"198.51.100.7","user_agent":"<script>alert(1)</script>"}"#)
                #expect(canonical.contains("\"private\":\"\(SHA256.hex(of: part.salt + part.body))\""))
                #expect(try row.decode("private_digest", as: [UInt8].self) == part.digest)
            }
            // The same facts have another digest under another salt: nothing is found out by trying.
            #expect(try Set(rows.map { try $0.decode("private_digest", as: [UInt8].self) }).count == 2)
            let shown = try await PostgresAuditReader(client: log.database.client).entries(ofOrg: log.company.uuid, AuditQuery())
            #expect(shown.elements.map { $0.personal?["address"] } == ["198.51.100.7", "198.51.100.7"])
            _ = try await log.sealed()
            #expect(try await log.proved().exitCode == 0)

            try await log.breakIn([
                "UPDATE audit.private_part SET body = convert_to('{}', 'UTF8') WHERE entry_id = (SELECT min(entry_id::text)::uuid FROM audit.private_part)"
            ])
            let report = try await log.proved()
            #expect(report.exitCode == 1 && report.findings.map(\.fault) == [.privatePart])
        }
    }

    @Test func `AUD-060 the address of a security event is gone after 180 days, the others stay, and the entry proves`() async throws {
        try await Log.withActors { log, person in
            let upkeep = AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: try await log.node())
            try await log.write { transaction in
                _ = try await transaction.record(PersonRefused(person: person), by: .user(AuditReference(person)))
                _ = try await transaction.record(PersonActed(person: person), by: .user(AuditReference(person)))
            }
            log.clock.advance(by: .days(180))
            #expect(try await upkeep.erase() == 0)
            log.clock.advance(by: .days(1))
            #expect(try await upkeep.erase() == 1)
            #expect(try await upkeep.erase() == 0)
            let left = try await log.database.adminClient.query("SELECT class FROM audit.private_part")
            #expect(try left.map { try $0.decode(String.self) } == ["identity"])
            #expect(try await log.count("audit_private_erased") == 1)
            _ = try await log.sealed()
            let report = try await log.proved()
            #expect(report.exitCode == 0 && report.erased == 1)
        }
    }

    @Test func `AUD-063 erasing a person takes what concerns the person alone, leaves facts and proof, and is an entry itself`()
        async throws
    {
        try await Log.withActors { log, person in
            let other = Person.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.person VALUES (\(other))")
            let actor = AuditActor.user(AuditReference(person))
            try await log.write { transaction in
                _ = try await transaction.record(PersonActed(person: person), by: actor)
                _ = try await transaction.record(PersonRefused(person: person), by: actor)
                _ = try await transaction.record(PersonActed(person: person, company: log.company), by: actor)
                _ = try await transaction.record(PersonActed(person: other), by: .user(AuditReference(other)))
            }
            _ = try await log.sealed()
            let upkeep = AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: try await log.node())
            #expect(try await upkeep.erase() == 0)
            try await log.write { _ = try await $0.record(PersonDeleted(person: person), by: actor) }
            #expect(try await upkeep.erase() == 2)
            let left = try await log.database.adminClient.query("SELECT count(*) FROM audit.private_part WHERE ref_user = \(person)")
            #expect(try left[0].decode(Int.self) == 1, "what belongs to the org as well stays")
            let told = try await log.database.adminClient.query(
                "SELECT data, ref_user IS NULL AS is_bare FROM audit.entry WHERE type = 'audit_private_erased'")
            #expect(try told.map { try $0.decode("data", as: JSONValue.self) } == [["count": 2, "cause": "account"]])
            #expect(try told[0].decode("is_bare", as: Bool.self))
            log.clock.advance(by: .minutes(5))
            _ = try await log.sealed()
            let report = try await log.proved()
            #expect(report.exitCode == 0 && report.erased == 2 && report.entries == 6, "\(report.findings)")
            #expect(try await log.count("user_profile_changed") == 3)
        }
    }

    @Test func `AUD-063 what neither org nor person may read is erased with the person all the same, and read by none of them until then`()
        async throws
    {
        try await Log.withActors { log, person in
            try await log.write { transaction in
                _ = try await transaction.record(PersonNoted(person: person), by: system)
                _ = try await transaction.record(PersonNoted(person: person, company: log.company), by: system)
            }
            for scope in [TransactionScope.user(person.uuid), .org(log.company.uuid)] {
                #expect(try await log.database.client.query("SELECT FROM audit.private_part", scope: scope).isEmpty)
            }
            try await log.write { _ = try await $0.record(PersonDeleted(person: person), by: system) }
            let upkeep = AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: try await log.node())
            #expect(try await upkeep.erase() == 1)
            let left = try await log.database.adminClient.query("SELECT ref_org = \(log.company) FROM audit.private_part")
            #expect(try left.map { try $0.decode(Bool.self) } == [true])
        }
    }

    @Test
    func `AUD-061 an org reads addresses in its own entries alone, and a member outside of the org's view only what is of the member`()
        async throws
    {
        try await Log.withActors { log, person in
            let (other, colleague) = (Company.ID.make(at: log.clock.now), Person.ID.make(at: log.clock.now))
            try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
            try await log.database.adminClient.execute("INSERT INTO audit.person VALUES (\(colleague))")
            try await log.write { transaction in
                for (who, company, address) in [
                    (person, log.company, "198.51.100.1"), (colleague, log.company, "198.51.100.2"), (person, other, "198.51.100.3"),
                ] {
                    let entry = PersonActed(person: who, company: company, personal: ["address": .string(address)])
                    _ = try await transaction.record(entry, by: .user(AuditReference(who)))
                }
            }
            let reader = PostgresAuditReader(client: log.database.client)
            func addresses(_ company: Company.ID) async throws -> Set<String> {
                Set(
                    try await reader.entries(ofOrg: company.uuid, AuditQuery()).elements.compactMap { $0.personal?["address"]?.stringValue }
                )
            }
            #expect(try await addresses(log.company) == ["198.51.100.1", "198.51.100.2"])
            #expect(try await addresses(other) == ["198.51.100.3"])
            // Members read no list of the org; as themselves they get at nobody else's part.
            let own = try await log.database.client.query(
                "SELECT convert_from(body, 'UTF8') FROM audit.private_part", scope: .user(colleague.uuid))
            #expect(try own.map { try $0.decode(String.self) } == [#"{"address":"198.51.100.2"}"#])
        }
    }

    @Test(arguments: [
        (String(repeating: "é", count: 4_000), false), (String(repeating: "\u{1D160}", count: 2_000), false),
        (String(repeating: "a" + String(repeating: "\u{301}", count: 30), count: 501), false),
        (String(repeating: "z", count: 40_000), true),
    ])
    func `AUD-014 a long text is kept whole, and above the bound it is cut with a mark and the digest of the whole`(
        text: String, isCut: Bool
    ) async throws {
        try await Log.withActors { log, person in
            try await log.write { transaction in
                _ = try await transaction.record(
                    PersonActed(person: person, personal: ["note": .string(text)]), by: .user(AuditReference(person)))
            }
            let body = try await log.database.adminClient.query("SELECT body FROM audit.private_part")[0].decode("body", as: [UInt8].self)
            let kept = try JSON.decode([String: JSONValue].self, from: body)
            let note = try #require(kept["note"]?.stringValue)
            #expect((kept["truncated"] == true) == isCut && (kept["sha256"] != nil) == isCut)
            #expect(isCut ? text.hasPrefix(note) && note.utf8.count == 2_048 : note == text)
        }
    }

    @Test func `AUD-053 a secret that was pasted into a note is shortened, an address in it stays`() async throws {
        try await Log.withActors { log, person in
            let words = "key uak_live_0123456789abcdef of ada@example.com"
            try await log.write { transaction in
                _ = try await transaction.record(
                    PersonActed(person: person, personal: ["note": .string(words)]), by: .user(AuditReference(person)))
            }
            let body = try await log.database.adminClient.query("SELECT body FROM audit.private_part")[0].decode("body", as: [UInt8].self)
            #expect(String(decoding: body, as: UTF8.self) == #"{"note":"key uak_live*** of ada@example.com"}"#)
        }
    }

    @Test func `private parts are changed by nobody and removed by the erasure alone`() async throws {
        try await Log.withActors { log, person in
            try await log.write { _ = try await $0.record(PersonActed(person: person), by: .user(AuditReference(person))) }
            for client in [log.database.client, log.database.systemClient, log.database.ownerClient, log.database.adminClient] {
                for attempt in [
                    "UPDATE audit.private_part SET class = 'x'", "DELETE FROM audit.private_part", "TRUNCATE audit.private_part",
                ] {
                    await #expect(throws: PostgresError.self, "\(attempt)") {
                        try await client.execute(Statement(attempt, []), scope: .system)
                    }
                }
            }
            await #expect(throws: PostgresError.self) {
                try await log.database.client.query("SELECT audit.erase_private_of_deleted()", scope: .system)
            }
            for scope in [TransactionScope.none, .org(log.company.uuid), .user(log.company.uuid)] {
                #expect(try await log.database.client.query("SELECT FROM audit.private_part", scope: scope).isEmpty)
            }
        }
    }

    @Test func `AUD-083 an export verifies when the server is gone: entries, private parts, links, checkpoints and keys are in it`()
        async throws
    {
        var lines: [String] = []
        try await Log.withActors { log, person in
            try await log.write { transaction in
                _ = try await transaction.record(PersonActed(person: person, company: log.company), by: .user(AuditReference(person)))
                _ = try await transaction.record(CompanyRenamed(company: log.company), by: .system(component: "test"))
            }
            _ = try await log.sealed()
            try await AuditExport(client: log.database.systemClient).lines { lines.append($0.text) }
        }
        func verify(_ lines: [String]) throws -> AuditVerification {
            var verifier = AuditVerifier()
            for line in lines { try verifier.take(AuditExportLine(text: line)) }
            return verifier.finish()
        }
        let report = try verify(lines)
        #expect(report.exitCode == 0 && report.entries == 2 && report.proved == 2 && report.erased == 0)
        #expect(lines.contains { $0.contains("198.51.100.7") })
        let forged = try verify(lines.map { $0.replacing("198.51.100.7", with: "198.51.100.8") })
        #expect(forged.findings.map(\.fault) == [.privatePart])
    }
}
