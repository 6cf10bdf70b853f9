import Core
import Foundation
import Testing

@testable import AuditProof

@Suite struct ExportFileTests {
    /// Verifies a text as a file.
    private func verifyFile(_ bytes: [UInt8]) throws(AuditExportUnreadable) -> AuditVerification {
        let path = FileManager.default.temporaryDirectory.appending(path: "trellis-export-\(UUID().uuidString).jsonl").path
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try AuditExportFile(path: path).verify(by: AuditVerifier())
    }

    private func split(_ bytes: [UInt8], every size: Int, limit: Int = 1_000) throws -> [String] {
        var (splitter, lines) = (LineSplitter(limit: limit), [String]())
        var rest = bytes[...]
        while !rest.isEmpty {
            try splitter.take(rest.prefix(size)) { lines.append($0) }
            rest = rest.dropFirst(size)
        }
        try splitter.finish { lines.append($0) }
        return lines
    }

    @Test func `lines are the same wherever the pieces of a file end, with and without an end of the last one`() throws {
        let text = "first\n\ncaf\u{E9} \u{1F600}\nlast"
        for end in ["", "\n", "\n\n"] {
            let bytes = Array((text + end).utf8)
            for size in 1...(bytes.count + 1) {
                #expect(try split(bytes, every: size) == ["first", "caf\u{E9} \u{1F600}", "last"], "\(size)")
            }
        }
        #expect(try split([], every: 1).isEmpty)
    }

    @Test func `a line that is longer than any of an export is refused by its number before all of it is held`() throws {
        let bytes = Array("short\n\n".utf8) + Array(repeating: UInt8(ascii: "x"), count: 1_001)
        for size in [1, 7, 500, 5_000] {
            #expect(throws: AuditExportUnreadable(line: 3, reason: "is longer than 1000 bytes, which no line of an export is")) {
                try split(bytes, every: size)
            }
        }
        #expect(try split(Array(bytes.dropLast()), every: 3).last?.utf8.count == 1_000)
    }

    @Test func `AUD-048 a file is judged as its lines are, whole, cut short, changed, or with a line that is none`() throws {
        let log = try SampleLog.standard()
        let text = Array(log.text.utf8)
        #expect(try verifyFile(text) == verify(log.lines))
        #expect(try verifyFile(text).exitCode == 0)
        #expect(try verifyFile(Array(log.lines.dropLast().map { $0.text + "\n" }.joined().utf8)) == verify(Array(log.lines.dropLast())))
        #expect(try verifyFile([]).exitCode == 2)
        var changed = log.lines
        changed.swapAt(2, 3)
        #expect(try verifyFile(Array(changed.map { $0.text + "\n" }.joined().utf8)) == verify(changed))
        let refusal = #expect(throws: AuditExportUnreadable.self) { try verifyFile(text + Array("no line\n".utf8)) }
        #expect(refusal?.line == log.lines.count + 1)
        #expect(throws: AuditExportUnreadable(line: nil, reason: "cannot read /nowhere/log.jsonl")) {
            try AuditExportFile(path: "/nowhere/log.jsonl").verify(by: AuditVerifier())
        }
    }

    @Test func `places that are missing are counted without being held one by one`() {
        var missing = MissingPlaces()
        missing.append(1..<1)
        #expect(missing.count == 0 && missing.first(10).isEmpty)
        missing.append(2..<5)
        missing.append(7..<(1 << 60))
        #expect(missing.count == 3 + (1 << 60) - 7)
        #expect(missing.first(5) == [2, 3, 4, 7, 8])
        for (place, isThere) in [(1, false), (5, false), (6, false), (1 << 60, false), (3, true), (2, true), (4, true), (1 << 50, true)] {
            // Twice is once.
            let removed = [missing.remove(Int64(place)), missing.remove(Int64(place))]
            #expect(removed == [isThere, false], "\(place)")
        }
        let isLastRemoved = missing.remove((1 << 60) - 1)
        #expect(isLastRemoved)
        #expect(missing.first(3) == [7, 8, 9] && missing.count == (1 << 60) - 7 - 2)
    }

    @Test func `a link that claims a place far behind is told as what is missing, at once`() throws {
        var log = try SampleLog.standard()
        for (index, line) in log.lines.enumerated() {
            guard case .entry(let link) = line, link.seal == 5 else { continue }
            log.lines[index] = .entry(
                .init(
                    seal: link.seal, chain: link.chain, position: 9_007_199_254_740_991, canonical: link.canonical,
                    entryHash: link.entryHash,
                    linkHash: link.linkHash))
        }
        let result = try verify(log.lines)
        #expect(result.exitCode == 1 && result.findings.contains { $0.fault == .removed })
    }
}
