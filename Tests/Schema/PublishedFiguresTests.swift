import Foundation
import Testing

/// What is published about speed, compared with the goals: whoever measures anew and misses one has to say so.
@Suite struct PublishedFiguresTests {
    private static func figures(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/benchmarks/\(name).txt"), encoding: .utf8)
    }

    @Test func `STR-172 the simulator's published figures hold its goals for creates, memory and a month of many subscriptions`() throws {
        let text = try Self.figures("simulator")
        let creates = try #require(text.firstMatch(of: #/creates: \d+ in [\d.]+ s, (\d+)/s/#))
        #expect(try #require(Int(creates.1)) >= 500)
        let memory = try #require(text.firstMatch(of: #/memory: (\d+) MiB with (\d+) objects/#))
        #expect(try #require(Int(memory.1)) <= 512 && #require(Int(memory.2)) >= 100_000)
        let month = try #require(text.firstMatch(of: #/month: (\d+) subscriptions in ([\d.]+) s/#))
        #expect(try #require(Int(month.1)) >= 1_000 && #require(Double(month.2)) < 5)
    }
}
