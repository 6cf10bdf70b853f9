import AuditProof
import Core
import Cryptography
import Testing

@Suite struct TamperTests {
    private typealias Fault = AuditVerification.Fault

    /// The positions of the entries among the lines of the sample.
    private func entries(_ log: SampleLog) -> [Int] { log.lines.indices.filter { if case .entry = log.lines[$0] { true } else { false } } }

    private func link(_ line: AuditExportLine) throws -> AuditExportLine.Link {
        guard case .entry(let link) = line else { throw NoEntry() }
        return link
    }

    private struct NoEntry: Error {}

    private func faults(_ change: (inout SampleLog) throws -> Void) throws -> (kinds: Set<Fault>, report: AuditVerification) {
        var log = try SampleLog.standard()
        try change(&log)
        let report = try verify(log.lines)
        return (Set(report.findings.map(\.fault)), report)
    }

    @Test func `AUD-050 a log that nobody touched is proved, with every entry covered`() throws {
        let report = try verify(try SampleLog.standard().lines)
        #expect(report.exitCode == 0)
        #expect(report.entries == 5 && report.proved == 5 && report.chains == 2 && report.checkpoints == 2)
        #expect(report.report.contains(#""result":"proved""#))
    }

    @Test func `AUD-049 a changed entry is named with its chain and place`() throws {
        let (kinds, report) = try faults { log in
            let index = entries(log)[2]
            let old = try link(log.lines[index])
            let forged = String(decoding: old.canonical, as: UTF8.self).replacing("org_updated", with: "org_deleted")
            log.lines[index] = .entry(
                .init(
                    seal: old.seal, chain: old.chain, position: old.position, canonical: Array(forged.utf8), entryHash: old.entryHash,
                    linkHash: old.linkHash))
        }
        #expect(kinds == [.changed])
        #expect(report.exitCode == 1)
        #expect(report.findings.first?.entry == "baud_3" && report.findings.first?.position == 2)
    }

    @Test func `AUD-049 a changed entry whose own hash was made to fit breaks its link`() throws {
        let (kinds, _) = try faults { log in
            let index = entries(log)[2]
            let old = try link(log.lines[index])
            let forged = Array(String(decoding: old.canonical, as: UTF8.self).replacing("org_updated", with: "org_deleted").utf8)
            log.lines[index] = .entry(
                .init(
                    seal: old.seal, chain: old.chain, position: old.position, canonical: forged,
                    entryHash: AuditChain.entryHash(forged), linkHash: old.linkHash))
        }
        #expect(kinds == [.brokenLink])
    }

    @Test func `AUD-049 a chain that was written anew from the forged entry on is not what the checkpoint states`() throws {
        var forged = SampleLog()
        forged.append(SampleLog.org, "org_created", ["name": "another"])
        forged.append(AuditChain.system, "process_started", ["process": "api"])
        forged.append(SampleLog.org, "org_updated", ["money": 1])
        let (kinds, _) = try faults { log in
            let places = entries(log)
            let replacements = forged.lines.dropFirst()
            for (place, line) in zip(places, replacements) { log.lines[place] = line }
        }
        #expect(kinds.contains(.checkpointMismatch))
    }

    @Test func `AUD-049 an entry that is gone, from the middle or from the end, is missed`() throws {
        for place in 0..<5 {
            let (kinds, report) = try faults { log in log.lines.remove(at: entries(log)[place]) }
            #expect(kinds.contains(.removed), "\(place): \(report.findings)")
        }
    }

    @Test func `AUD-044 a whole chain that is gone is missed by the last checkpoint`() throws {
        let (kinds, _) = try faults { log in
            log.lines.removeAll { line in if case .entry(let link) = line { link.chain == AuditChain.system } else { false } }
        }
        #expect(kinds.isSuperset(of: [.removed, .checkpointMismatch]))
    }

    @Test func `AUD-049 an entry that stands twice and one that stands too late are told apart`() throws {
        let (twice, _) = try faults { log in log.lines.insert(log.lines[entries(log)[0]], at: entries(log)[2]) }
        #expect(twice.contains(.duplicated))
        let (late, _) = try faults { log in
            let places = entries(log)
            log.lines.swapAt(places[0], places[2])
        }
        #expect(late.contains(.reordered))
    }

    @Test func `AUD-049 an entry that was put in breaks the link of the one behind it`() throws {
        var other = SampleLog()
        other.append(SampleLog.org, "org_created", ["name": "x"])
        other.append(SampleLog.org, "org_updated", ["name": "y"])
        let (kinds, _) = try faults { log in log.lines[entries(log)[2]] = other.lines[2] }
        #expect(!kinds.isDisjoint(with: [.brokenLink, .checkpointMismatch]))
    }

    @Test func `AUD-049 an entry in the chain of somebody else is named`() throws {
        let (kinds, _) = try faults { log in
            let index = entries(log)[1]
            let old = try link(log.lines[index])
            let chain = "org:01890000-0000-7000-8000-000000000002"
            let hash = AuditChain.linkHash(
                chain: chain, position: 1, previous: AuditChain.origin(of: chain), entry: old.entryHash)
            log.lines[index] = .entry(
                .init(seal: old.seal, chain: chain, position: 1, canonical: old.canonical, entryHash: old.entryHash, linkHash: hash))
        }
        #expect(kinds.contains(.wrongChain))
    }

    @Test func `AUD-049 bytes that mean the same and are not canonical are named`() throws {
        let (kinds, _) = try faults { log in
            let index = entries(log)[1]
            let old = try link(log.lines[index])
            let spaced = Array(String(decoding: old.canonical, as: UTF8.self).replacing(#""format":1"#, with: #""format": 1"#).utf8)
            log.lines[index] = .entry(
                .init(
                    seal: old.seal, chain: old.chain, position: old.position, canonical: spaced,
                    entryHash: AuditChain.entryHash(spaced), linkHash: old.linkHash))
        }
        #expect(kinds.contains(.notCanonical))
    }

    @Test func `AUD-049 a forged signature, a stranger's key and a checkpoint that goes back are named`() throws {
        func checkpoints(_ log: SampleLog) -> [Int] {
            log.lines.indices.filter { if case .checkpoint = log.lines[$0] { true } else { false } }
        }
        let (forged, _) = try faults { log in
            guard case .checkpoint(let body, var signature) = log.lines[checkpoints(log)[1]] else { return }
            signature[5] ^= 1
            log.lines[checkpoints(log)[1]] = .checkpoint(body: body, signature: signature)
        }
        #expect(forged == [.badSignature])
        var stranger = SampleLog()
        stranger.append(AuditChain.system, "process_started", [:])
        try stranger.sign(try SampleLog.ring("k1"))
        stranger.append(AuditChain.system, "process_started", [:])
        try stranger.sign(try SampleLog.ring("k2"))
        stranger.end()
        #expect(try verify(stranger.lines).findings.map(\.fault) == [.unknownKey])
        let (back, _) = try faults { log in log.lines.remove(at: checkpoints(log)[0]) }
        #expect(back == [.checkpointRegression])
    }

    @Test func `AUD-045 a key that the one before vouches for signs in the middle of a chain`() throws {
        var log = SampleLog()
        log.append(AuditChain.system, "process_started", [:])
        try log.sign(try SampleLog.ring("k1"))
        log.append(AuditChain.system, "process_started", [:])
        try log.sign(try SampleLog.ring("k2", "k1"))
        log.end()
        let report = try verify(log.lines)
        #expect(report.exitCode == 0, "\(report.findings)")
        let key = try SampleLog.ring("k1").publicKey
        #expect(try verify(log.lines, keys: ["k1": key]).exitCode == 0)
        let other = try SampleLog.ring("k3").publicKey
        #expect(try verify(log.lines, keys: ["k3": other]).findings.allSatisfy { $0.fault == .unknownKey })
    }

    @Test func `AUD-050 an input without its end, and one without any checkpoint, prove nothing and accuse nobody`() throws {
        var log = try SampleLog.standard()
        log.lines.removeLast()
        #expect(try verify(log.lines).exitCode == 2)
        var unsigned = SampleLog()
        unsigned.append(AuditChain.system, "process_started", [:])
        unsigned.end()
        #expect(try verify(unsigned.lines).exitCode == 2)
        #expect(throws: AuditExportMalformed.self) { try AuditExportLine(text: "{}") }
    }
}
