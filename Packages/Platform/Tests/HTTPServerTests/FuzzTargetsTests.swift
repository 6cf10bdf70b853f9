import Foundation
import Testing

/// What is fuzzed, and what the fuzzers start from.
@Suite struct FuzzTargetsTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../..").standardizedFileURL

    /// Each kind of text from outside that SEC-101 names, with the target that reads it and words of that target's source.
    static let kinds = [
        ("JSON", "FuzzRequestDecoder", "decode"), ("heads of requests", "FuzzRequests", "fuzz"), ("query", "FuzzCallerText", "QueryItems("),
        ("templates", "FuzzMailTemplates", "MarkupTemplate"), ("signatures of webhooks", "FuzzWebhookSignatures", "verify"),
        ("tokens", "FuzzCallerText", "tokens.verify"), ("cursors", "FuzzCallerText", "Cursor("),
        ("lists of proxies", "FuzzCallerText", "TrustedProxies("), ("addresses", "FuzzCallerText", "EmailAddress("),
        ("networks", "FuzzCallerText", "NetworkRange("), ("exports of the log", "FuzzAuditExports", "AuditVerifier("),
    ]

    private func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent(folder).path).sorted()
    }

    @Test(arguments: kinds) func `SEC-101 what comes from outside has a fuzz target with stored inputs`(
        kind: String, target: String, word: String
    ) throws {
        let sources = try names(in: "Fuzz/Sources/\(target)").map {
            try String(contentsOf: Self.root.appendingPathComponent("Fuzz/Sources/\(target)/\($0)"), encoding: .utf8)
        }
        #expect(sources.contains { $0.contains("LLVMFuzzerTestOneInput") })
        #expect(sources.contains { $0.contains(word) }, "\(kind)")
        let inputs = try names(in: "Fuzz/Corpus/\(target)")
        #expect(!inputs.isEmpty)
        for input in inputs {
            let data = try Data(contentsOf: Self.root.appendingPathComponent("Fuzz/Corpus/\(target)/\(input)"))
            #expect(!data.isEmpty, "\(target)/\(input)")
        }
    }

    @Test func `SEC-101 every target is built, has stored inputs and stands in the guide`() throws {
        let manifest = try String(contentsOf: Self.root.appendingPathComponent("Fuzz/Package.swift"), encoding: .utf8)
        let guide = try String(contentsOf: Self.root.appendingPathComponent("docs/operations/fuzzing.md"), encoding: .utf8)
        let targets = try names(in: "Fuzz/Sources")
        #expect(targets == (try names(in: "Fuzz/Corpus")))
        for target in targets {
            #expect(manifest.contains("\"\(target)\""))
            #expect(guide.contains("`\(target)`"), "\(target)")
        }
    }
}
