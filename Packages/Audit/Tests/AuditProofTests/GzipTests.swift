import Foundation
import Testing

@testable import AuditProof

@Suite struct GzipTests {
    private static let samples: [[UInt8]] = [
        [], [0], Array("a".utf8), Array(repeating: 7, count: 70_000), (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
        Array(String(repeating: "{\"kind\":\"entry\",\"seal\":1}\n", count: 900).utf8),
    ]

    @Test(arguments: samples) func `what is packed is what is unpacked, one member behind the other`(_ sample: [UInt8]) throws {
        let file = Gzip.member(sample) + Gzip.member([1, 2, 3])
        let (first, end) = try Gzip.read(file, at: 0, limit: 100_000)
        #expect(first == sample)
        let (second, last) = try Gzip.read(file, at: end, limit: 100_000)
        #expect(second == [1, 2, 3] && last == file.count)
    }

    /// What `printf 'hello hello hello hello\n' | gzip -n9` and a larger text with codes of its own give.
    @Test func `files of other programs are read as well, and broken ones are refused`() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-cn9", #filePath]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let file = Array(try pipe.fileHandleForReading.readToEnd() ?? Data())
        process.waitUntilExit()
        let own = Array(try Data(contentsOf: URL(filePath: #filePath)))
        #expect(try Gzip.read(file, at: 0, limit: 1 << 20).content == own)
        for index in [0, 1, 2, 12, file.count / 2, file.count - 9, file.count - 6] {
            var broken = file
            broken[index] ^= 0x55
            #expect((try? Gzip.read(broken, at: 0, limit: 1 << 20).content) != own, "\(index)")
        }
        #expect(throws: Gzip.Malformed.self) { try Gzip.read(Array(file.dropLast(9)), at: 0, limit: 1 << 20) }
        #expect(throws: Gzip.Malformed.self, "more than was asked for") { try Gzip.read(file, at: 0, limit: 100) }
    }
}
