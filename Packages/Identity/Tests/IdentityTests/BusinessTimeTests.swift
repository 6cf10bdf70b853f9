import Foundation
import Testing

/// Reads the sources of the package: what they do not say they do not do.
@Suite struct BusinessTimeTests {
    @Test func `ID-156 no source of this package asks the machine or the database for the time`() throws {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = package.appending(path: "Sources")
        let found = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var count = 0
        for case let file as URL in found where file.pathExtension == "swift" {
            count += 1
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["SystemDateSource", "Date()", "Date.now", "clock_timestamp", "CURRENT_TIMESTAMP", " now()", "(now()"] {
                #expect(!text.contains(word), "\(file.lastPathComponent): \(word)")
            }
        }
        #expect(count > 60)
    }
}
