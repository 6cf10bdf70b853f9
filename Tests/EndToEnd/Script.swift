import Foundation
import Testing

/// A script of the workspace, run to its end on the binaries that were built together with this test.
struct Script {
    let name: String

    init(_ name: String) { self.name = name }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs the script to its end and expects that it passes and leaves neither processes nor files behind.
    func passes(_ arguments: [String] = []) async throws {
        // What it starts and writes is known by the folder of its own that it has for temporary files; another script may run meanwhile.
        let folder = FileManager.default.temporaryDirectory.appending(path: "trellis-\(name).\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try await run(arguments, temporary: folder)
        #expect(result.status == 0, "\(result.output)")
        let processes = try Self.processes(whoseEnvironmentHolds: folder.lastPathComponent)
        #expect(processes.isEmpty, "left behind: \(processes)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.isEmpty, "left behind: \(files)")
    }

    /// Gives the script's status and the end of what it said.
    private func run(_ arguments: [String], temporary: URL) async throws -> (status: Int32, output: String) {
        // A file and no pipe: what the script starts in the background would hold the pipe open.
        let said = FileManager.default.temporaryDirectory.appending(path: "trellis-said-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: said.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: said) }
        let output = try FileHandle(forWritingTo: said)
        let process = Process()
        process.executableURL = Self.root.appending(path: "Scripts/\(name)")
        process.arguments = arguments
        process.currentDirectoryURL = Self.root
        process.environment = ProcessInfo.processInfo.environment.merging(["DEV_BIN": try Self.binaries(), "TMPDIR": temporary.path]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try output.close()
        return (status, String(decoding: try Data(contentsOf: said).suffix(20_000), as: UTF8.self))
    }

    /// The folder that this test's own bundle was built into.
    static func binaries() throws -> String {
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") })
        return URL(filePath: bundle).deletingLastPathComponent().path
    }

    /// The command lines of running processes that were started with something in their environment.
    private static func processes(whoseEnvironmentHolds text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int32($0) != nil }.compactMap { process in
            let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
            guard environment.firstRange(of: Data(text.utf8)) != nil else { return nil }
            let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            return String(decoding: words, as: UTF8.self).replacing("\0", with: " ")
        }
    }
}
