import Core
import Foundation
import Jobs
import JobsPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Composition

/// An org goes from one installation to another and keeps its ids.
@Suite struct OrgImportTests {
    private static let clock = SteppedDateSource(startingAt: Instant(secondsSinceEpoch: 1_900_000_000))

    @Test
    func `ORG-106 an export that is taken over by another installation exports as the same files, and nothing runs or is billed by it`()
        async throws
    {
        let first = try await exported()
        let files = try Self.files(in: first.bytes)
        #expect(
            Set(files.keys).isSuperset(of: ["settings.jsonl", "invoices.jsonl", "graph_schemas.jsonl", "operations.jsonl", "audit.jsonl"]))
        try await TestDatabase.withDatabase(migrations: [TrellisMigrations.all]) { database in
            let store = AppStore(client: database.systemClient, dateSource: Self.clock, notifier: nil)
            let command = OrgImport(store: store, contributor: OrgImportSections(), dateSource: Self.clock)
            let report = try await command.run(Data(first.bytes))
            #expect(report.org == first.org && report.people == 5 && report.known == 0)
            #expect(
                report.sections.reduce(0) { $0 + $1.rows } == files.values.reduce(0) { $0 + $1.count { $0 == 0x0A } }
                    - Self.plainLines(files))
            try await expectQuiet(database)

            await #expect(throws: ImportRefusal.occupied([first.org.description])) { try await command.run(Data(first.bytes)) }
            #expect(try await count("audit.entry WHERE type = 'org_imported'", database) == 1)

            let again = try Self.files(in: try await export(first.org, requestedBy: first.owner, database))
            try expectSame(again, files, newEntries: 1)

            let payers = ImportedPayers(store: store)
            #expect(try await payers.confirm(first.org))
            #expect(try await !payers.confirm(first.org))
            let links = try await database.adminClient.query("SELECT provider_customer_id FROM billing.customer")
            #expect(try links.map { try $0.decode("provider_customer_id", as: String.self) } == ["cus_elsewhere"])
            let later = try Self.files(in: try await export(first.org, requestedBy: first.owner, database))
            try expectSame(later, files, newEntries: 2)
        }
    }

    /// Equal byte for byte, but for the times of the manifest and what was written into the log here, which stands before what came along.
    private func expectSame(_ again: [String: [UInt8]], _ files: [String: [UInt8]], newEntries: Int) throws {
        let meta: Set = ["manifest.json", "index.txt", "audit.jsonl"]
        #expect(Set(again.keys) == Set(files.keys))
        for (name, content) in files where !meta.contains(name) {
            #expect(again[name] == content, "\(name)")
        }
        let (entries, earlier) = (try #require(again["audit.jsonl"]), try #require(files["audit.jsonl"]))
        #expect(entries.suffix(earlier.count).elementsEqual(earlier))
        let new = entries.dropLast(earlier.count)
        #expect(new.count { $0 == 0x0A } == newEntries)
        #expect(String(decoding: new, as: UTF8.self).contains("\"org_imported\""))
    }

    /// People are here and cannot sign in yet; nothing is sold, hosted or ordered.
    private func expectQuiet(_ database: TestDatabase) async throws {
        #expect(try await count("orgs.membership WHERE ended_at IS NULL", database) == 5)
        #expect(try await count("identity.account WHERE password_hash IS NULL AND email_verified_at IS NULL", database) == 5)
        for table in [
            "billing.customer", "billing.subscription", "billing.invoice", "graphs.graph", "operations.operation", "notifications.mail",
            "jobs.job", "jobs.event WHERE topic <> 'orgs.member_added'", "orgs.graph_slot", "orgs.invitation",
        ] {
            #expect(try await count(table, database) == 0, "\(table)")
        }
        // Each member is told, once the worker gets to it (NOT-202).
        #expect(try await count("jobs.event", database) == 5)
    }

    private func count(_ table: String, _ database: TestDatabase) async throws -> Int64 {
        try await database.adminClient.query(Statement("SELECT count(*) FROM " + table))[0].decode(Int64.self)
    }

    /// An org with a bit of everything, as its export has it.
    private func exported() async throws -> (org: Org.ID, owner: String, bytes: [UInt8]) {
        var result: (org: Org.ID, owner: String, bytes: [UInt8])?
        try await MatrixHouse.with { house in
            let admin = house.api.database.adminClient
            let org = try #require(Org.ID(house.own.org))
            _ = try await admin.pipeline([
                """
                INSERT INTO billing.customer (org_id, provider_customer_id, currency, billing_email, created_at)
                VALUES (\(org), 'cus_elsewhere', 'usd', 'bills@example.com', now())
                ON CONFLICT (org_id) DO UPDATE SET provider_customer_id = 'cus_elsewhere'
                """,
                """
                INSERT INTO billing.invoice (id, org_id, kind, provider_invoice_id, currency, subtotal, total, amount_due, amount_paid, status,
                    created_at)
                VALUES (gen_random_uuid(), \(org), 'provider', 'in_elsewhere', 'usd', 700, 700, 700, 0, 'open', now())
                """,
                """
                INSERT INTO billing.invoice_line (invoice_id, position, org_id, description, quantity, amount)
                SELECT i.id, n, i.org_id, 'Line ' || n, 1, 350 FROM billing.invoice i, generate_series(1, 2) AS n
                """,
                """
                INSERT INTO orgs.invitation (id, org_id, email, role, token_hash, state, invited_by, send_count, last_sent_at, expires_at, created_at)
                SELECT gen_random_uuid(), \(org), 'eve@example.com', 'member', decode(repeat('ab', 32), 'hex'), 'pending', o.personal_owner_id, 1,
                    now(), now(), now() FROM orgs.org o WHERE o.id = \(org)
                """,
                "UPDATE orgs.org_limits SET graphs_held = 1 WHERE org_id = \(org)",
            ])
            let owner = try await admin.query("SELECT personal_owner_id::text AS id FROM orgs.org WHERE id = \(org)")[0]
            let id: String = try owner.decode("id")
            result = (org, id, try await export(org, requestedBy: id, house.api.database))
        }
        return try #require(result)
    }

    private func export(_ org: Org.ID, requestedBy owner: String, _ database: TestDatabase) async throws -> [UInt8] {
        let id = OrgExport.ID.make(at: Self.clock.now)
        try await database.adminClient.execute(
            """
            INSERT INTO orgs.org_export (id, org_id, requested_by, state, created_at)
            VALUES (\(id), \(org), \(owner)::text::uuid, 'running', \(Self.clock.now))
            """)
        let handler = WriteExportHandler(
            store: AppStore(client: database.systemClient, dateSource: Self.clock, notifier: nil), contributors: [OrgExportSections()],
            settings: OrgsSettings())
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: 0), worker: 0, token: 0), attempt: 1, isLastAttempt: false, dateSource: Self.clock,
            effects: PostgresEffectLedger(client: database.systemClient, dateSource: Self.clock))
        #expect(try await handler.run(WriteExport(export: id), context: context) == .completed)
        return try await database.adminClient.query("SELECT content FROM orgs.org_export_piece WHERE export_id = \(id) ORDER BY number")
            .flatMap { try $0.decode("content", as: [UInt8].self) }
    }

    private static func plainLines(_ files: [String: [UInt8]]) -> Int {
        ["manifest.json", "index.txt"].reduce(0) { $0 + (files[$1] ?? []).count { $0 == 0x0A } }
    }

    /// The files of a zip whose entries are stored (APPNOTE 4.3.7).
    private static func files(in zip: [UInt8]) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        var place = 0
        while zip[place..<place + 4].elementsEqual([0x50, 0x4B, 0x03, 0x04]) {
            let size = (0..<4).reduce(0) { $0 | Int(zip[place + 18 + $1]) << (8 * $1) }
            let start = place + 30 + Int(zip[place + 26])
            files[String(decoding: zip[place + 30..<start], as: UTF8.self)] = Array(zip[start..<start + size])
            place = start + size
        }
        return files
    }
}
