import Audit
import AuditProof
import AuditStorage
import Core
import Cryptography
import Foundation
import Observability
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import AuditPostgres

@Suite struct ProofTests {
    private let system = AuditActor.system(component: "test")

    @Test func `AUD-047 a proof of one entry holds with the public key alone, discloses no other entry, and breaks with any byte`()
        async throws
    {
        try await Log.with { log in
            // Four chains in all, so that the way to the root has two steps wherever the chain's name sorts.
            let others = (0..<3).map { _ in Company.ID.make(at: log.clock.now) }
            for id in others { try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(id), 'b')") }
            func found(_ company: Company.ID, _ text: String) async throws -> AuditEntryID {
                try await log.write { try await $0.record(CompanyFounded(company, summary: text), by: system) }
            }
            for id in others { _ = try await found(id, "secret of others") }
            _ = try await found(log.company, "first")
            let id = try await found(log.company, "wanted")
            _ = try await found(log.company, "third")
            let prover = PostgresAuditProver(client: log.database.client)
            await #expect(throws: AuditProofPending.self) { try await prover.proof(of: id, ofOrg: log.company.uuid) }
            _ = try await log.sealed()
            _ = try await found(log.company, "behind the checkpoint")
            log.clock.advance(by: .minutes(5))
            _ = try await log.sealed()

            let value = try #require(try await prover.proof(of: id, ofOrg: log.company.uuid))
            #expect(try await prover.proof(of: id, ofOrg: others[0].uuid) == nil, "another org asks for it")
            let text = String(decoding: try JSON.encode(value), as: UTF8.self)
            #expect(text.contains("wanted"))
            for hidden in ["secret", "first", "third", "behind", others[0].uuid.uuidString.lowercased()] { #expect(!text.contains(hidden)) }
            // From here on nothing is known but the file and the public key.
            let keys = ["k1": try log.ring.publicKey]
            let proof = try #require(AuditInclusionProof(value: value))
            #expect(proof.position == 2 && proof.following.count == 1 && proof.path.count == 2)
            #expect(proof.fault(keys: keys) == nil)
            #expect(proof.fault(keys: [:]) != nil)
            let stranger = try Ed25519.PrivateKey(seed: SecretBytes(SHA256.digest(of: "another"))).publicKey
            #expect(proof.fault(keys: ["k1": stranger]) != nil)
            let sides = ["\"side\":\"left\"", "\"side\":\"right\""]
            let swapped = text.contains(sides[0]) ? (sides[0], sides[1]) : (sides[1], sides[0])
            for (old, new) in [("wanted", "wanned"), ("\"position\":2", "\"position\":3"), swapped] {
                #expect(text.contains(old), "\(old)")
                let forged = try JSON.decode(JSONValue.self, from: Array(text.replacing(old, with: new).utf8))
                #expect(AuditInclusionProof(value: forged)?.fault(keys: keys) != nil, "\(old)")
            }
            // Every digit of every hash and of the signature.
            for match in text.matches(of: /[0-9a-f]{64,}/) {
                for index in text[match.range].indices {
                    let digit = text[index] == "0" ? "1" : "0"
                    let forged = text.replacingCharacters(in: index...index, with: digit)
                    guard let value = try? JSON.decode(JSONValue.self, from: Array(forged.utf8)) else { continue }
                    #expect(
                        AuditInclusionProof(value: value)?.fault(keys: keys) != nil, "\(text.distance(from: text.startIndex, to: index))")
                }
            }
        }
    }

    @Test func `AUD-137 an older copy that was restored is found by the checkpoints that were kept outside`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("anchor-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Log.with { log in
            let anchor = FileAuditAnchor(path: path)
            #expect(try await anchor.checkpoints().kept.isEmpty)
            for _ in 1...3 {
                try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
                _ = try await log.sealed(anchor: anchor)
                log.clock.advance(by: .minutes(5))
            }
            let kept = try await anchor.checkpoints().kept
            #expect(kept.map(\.number) == [1, 2, 3])
            let check = AuditSelfCheck(
                client: log.database.systemClient, dateSource: log.clock, node: try await log.node(), anchor: anchor, log: .silent)
            #expect(try await check.runIfDue() == 0)
            #expect(try await log.proved(anchor: kept).exitCode == 0)

            // The copy of the day before: without the third entry, its link and its checkpoint, and with everything else as it was.
            try await log.breakIn([
                "DELETE FROM audit.entry WHERE type = 'audit_verified' OR id IN (SELECT entry_id FROM audit.link WHERE seal = 3)",
                "DELETE FROM audit.unsealed", "DELETE FROM audit.link WHERE seal = 3", "DELETE FROM audit.checkpoint WHERE number = 3",
                "UPDATE audit.chain_head SET length = 2, hash = (SELECT link_hash FROM audit.link WHERE seal = 2)",
            ])
            #expect(try await log.proved().exitCode == 0, "by itself the copy is whole")
            let report = try await log.proved(anchor: kept)
            #expect(report.exitCode == 1 && report.findings.map(\.fault) == [.regression])
            #expect(try await check.runIfDue() == 1)
            #expect(try await log.count("audit_verification_failed") == 1)
            // The log goes on with a third checkpoint of its own, and is still not what was kept.
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            #expect(try await log.sealed(anchor: anchor)?.number == 3)
            #expect(try await log.proved(anchor: anchor.checkpoints().kept).findings.map(\.fault) == [.regression])
        }
    }

    @Test func `a line of the anchor that a crash tore is told of once a day, and neither stops the check nor swallows the next line`()
        async throws
    {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("anchor-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Log.with { log in
            let anchor = FileAuditAnchor(path: path)
            for number in 1...2 {
                try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
                _ = try await log.sealed(anchor: anchor)
                log.clock.advance(by: .minutes(5))
                guard number == 1 else { continue }
                let file = try FileHandle(forWritingTo: URL(filePath: path))
                try file.seekToEnd()
                try file.write(contentsOf: Data("{\"kind\":\"checkp".utf8))
                try file.close()
            }
            let outside = try await anchor.checkpoints()
            #expect(outside.kept.map(\.number) == [1, 2] && outside.unreadable == 1)
            let check = AuditSelfCheck(
                client: log.database.systemClient, dateSource: log.clock, node: try await log.node(), anchor: anchor, log: .silent)
            #expect(try await check.runIfDue() == 1)
            #expect(try await log.count("audit_verification_failed") == 1)
            #expect(try await check.runIfDue() == nil, "not again a second later")
        }
    }

    @Test func `AUD-060 what has to be erased is erased although a month cannot be made`() async throws {
        try await Log.withActors { log, person in
            try await log.write { _ = try await $0.record(PersonRefused(person: person), by: .user(AuditReference(person))) }
            log.clock.advance(by: .days(181))
            // As in an installation whose months ended long ago: entries of two months lie in the rest, and neither becomes a month.
            let month = try await log.database.adminClient.query("SELECT to_char(clock_timestamp(), 'YYYY_MM') AS name")[0].decode(
                String.self)
            let last = try await log.database.adminClient.query(
                "SELECT to_char(clock_timestamp() + interval '3 months', 'YYYY_MM') AS name")[0].decode(String.self)
            try await log.database.adminClient.execute(Statement("DROP TABLE audit.entry_general_\(month)", []))
            try await log.database.adminClient.execute(Statement("DROP TABLE audit.entry_general_\(last)", []))
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            try await log.database.adminClient.execute(
                "ALTER TABLE audit.entry ALTER COLUMN recorded_at SET DEFAULT clock_timestamp() - interval '14 months'")
            try await log.write { _ = try await $0.record(CompanyFounded(log.company), by: system) }
            #expect(try await log.database.adminClient.query("SELECT FROM audit.entry_general_other").count == 2)
            let upkeep = AuditUpkeep(client: log.database.systemClient, dateSource: log.clock, node: try await log.node())
            await #expect(throws: PostgresError.self) { try await upkeep.runIfDue() }
            #expect(try await log.database.adminClient.query("SELECT FROM audit.private_part").isEmpty)
            let made = try await log.database.adminClient.query("SELECT to_regclass('audit.entry_general_' || \(last)) IS NOT NULL")
            #expect(try made[0].decode(Bool.self), "the months behind it are there")
        }
    }

    @Test func `AUD-039 an entry that was committed before another one was written stands before it in their chain`() async throws {
        try await Log.with { log in
            let ledger = Ledger()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<12 {
                    group.addTask {
                        var random = SplitMix(seed: UInt64(writer) + 7)
                        for _ in 0..<60 {
                            let began = ledger.tick()
                            let extra = Int(random.next() % 3)
                            let id = try await log.write { transaction in
                                let id = try await transaction.record(CompanyFounded(log.company), by: system)
                                for _ in 0..<extra { _ = try await transaction.postgres.query("SELECT 1") }
                                return id
                            }
                            ledger.note(id, began)
                        }
                    }
                }
                group.addTask { for _ in 0..<80 { _ = try await log.sealed() } }
                try await group.waitForAll()
            }
            _ = try await log.sealed()
            let order = try await log.database.adminClient.query(
                "SELECT entry_id FROM audit.link WHERE chain <> 'system' ORDER BY position"
            )
            .map { try $0.decode("entry_id", as: AuditEntryID.self) }
            #expect(order.count == 720)
            let known = ledger.times
            var compared = 0
            for (place, id) in order.enumerated() {
                let began = try #require(known.began[id])
                for later in order[(place + 1)...] {
                    compared += 1
                    // One that stands behind must not have been over before this one began.
                    #expect(try #require(known.ended[later]) >= began)
                }
            }
            #expect(compared > 10_000)
        }
    }

    /// When each transaction began and when it was known to be over.
    private final class Ledger: Sendable {
        struct Times: Sendable {
            var clock = 0
            var began: [AuditEntryID: Int] = [:]
            var ended: [AuditEntryID: Int] = [:]
        }
        private let state = Mutex(Times())
        var times: Times { state.withLock { $0 } }

        func tick() -> Int {
            state.withLock { times in
                times.clock += 1
                return times.clock
            }
        }

        func note(_ id: AuditEntryID, _ began: Int) {
            state.withLock { times in
                times.clock += 1
                times.began[id] = began
                times.ended[id] = times.clock
            }
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        init(seed: UInt64) { state = seed }
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test func `AUD-072 a cursor is bound to list and filters, nobody else makes one, and a changed bit is refused`() async throws {
        try await Log.with { log in
            let other = Company.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
            try await log.write { transaction in
                for company in [log.company, other, log.company, other] {
                    _ = try await transaction.record(CompanyFounded(company), by: system)
                }
            }
            let ring = try KeyRing(newest: KeyRing.Key(id: "k1", secret: SecretBytes(SHA256.digest(of: "k1"))))
            let reader = PostgresAuditReader(client: log.database.client, cursors: AuditCursors(ring))
            let cursor = try #require(try await reader.entries(ofOrg: log.company.uuid, AuditQuery(limit: 1)).next)
            func isTaken(_ cursor: Cursor, org: Company.ID, by reader: PostgresAuditReader, _ change: (inout AuditQuery) -> Void = { _ in })
                async throws -> Bool
            {
                var query = AuditQuery(cursor: cursor, limit: 7)
                change(&query)
                do {
                    _ = try await reader.entries(ofOrg: org.uuid, query)
                    return true
                } catch is AuditCursorInvalid { return false }
            }
            #expect(try await isTaken(cursor, org: log.company, by: reader))
            #expect(
                try await isTaken(
                    cursor, org: log.company, by: PostgresAuditReader(client: log.database.client, cursors: AuditCursors(ring))))
            #expect(try await !isTaken(cursor, org: log.company, by: PostgresAuditReader(client: log.database.client)), "another key")
            #expect(try await !isTaken(cursor, org: other, by: reader), "another org")
            #expect(try await !isTaken(cursor, org: log.company, by: reader) { $0.minimumRisk = .low })
            #expect(try await !isTaken(cursor, org: log.company, by: reader) { $0.types = ["org_created"] })
            #expect(try await !isTaken(cursor, org: log.company, by: reader) { $0.references = [AuditReference(other)] })
            let bytes = try #require(Base64URL.decode(cursor.description))
            for bit in 0..<(bytes.count * 8) {
                var forged = bytes
                forged[bit / 8] ^= 1 << (bit % 8)
                let made = try #require(Cursor(Base64URL.encode(forged)))
                #expect(try await !isTaken(made, org: log.company, by: reader))
            }
        }
    }

    @Test func `AUD-080 one org's log never shows another's, by row-level security and by the query, each alone`() async throws {
        try await Log.with { log in
            let other = Company.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
            try await log.write { transaction in
                for company in [log.company, other] { _ = try await transaction.record(CompanyFounded(company), by: system) }
            }
            var query = AuditQuery()
            query.org = log.company.uuid
            func orgs(_ query: AuditQuery, _ scope: TransactionScope) async throws -> [Company.ID] {
                try await log.database.client.query(PostgresAuditReader.statement(query, from: nil), scope: scope).map {
                    try $0.decode("ref_org")
                }
            }
            // The query without row-level security, and row-level security without the query.
            #expect(try await orgs(query, .system) == [log.company])
            #expect(try await orgs(AuditQuery(), .org(log.company.uuid)) == [log.company])
            #expect(try await orgs(query, .org(other.uuid)).isEmpty)
            #expect(try await orgs(AuditQuery(), .system).count == 2)
        }
    }
}
