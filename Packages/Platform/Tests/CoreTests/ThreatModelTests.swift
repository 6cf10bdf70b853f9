import Foundation
import Testing

/// What is published about threats, compared with the tests that it names.
struct ThreatModelTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func page(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: "docs/operations/\(name).md"), encoding: .utf8)
    }

    private static func cells(_ text: String) -> [[String]] {
        text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("|---") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// The text of every test.
    private static func tests() throws -> String {
        var text = ""
        let packages = try FileManager.default.contentsOfDirectory(at: root.appending(path: "Packages"), includingPropertiesForKeys: nil)
        for folder in [root.appending(path: "Tests")] + packages.map({ $0.appending(path: "Tests") }) {
            guard let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { continue }
            for case let file as URL in walk where file.pathExtension == "swift" { text += try String(contentsOf: file, encoding: .utf8) }
        }
        return text
    }

    @Test func `SEC-228 the published threat model has every attacker, the tests that it names are there, and it says what remains`() throws
    {
        let text = try Self.page("threat-model")
        let rows = Self.cells(text).filter { $0.first?.hasPrefix("SEC-2") == true }
        #expect(rows.map { $0[0] } == (201...227).map { "SEC-\($0)" })
        let tests = try Self.tests()
        for row in rows {
            try #require(row.count == 5, "\(row)")
            guard row[4] != "not yet" else { continue }
            let name = row[4].trimmingCharacters(in: ["`"])
            #expect(tests.contains("func `\(name)"), "\(row[0]) names a test that is not there: \(name)")
        }
        #expect(rows.count { $0[4] == "not yet" } <= 3)
        let remains = try #require(text.components(separatedBy: "## What remains (SEC-228)").last).lowercased()
        for words in [
            "root on the database host", "payment provider's account", "both the database and the checkpoint key", "how to limit it",
        ] {
            #expect(remains.contains(words), "\(words)")
        }
    }
}
