import Foundation
import Testing

/// A process that sees no network but its own, in which nothing is up: what it does it does alone.
private struct Offline {
    /// Whether this machine lets an ordinary user make such a process; a container may forbid it.
    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["-rn", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Runs a program with nothing in its environment, and gives its status and what it wrote to standard output.
    static func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let said = FileManager.default.temporaryDirectory.appending(path: "trellis-offline-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: said.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: said) }
        let output = try FileHandle(forWritingTo: said)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = ["-rn", "env", "-i"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try output.close()
        return (status, String(decoding: try Data(contentsOf: said), as: UTF8.self))
    }
}

/// The command that proves an export needs neither database nor network.
@Suite struct OfflineTests {
    @Test(.enabled(if: Offline.isPossible))
    func `AUD-048 an export is proved without a network, a database or a setting, and what is wrong with it is told by the status`()
        async throws
    {
        // No way leads out of where it runs.
        #expect(try await Offline.run(["/bin/cat", "/proc/net/route"]).output.split(separator: "\n").count <= 1)

        let folder = FileManager.default.temporaryDirectory.appending(path: "trellis-exports-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sample = Script.root.appending(path: "Packages/Audit/Tests/AuditProofTests/Vectors/log.jsonl")
        let text = String(decoding: try Data(contentsOf: sample), as: UTF8.self)
        let samples: [(text: String, status: Int32, result: String?)] = [
            (text, 0, "proved"), (text.replacingOccurrences(of: #"{\"process\":\"api\"}"#, with: #"{\"process\":\"cli\"}"#), 1, "tampered"),
            (text.split(separator: "\n").prefix(4).joined(separator: "\n") + "\n", 2, "incomplete"), ("hello\n", 3, nil),
        ]
        for (number, sample) in samples.enumerated() {
            let file = folder.appending(path: "\(number).jsonl")
            try Data(sample.text.utf8).write(to: file)
            let found = try await Offline.run([Script.binaries() + "/trellis", "audit", "verify", file.path])
            #expect(found.status == sample.status, "\(number): \(found.output)")
            if let result = sample.result { #expect(found.output.contains(#""result":"\#(result)""#)) }
        }
    }
}
