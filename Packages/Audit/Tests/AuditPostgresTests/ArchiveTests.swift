import Audit
import AuditProof
import Core
import Cryptography
import Foundation
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import AuditPostgres

/// Months that leave the table: what keeps them in it, and what still proves when they are gone.
@Suite struct ArchiveTests {
    private let system = AuditActor.system(component: "test")

    /// A store that can be full, or give back something else than it was given.
    private final class Shelf: AuditArchiveStore {
        struct Full: Error {}
        let files = Mutex<[String: [UInt8]]>([:])
        let isFull = Atomic<Bool>(false)
        let isRotten = Atomic<Bool>(false)

        func keep(_ bytes: [UInt8], as name: String) async throws {
            if isFull.load(ordering: .relaxed) { throw Full() }
            files.withLock { $0[name] = bytes }
        }

        func read(_ name: String) async throws -> [UInt8] {
            var bytes = files.withLock { $0[name] ?? [] }
            if isRotten.load(ordering: .relaxed), !bytes.isEmpty { bytes[bytes.count / 2] ^= 1 }
            return bytes
        }
    }

    private func archiver(
        _ log: Log, _ shelf: any AuditArchiveStore, _ node: Node.ID, retention: AuditRetention = AuditRetention()
    ) throws -> AuditArchiver {
        AuditArchiver(
            client: log.database.systemClient, dateSource: log.clock, node: node, signer: try log.ring, store: shelf, retention: retention)
    }

    /// The month in which the entries of ``old(_:person:)`` are filed.
    private let month = AuditMonth(.general, "2020-01")

    private func rows(_ log: Log) async throws -> Int {
        try await log.database.adminClient.query("SELECT count(*) FROM audit.entry")[0].decode(Int.self)
    }

    /// A log with entries, sealed, at an instant at which their month is long over.
    private func old(_ log: Log, person: Person.ID) async throws -> Node.ID {
        let node = try await log.node()
        try await log.fileEntries(in: month.month)
        try await log.write { transaction in
            for _ in 0..<40 { _ = try await transaction.record(CompanyFounded(log.company, summary: "founded"), by: system) }
            _ = try await transaction.record(PersonActed(person: person), by: .user(AuditReference(person)))
        }
        try await log.fileEntries(in: nil)
        log.clock.advance(by: .days(366 * 12))
        _ = try await log.sealed()
        return node
    }

    @Test func `AUD-065 AUD-067 AUD-070 a month is archived, detached and dropped, and what is left proves with the month listed`()
        async throws
    {
        try await Log.withActors { log, person in
            let (node, shelf) = (try await old(log, person: person), Shelf())
            let archiver = try archiver(log, shelf, node)
            await #expect(throws: PostgresError.self, "nothing is dropped without an archive") { try await archiver.drop(month) }
            await #expect(throws: PostgresError.self, "nor detached") {
                try await log.database.systemClient.query("SELECT audit.detach_month('2020-01-01', 'general', now())", scope: .system)
            }
            #expect(try await archiver.archiveDue() == [month])
            #expect(try await archiver.archiveDue().isEmpty, "once")
            #expect(try await log.count("audit_month_archived") == 1)
            #expect(try await log.count("org_created") == 0, "the table has them no more")
            let report = try await log.proved()
            #expect(report.exitCode == 0, "\(report.findings)")
            #expect(report.archived == 41 && report.archivedMonths == [month.month])
            #expect(report.report.contains("\"archived_months\":[\"2020-01\"]") && report.summary.contains("archives of 2020-01"))

            // The file is plain gzip, signed, and holds nothing that an erasure would have to reach.
            let files = shelf.files.withLock { $0 }
            let file = try #require(files["audit-\(month).jsonl.gz"])
            let stored = try #require(files["audit-\(month).manifest"]).split(separator: UInt8(ascii: "\n")).map(Array.init)
            let manifest = try #require(AuditArchiveManifest(body: stored[0]))
            let signature = try #require(Hex.decode(String(decoding: stored[1], as: UTF8.self)))
            let key = try log.ring.publicKey
            #expect(manifest.month == "2020-01" && manifest.group == "general" && manifest.entries == 41)
            #expect(manifest.ranges.count == 2 && manifest.fault(of: file, signature: signature, key: key) == nil)
            #expect(AuditCheckpoint(body: manifest.checkpoint)?.links ?? 0 >= 41)
            var (text, position): (String, Int) = ("", 0)
            while position < file.count {
                let (content, end) = try Gzip.read(file, at: position, limit: 1 << 26)
                text += String(decoding: content, as: UTF8.self)
                position = end
            }
            #expect(!text.contains("198.51.100.7") && text.utf8.count > 2 * file.count, "compressed")
            var forged = file
            forged[file.count / 2] ^= 1
            #expect(manifest.fault(of: forged, signature: signature, key: key) != nil)
            #expect(manifest.fault(of: file, signature: signature.dropLast() + [signature[63] ^ 1], key: key) != nil)

            shelf.isRotten.store(true, ordering: .relaxed)
            await #expect(throws: AuditArchiver.Failure.self, "a file that has gone bad drops nothing") { try await archiver.drop(month) }
            shelf.isRotten.store(false, ordering: .relaxed)
            try await archiver.drop(month)
            await #expect(throws: PostgresError.self, "once") { try await archiver.drop(month) }
            #expect(try await log.count("audit_month_dropped") == 1)
            let parts = try await log.database.adminClient.query("SELECT count(*) FROM audit.private_part")[0].decode(Int.self)
            #expect(parts == 0, "what was personal went with its entry")
            #expect(try await log.proved().exitCode == 0)

            // A place that is empty without an archive is still missed.
            try await log.breakIn(["UPDATE audit.archive SET month = '1999-01-01'"])
            #expect(try await log.proved().exitCode == 1)
        }
    }

    @Test func `AUD-067 when the disk is full, or what is read back is not what was written, nothing is detached`() async throws {
        try await Log.withActors { log, person in
            let (node, shelf) = (try await old(log, person: person), Shelf())
            let archiver = try archiver(log, shelf, node)
            let before = try await rows(log)
            shelf.isFull.store(true, ordering: .relaxed)
            await #expect(throws: Shelf.Full.self) { try await archiver.archiveDue() }
            shelf.isFull.store(false, ordering: .relaxed)
            shelf.isRotten.store(true, ordering: .relaxed)
            await #expect(throws: AuditArchiver.Failure.self) { try await archiver.archiveDue() }
            #expect(try await rows(log) == before)
            #expect(try await log.database.adminClient.query("SELECT FROM audit.archive").isEmpty)
            shelf.isRotten.store(false, ordering: .relaxed)
            #expect(try await archiver.archiveDue().count == 1, "the next run does it")
        }
    }

    @Test func `AUD-069 a hold on an org, a person or a graph keeps month and private parts until it is lifted, each with its entry`()
        async throws
    {
        try await Log.withActors { log, person in
            let (node, shelf) = (try await old(log, person: person), Shelf())
            let archiver = try archiver(log, shelf, node)
            let clerk = Clerk.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.thing VALUES (\(clerk))")
            let holds = PostgresAuditLegalHolds(client: log.database.client, dateSource: log.clock)
            let upkeep = AuditUpkeep(
                client: log.database.systemClient, dateSource: log.clock, node: node, retention: .days(1), otherRetention: .days(1))
            let hold = try await holds.set(on: AuditReference(person), because: "asked for by a court", by: AuditReference(clerk))
            #expect(try await holds.set(on: AuditReference(person), because: "asked for again", by: AuditReference(clerk)) == hold)
            #expect(try await holds.holds() == [hold])
            #expect(try await upkeep.erase() == 0)
            #expect(try await archiver.archiveDue().isEmpty)
            await #expect(throws: (any Error).self) { try await archiver.archive(month) }
            #expect(try await holds.lift(hold.id, because: "the case is closed", by: AuditReference(clerk)))
            #expect(try await !holds.lift(hold.id, because: "the case is closed", by: AuditReference(clerk)))
            #expect(try await upkeep.erase() == 1)
            let org = try await holds.set(on: AuditReference(log.company), because: "asked for by a court", by: AuditReference(clerk))
            #expect(try await archiver.archiveDue().isEmpty)
            #expect(try await holds.lift(org.id, because: "the case is closed", by: AuditReference(clerk)))
            _ = try await log.sealed()
            log.clock.advance(by: .minutes(6))
            _ = try await log.sealed()
            #expect(try await archiver.archiveDue().count == 1)
            let entries = try await log.database.adminClient.query("SELECT count(*) FROM audit.archive WHERE entries = 41")
            #expect(try entries[0].decode(Int.self) == 1)
        }
    }

    @Test func `AUD-068 an archive is loaded into a scratch database and asked there`() async throws {
        try await Log.withActors { log, person in
            let folder = FileManager.default.temporaryDirectory.appending(path: "archives-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let store = FolderAuditArchives(path: folder.path)
            let node = try await old(log, person: person)
            _ = try await archiver(log, store, node).archiveDue()
            let file = try await store.read("audit-\(month).jsonl.gz")
            try await TestDatabase.withDatabase(migrations: []) { scratch in
                #expect(try await AuditArchiveScratch.load(file, into: scratch.adminClient) == 41)
                #expect(try await AuditArchiveScratch.load(file, into: scratch.adminClient) == 41, "twice is once")
                let found = try await scratch.adminClient.query(
                    "SELECT count(*) FROM audit_archive WHERE type = 'org_created' AND entry -> 'references' -> 0 ->> 'kind' = 'org'")
                #expect(try found[0].decode(Int.self) == 40)
            }
        }
    }

    @Test
    func `AUD-066 each month of a group goes when it is due, whatever the others do, and what has to do with money stays for ten years`()
        async throws
    {
        try await Log.with { log in
            let (node, shelf) = (try await log.node(), Shelf())
            let archiver = try archiver(log, shelf, node)
            // The product's clock stands in the middle of January 2027. Entries of before the groups lie in a month of their own.
            try await log.database.ownerClient.execute(
                """
                CREATE TABLE audit.entry_2025_01 PARTITION OF audit.entry_mixed FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-02-01 00:00:00+00')
                """)
            try await log.fileEntries(in: "2025-01")
            try await log.writeOfEachGroup()
            try await log.write { _ = try await $0.record(CompanyRenamed(company: log.company), by: system) }
            try await log.breakIn(["UPDATE audit.entry SET retention_group = 'mixed' WHERE type = 'org_updated'"])
            try await log.fileEntries(in: nil)
            _ = try await log.sealed()
            #expect(try await archiver.archiveDue() == [AuditMonth(.mutation, "2025-01")], "400 days have passed, and 24 months have not")
            log.clock.advance(by: .days(16))
            #expect(try await archiver.archiveDue().isEmpty, "the last of January")
            log.clock.advance(by: .days(1))
            #expect(try await archiver.archiveDue() == [AuditMonth(.general, "2025-01")])
            let left = try await log.database.adminClient.query(
                "SELECT type FROM audit.entry WHERE recorded_at < '2025-02-01 00:00:00+00' ORDER BY type")
            #expect(try left.map { try $0.decode(String.self) } == ["invoice_paid", "org_inspected", "org_updated"])
            let report = try await log.proved()
            #expect(report.exitCode == 0 && report.archived == 2, "\(report.findings)")
            #expect(
                Set(shelf.files.withLock { $0.keys.filter { $0.hasSuffix(".gz") } }) == [
                    "audit-mutation-2025-01.jsonl.gz", "audit-general-2025-01.jsonl.gz",
                ])

            // An entry that goes with nobody's archive is missed, although others of its month are in archives.
            try await log.database.adminClient.execute("CREATE TABLE audit.kept AS SELECT * FROM audit.entry WHERE type = 'invoice_paid'")
            try await log.breakIn(["DELETE FROM audit.entry WHERE type = 'invoice_paid'"])
            #expect(try await log.proved().exitCode == 1)
            try await log.breakIn(["INSERT INTO audit.entry SELECT * FROM audit.kept", "DROP TABLE audit.kept"])

            log.clock.advance(by: .days(365 * 8 - 15))
            #expect(try await archiver.archiveDue().isEmpty, "not ten years")
            log.clock.advance(by: .days(31))
            #expect(try await archiver.archiveDue() == [AuditMonth(.billing, "2025-01"), AuditMonth(.mixed, "2025-01")])
            #expect(try await log.proved().exitCode == 0)
            try await archiver.drop(AuditMonth(.billing, "2025-01"))
            #expect(try await log.proved().exitCode == 0)
        }
    }

    @Test func `names of months are read as they are written, and nothing else is`() throws {
        for text in ["2026-01", "general-2026-01", "billing-2026-12", "mutation-2020-02"] { #expect(AuditMonth(text)?.description == text) }
        #expect(AuditMonth("2026-01") == AuditMonth(.mixed, "2026-01"))
        for text in ["", "2026", "2026-1", "mixed-2026-01", "other-2026-01", "general2026-01", "general_2026-01", "general-2026/01"] {
            #expect(AuditMonth(text) == nil, "\(text)")
        }
    }

    @Test func `a month that is not over by the clock by which entries are filed is never archived`() async throws {
        try await Log.with { log in
            let (node, shelf) = (try await log.node(), Shelf())
            try await log.writeOfEachGroup()
            _ = try await log.sealed()
            log.clock.advance(by: .days(366 * 20))
            #expect(try await archiver(log, shelf, node).archiveDue().isEmpty)
        }
    }
}
