import Audit
import AuditProof
import Core
import Cryptography
import FoundationEssentials
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

extension Log {
    fileprivate func sealer(_ keys: String...) throws -> AuditSealer {
        let ring = try (keys.isEmpty ? ["k1"] : keys).map { try KeyRing.Key(id: $0, secret: SecretBytes(SHA256.digest(of: $0))) }
        let signer = try AuditSigner(KeyRing(newest: ring[0], older: Array(ring.dropFirst())))
        return AuditSealer(client: database.systemClient, dateSource: clock, signer: signer, log: .silent)
    }

    fileprivate func found(_ company: Company.ID? = nil, times: Int = 1) async throws {
        try await write { transaction in
            for _ in 0..<times { _ = try await transaction.record(CompanyFounded(company ?? self.company), by: .system(component: "test")) }
        }
    }

    fileprivate func check() async throws -> AuditVerification {
        try await AuditDatabaseCheck(client: database.systemClient).run()
    }

    /// Changes what nobody may change, as only somebody can who holds the server.
    fileprivate func tamper(_ statement: Statement) async throws {
        try await database.adminClient.withTransaction(scope: .system) { transaction in
            try await transaction.execute("SET LOCAL session_replication_role = 'replica'")
            try await transaction.execute(statement)
        }
    }

    fileprivate func waiting() async throws -> Int {
        try await database.adminClient.query("SELECT count(*) FROM audit.unsealed")[0].decode(Int.self)
    }
}

@Suite struct ChainTests {
    @Test func `AUD-036 AUD-038 entries get their links chain by chain in the order of writing, and a checkpoint covers them`()
        async throws
    {
        try await Log.with { log in
            let other = Company.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
            try await log.found(times: 3)
            try await log.found(other)
            try await log.write { transaction in
                let client = NetworkClient(address: "203.0.113.9")
                let refusal = AuthorizationDenied(client: client, route: "/v1/x", reason: "no", size: 1)
                _ = try await transaction.record(refusal, by: .anonymous(AuditReference(client)))
            }
            let sealer = try log.sealer()
            #expect(try await sealer.seal() == 5)
            #expect(try await sealer.seal() == 0)
            #expect(try await log.waiting() == 0)
            let rows = try await log.database.adminClient.query("SELECT chain, position FROM audit.link ORDER BY seal")
            let places = try rows.map { "\(try $0.decode("chain", as: String.self)) \(try $0.decode("position", as: Int.self))" }
            let (own, others) = (AuditChain.org(log.company.uuid.uuidString), AuditChain.org(other.uuid.uuidString))
            #expect(places == ["\(own) 1", "\(own) 2", "\(own) 3", "\(others) 1", "system 1"])

            let checkpoint = try #require(try await sealer.checkpoint())
            #expect(checkpoint.links == 5 && checkpoint.chains == 3)
            let report = try await log.check()
            #expect(report.exitCode == 0, "\(report.findings)")
            #expect(report.proved == 5)
        }
    }

    @Test func `AUD-044 a checkpoint is due five minutes after the last when there is something new, and after a day anyway`() async throws
    {
        try await Log.with { log in
            let sealer = try log.sealer()
            #expect(try await sealer.checkpoint() == nil, "there is nothing to sign")
            try await log.found()
            _ = try await sealer.seal()
            #expect(try await sealer.checkpoint()?.number == 1)
            try await log.found()
            _ = try await sealer.seal()
            log.clock.advance(by: .minutes(4))
            #expect(try await sealer.checkpoint() == nil)
            log.clock.advance(by: .minutes(1))
            #expect(try await sealer.checkpoint()?.number == 2)
            log.clock.advance(by: .hours(23))
            #expect(try await sealer.checkpoint() == nil)
            log.clock.advance(by: .hours(1))
            #expect(try await sealer.checkpoint()?.number == 3)
            #expect(try await log.check().exitCode == 0)
        }
    }

    @Test func `AUD-038 sealers that work at once make one chain, whatever is written meanwhile`() async throws {
        try await Log.with { log in
            let sealer = try log.sealer()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { for _ in 0..<10 { try await log.found(times: 3) } } }
                for _ in 0..<3 { group.addTask { for _ in 0..<20 { _ = try await sealer.seal() } } }
                try await group.waitForAll()
            }
            while try await sealer.seal() > 0 {}
            _ = try await sealer.checkpoint()
            let report = try await log.check()
            #expect(report.exitCode == 0, "\(report.findings)")
            #expect(report.proved == 120)
        }
    }

    @Test func `AUD-037 who writes waits for no other writer of the same org, and not for the sealer`() async throws {
        try await Log.with { log in
            let sealer = try log.sealer()
            // The first writer does not commit before the second has, and before a sealer has passed.
            try await log.write { first in
                _ = try await first.record(CompanyFounded(log.company), by: .system(component: "test"))
                try await log.found()
                #expect(try await sealer.seal() == 1)
            }
            #expect(try await sealer.seal() == 1)
            _ = try await sealer.checkpoint()
            #expect(try await log.check().exitCode == 0)
        }
    }

    @Test func `AUD-045 a key that takes over is vouched for by the one before`() async throws {
        try await Log.with { log in
            try await log.found()
            let sealer = try log.sealer("k1")
            _ = try await sealer.seal()
            _ = try await sealer.checkpoint()
            try await log.found()
            log.clock.advance(by: .minutes(5))
            let next = try log.sealer("k2", "k1")
            _ = try await next.seal()
            #expect(try await next.checkpoint()?.keyID == "k2")
            #expect(try await log.check().exitCode == 0)
            log.clock.advance(by: .days(1))
            #expect(try await log.sealer("k3").checkpoint()?.keyID == "k3")
            #expect(try await log.check().findings.map(\.fault) == [.unknownKey])
        }
    }

    static let tamperings: [(AuditVerification.Fault, Statement)] = [
        (.column, "UPDATE audit.entry SET summary = 'something else' WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"),
        (.column, "UPDATE audit.entry SET risk = 'critical' WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"),
        (
            .column,
            "UPDATE audit.entry SET ref_org = NULL, ref_user = gen_random_uuid() WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"
        ),
        (.column, "UPDATE audit.entry SET data = '{\"a\": 1}' WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"),
        (
            .changed,
            "UPDATE audit.entry SET canonical = set_byte(canonical, 30, 64) WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"
        ),
        (.removed, "DELETE FROM audit.entry WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"),
        (.column, "UPDATE audit.entry SET type = 'nothing_known' WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"),
        (.column, "UPDATE audit.entry SET data = '[]' WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 2)"),
        (.removed, "DELETE FROM audit.link WHERE seal = 3"),
        (.unlinked, "DELETE FROM audit.link WHERE seal = 3"),
        (.brokenLink, "UPDATE audit.link SET link_hash = sha256('x') WHERE seal = 1"),
        (.badSignature, "UPDATE audit.checkpoint SET signature = set_byte(signature, 0, (get_byte(signature, 0) + 1) % 256)"),
        (
            .unlinked,
            "INSERT INTO audit.entry SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).* FROM audit.entry e LIMIT 1"
        ),
    ]

    @Test(arguments: tamperings.indices) func `AUD-034 AUD-049 SEC-214 what somebody changes who holds the server is found and named`(
        _ index: Int
    ) async throws {
        try await Log.with { log in
            try await log.found(times: 3)
            let sealer = try log.sealer()
            _ = try await sealer.seal()
            _ = try await sealer.checkpoint()
            #expect(try await log.check().exitCode == 0)
            let (fault, statement) = Self.tamperings[index]
            try await log.tamper(statement)
            let report = try await log.check()
            #expect(report.exitCode == 1)
            #expect(report.findings.contains { $0.fault == fault }, "\(report.findings)")
        }
    }

    @Test func `AUD-052 the server verifies what is new every day and all of it within thirty, and a byte that was changed is critical`()
        async throws
    {
        try await Log.with { log in
            let node = Node.ID.make(at: log.clock.now)
            try await log.database.adminClient.execute("INSERT INTO audit.node VALUES (\(node), 'worker', now())")
            let check = AuditSelfCheck(client: log.database.systemClient, dateSource: log.clock, node: node, log: .silent)
            #expect(try await check.runIfDue() == nil, "there is nothing yet")
            let sealer = try log.sealer()
            try await log.found(times: 40)
            _ = try await sealer.seal()
            #expect(try await check.runIfDue() == 0)
            #expect(try await check.runIfDue() == nil, "not twice a day")
            // Of what is old a thirtieth a day: it takes some days until the place is reached.
            try await log.tamper(
                "UPDATE audit.entry SET summary = 'x' WHERE id IN (SELECT entry_id FROM audit.link WHERE seal = 30)")
            var days = 0
            var faults: Int64 = 0
            while faults == 0, days < 31 {
                days += 1
                log.clock.advance(by: .days(1))
                _ = try await sealer.seal()
                faults = try await check.runIfDue() ?? 0
            }
            #expect(faults == 1 && days > 1 && days <= 30)
            let rows = try await log.database.adminClient.query(
                "SELECT risk, data FROM audit.entry WHERE type = 'audit_verification_failed'")
            #expect(try rows.map { try $0.decode("risk", as: String.self) } == ["critical"])
            let finding = try rows[0].decode("data", as: JSONValue.self)["findings"]?.arrayValue?.first?.stringValue
            #expect(finding?.hasSuffix("at 30: a column of its entry was changed") == true)
            let alerts = try await PostgresAuditAlerts(client: log.database.systemClient).firing(at: log.clock.now)
            #expect(alerts.contains { $0.rule.name == "log not proved" })
        }
    }

    @Test func `AUD-073 an entry says that it is not sealed yet, and then where it stands, to those who may read it`() async throws {
        try await Log.with { log in
            for _ in 1...3 {
                try await log.found()
                log.clock.advance(by: .seconds(1))
            }
            let reader = PostgresAuditReader(client: log.database.client)
            func seals() async throws -> [AuditSeal?] {
                try await reader.entries(ofOrg: log.company.uuid, AuditQuery(limit: 2)).elements.map(\.seal)
            }
            #expect(try await seals() == [nil, nil])
            _ = try await log.sealer().seal()
            let found = try await seals()
            #expect(found.map { $0?.position } == [3, 2])
            let kept = try await log.database.adminClient.query("SELECT link_hash FROM audit.link WHERE position = 3")
            #expect(try found[0]?.linkHash == kept[0].decode("link_hash", as: [UInt8].self))
        }
    }

    @Test func `AUD-045 the public keys are readable by what serves requests, with what the one before says for the next`() async throws {
        try await Log.with { log in
            let catalogue = PostgresAuditCatalogue(client: log.database.client)
            for keys in [["k1"], ["k2", "k1"]] {
                try await log.found()
                let sealer = keys.count == 1 ? try log.sealer("k1") : try log.sealer("k2", "k1")
                _ = try await sealer.seal()
                _ = try await sealer.checkpoint()
                log.clock.advance(by: .minutes(5))
            }
            let keys = try await catalogue.keys()
            #expect(keys.map(\.id) == ["k1", "k2"])
            #expect(keys.map(\.endorsedBy) == [nil, "k1"])
            let first = try Ed25519.PublicKey(rawRepresentation: keys[0].bytes)
            let endorsement = try #require(keys[1].endorsement)
            #expect(first.isValid(endorsement, for: AuditSigner.endorsed("k2", keys[1].bytes)))
            let types = try await catalogue.types()
            #expect(types.contains(AuditVerified.type) && types.contains(AuthorizationDenied.type))
        }
    }

    @Test func `AUD-029 AUD-030 no role changes links and checkpoints, and what serves requests does not even add any`() async throws {
        try await Log.with { log in
            try await log.found()
            let sealer = try log.sealer()
            _ = try await sealer.seal()
            _ = try await sealer.checkpoint()
            for client in [log.database.client, log.database.systemClient, log.database.ownerClient, log.database.adminClient] {
                for (table, column) in [("link", "seal"), ("checkpoint", "links"), ("signing_key", "id")] {
                    for attempt in [
                        "UPDATE audit.\(table) SET \(column) = \(column)", "DELETE FROM audit.\(table)", "TRUNCATE audit.\(table) CASCADE",
                    ] {
                        await #expect(throws: PostgresError.self, "\(attempt)") {
                            try await client.execute(Statement(attempt, []), scope: .system)
                        }
                    }
                }
            }
            for attempt in [
                "INSERT INTO audit.link SELECT 'system', 9, 9, gen_random_uuid(), now(), entry_hash, link_hash FROM audit.link",
                "INSERT INTO audit.checkpoint SELECT number + 1, signed_at, links, key_id, body, signature FROM audit.checkpoint",
                "DELETE FROM audit.unsealed", "UPDATE audit.chain_head SET length = 9",
            ] {
                await #expect(throws: PostgresError.self, "\(attempt)") {
                    try await log.database.client.execute(Statement(attempt, []), scope: .system)
                }
            }
        }
    }
}
