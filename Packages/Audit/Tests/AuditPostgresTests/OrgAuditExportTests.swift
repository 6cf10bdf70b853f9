import Audit
import AuditProof
import Core
import Cryptography
import Observability
import PlatformTesting
import Postgres
import Testing

@testable import AuditPostgres

/// The file of an org's part of the log.
@Suite struct OrgAuditExportTests {
    private let system = AuditActor.system(component: "test")

    /// What the job writes, page after page of three entries.
    private func written(_ order: AuditExportOrder, _ log: Log) async throws -> (texts: [String], entries: Int64) {
        let options = TransactionOptions(isolation: .repeatableRead)
        return try await log.database.systemClient.withTransaction(options, scope: .org(log.company.uuid)) { transaction in
            let export = OrgAuditExport(postgres: transaction, org: log.company.uuid, order: order, pageSize: 3)
            var texts: [String] = []
            let entries =
                switch order.format {
                case .csv: try await export.table({ _ in nil }) { texts.append($0) }
                case .jsonl: try await export.lines { texts.append($0.text) }
                }
            return (texts, entries)
        }
    }

    private func verified(_ lines: [String], keys: [String: Ed25519.PublicKey]) throws -> AuditVerification {
        var verifier = AuditVerifier(keys: keys)
        for line in lines { try verifier.take(AuditExportLine(text: line)) }
        return verifier.finish()
    }

    /// Eight entries of the company below a checkpoint, one behind it, one that waits for its link, and others' among them.
    private func filled(_ log: Log, _ person: Person.ID) async throws {
        let other = Company.ID.make(at: log.clock.now)
        try await log.database.adminClient.execute("INSERT INTO audit.company VALUES (\(other), 'b')")
        for number in 1...4 {
            try await log.write { transaction in
                _ = try await transaction.record(CompanyFounded(log.company, summary: "founded \(number)"), by: system)
                _ = try await transaction.record(CompanyFounded(other, summary: "secret of others"), by: system)
            }
            log.clock.advance(by: .seconds(1))
        }
        try await log.write { transaction in
            for _ in 1...2 { _ = try await transaction.record(CompanyRenamed(company: log.company), by: system) }
            _ = try await transaction.record(PersonActed(person: person, company: log.company), by: .user(AuditReference(person)))
            _ = try await transaction.record(PersonNoted(person: person, company: log.company), by: system)
        }
        #expect(try await log.sealed() != nil)
        try await log.write { _ = try await $0.record(CompanyRenamed(company: log.company), by: system) }
        let sealer = AuditSealer(client: log.database.systemClient, dateSource: log.clock, signer: try log.ring, log: .silent)
        while try await sealer.seal() > 0 {}
        try await log.write { _ = try await $0.record(CompanyRenamed(company: log.company), by: system) }
    }

    @Test
    func
        `AUD-080 AUD-082 AUD-083 an org's file over several pages of its chain verifies with the public key alone, and has nothing of others`()
        async throws
    {
        try await Log.withActors { log, person in
            try await filled(log, person)
            let (lines, entries) = try await written(.init(format: .jsonl, includesProof: true, filter: AuditQuery()), log)
            #expect(entries == 9)
            let keys = ["k1": try log.ring.publicKey]
            let report = try verified(lines, keys: keys)
            #expect(report.exitCode == 0 && report.entries == 9 && report.proved == 8 && report.unsealed == 1, "\(report.summary)")
            #expect(report.chains == 1 && report.checkpoints == 1)
            let text = lines.joined()
            #expect(text.contains("198.51.100.7"), "what is personal and the org may read")
            #expect(!text.contains("secret of others") && !text.contains("called"), "another org's, and operators' own words")

            // From here on nothing is known but the file and the public key.
            let third = try #require(lines.firstIndex { $0.contains("founded 3") })
            var gone = lines
            gone.remove(at: third)
            #expect(try verified(gone, keys: keys).findings.map(\.fault).contains(.removed))
            var forged = lines
            forged[third] = lines[third].replacing("founded 3", with: "founded 5")
            #expect(try verified(forged, keys: keys).findings.map(\.fault) == [.changed])
            let stranger = try Ed25519.PrivateKey(seed: SecretBytes(SHA256.digest(of: "another"))).publicKey
            #expect(try verified(lines, keys: ["k1": stranger]).findings.map(\.fault).contains(.badSignature))
            let head = try #require(lines.firstIndex { $0.contains("\"kind\":\"head\"") })
            #expect(try verified(Array(lines[..<head] + lines[(head + 1)...]), keys: keys).exitCode == 2, "nothing is signed")
            var shorter = lines
            shorter.remove(at: head - 2)
            #expect(try verified(shorter, keys: keys).exitCode == 1, "the last entry below the checkpoint is gone")
        }
    }

    @Test func `AUD-071 AUD-082 a filter leaves entries out: with a proof their places stay, without one and in a table nothing of them`()
        async throws
    {
        try await Log.withActors { log, person in
            try await filled(log, person)
            let filter = AuditQuery(types: ["org_created"])
            let (proved, count) = try await written(.init(format: .jsonl, includesProof: true, filter: filter), log)
            let report = try verified(proved, keys: ["k1": try log.ring.publicKey])
            #expect(count == 4 && report.exitCode == 0 && report.entries == 4 && report.proved == 4, "\(report.summary)")
            #expect(!proved.joined().contains("renamed") && proved.count { $0.contains("\"kind\":\"place\"") } == 5)
            let (plain, _) = try await written(.init(format: .jsonl, includesProof: false, filter: filter), log)
            #expect(plain.count == 6 && plain.dropFirst().dropLast().allSatisfy { $0.contains("\"kind\":\"entry\"") })

            let (table, rows) = try await written(.init(format: .csv, includesProof: false, filter: filter), log)
            #expect(rows == 4 && table.count == 5 && table[0] == AuditCSV.header)
            #expect(table[1].contains("founded 4") && table[4].contains("founded 1"))
            let (all, every) = try await written(.init(format: .csv, includesProof: false, filter: AuditQuery()), log)
            #expect(every == 10 && Set(all).count == 11, "also what waits for its link")
            #expect(!all.joined().contains("secret of others") && !all.joined().contains("called"))
        }
    }

    @Test func `AUD-082 an order is kept as it was given`() throws {
        var filter = AuditQuery(types: ["org_created"], since: Instant(secondsSinceEpoch: 1), until: Instant(secondsSinceEpoch: 2))
        (filter.classes, filter.minimumRisk, filter.requestID) = ([.org], .high, "req")
        filter.references = [AuditReference(Company.ID(high: 1, low: 1))]
        filter.actor = Person.ID(high: 2, low: 2).uuid
        let order = AuditExportOrder(format: .jsonl, includesProof: true, filter: filter)
        #expect(try JSON.decode(AuditExportOrder.self, from: JSON.encode(order)) == order)
    }
}
