internal import EventLoops
internal import Foundation

/// A PostgreSQL server of a test's own, which a test may prepare wrongly or lose; it ends with the test.
public struct TestServer: Sendable {
    /// The administrator's address, with its password.
    public let url: String
    private let directory: String
    private let major: Int?

    /// The first numbers of the versions that are installed here, the newest first.
    public static var installed: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return names.compactMap { Int($0) }.sorted(by: >)
    }

    /// Starts a server, hands it to a closure, and removes it afterwards, whatever the closure did.
    ///
    /// - Parameter major: the first number of its version; the newest that is installed without.
    /// - Throws: ``TestServerFailure`` when it does not start; what the closure throws.
    public static func withServer<Result: Sendable>(
        major: Int? = nil, _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "trellis-server-\(UUID().uuidString.prefix(8))").path
        let server: TestServer
        do {
            server = TestServer(url: try await run("start", directory, major), directory: directory, major: major)
            let result = try await body(server)
            _ = try await run("stop", directory, major)
            return result
        } catch {
            _ = try? await run("stop", directory, major)
            throw error
        }
    }

    /// Stops the server and removes its data, as a machine that burns down.
    public func destroy() async throws {
        _ = try await Self.run("stop", directory, major)
    }

    /// Runs `Scripts/postgres` of the workspace, and gives what it prints.
    private static func run(_ command: String, _ directory: String, _ major: Int?) async throws -> String {
        let root = URL(fileURLWithPath: #filePath).pathComponents.dropLast(5).joined(separator: "/").dropFirst()
        return try await offload {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["\(root)/Scripts/postgres", command, directory]
            var environment = ProcessInfo.processInfo.environment
            environment["TRELLIS_POSTGRES_MAJOR"] = major.map(String.init)
            process.environment = environment
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let said = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw TestServerFailure(status: process.terminationStatus) }
            return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

/// A server did not start or stop.
public struct TestServerFailure: Error, Hashable, Sendable {
    /// The status of the script.
    public let status: Int32
}
