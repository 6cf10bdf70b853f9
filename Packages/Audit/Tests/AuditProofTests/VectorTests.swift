import AuditProof
import Core
import Cryptography
import Foundation
import Testing

/// The published vectors: the bytes that this program makes, and what the independent checker in another language says of them.
@Suite struct VectorTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors")
    private static var checker: URL {
        folder.appendingPathComponent("../../../../../Scripts/audit-check").standardizedFileURL
    }

    @Test func `AUD-033 AUD-035 the published log is what this program writes, byte for byte`() throws {
        let url = Self.folder.appendingPathComponent("log.jsonl")
        let text = try SampleLog.standard().text
        if ProcessInfo.processInfo.environment["TRELLIS_RECORD_SNAPSHOTS"] == "1" { try Data(text.utf8).write(to: url) }
        #expect(try String(contentsOf: url, encoding: .utf8) == text)
    }

    @Test func `AUD-035 the first three links of a chain have the published hashes`() throws {
        let published = try JSON.decode(JSONValue.self, from: Array(Data(contentsOf: Self.folder.appendingPathComponent("links.json"))))
        let chain = try #require(published["chain"]?.stringValue)
        var hash = AuditChain.origin(of: chain)
        #expect(Hex.encode(hash) == published["origin"]?.stringValue)
        for (index, link) in try #require(published["links"]?.arrayValue).enumerated() {
            let entry = AuditChain.entryHash(Array(try #require(link["canonical"]?.stringValue).utf8))
            #expect(Hex.encode(entry) == link["entry_hash"]?.stringValue)
            hash = AuditChain.linkHash(chain: chain, position: Int64(index + 1), previous: hash, entry: entry)
            #expect(Hex.encode(hash) == link["link_hash"]?.stringValue)
        }
    }

    private func check(_ text: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", Self.checker.path, "-"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    @Test func `AUD-033 AUD-138 a checker in another language proves the same log, and finds a letter that was changed`() throws {
        let text = try SampleLog.standard().text
        let whole = try check(text)
        #expect(whole.status == 0, "\(whole.output)")
        #expect(whole.output.contains("5 entries"))
        #expect(try check(text.replacing("org_updated", with: "org_upgated")).status == 1)
        let lines = text.split(separator: "\n")
        #expect(try check(lines.filter { !$0.contains("process_started") }.joined(separator: "\n")).status == 1)
        #expect(try check(lines.dropLast().joined(separator: "\n")).status == 2)
    }
}
