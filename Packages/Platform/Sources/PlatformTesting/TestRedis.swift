internal import EventLoops
internal import Foundation
internal import Synchronization

/// A Redis server of a test's own, on a socket in a folder of its own, that ends with the test.
///
/// The program is the one of Debian's package `redis-tools`, which has no service: it is a server when it is called by that name.
public final class TestRedis: Sendable {
    /// Where the server is, with its password.
    public let url: String
    private let folder: String
    private let arguments: [String]
    private let process = Mutex<Process?>(nil)

    private init(password: String?) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/redis-server", withDestinationPath: "/usr/bin/redis-check-rdb")
        url = "unix://\(password.map { ":\($0)@" } ?? "")\(folder)/s"
        arguments =
            ["--port", "0", "--unixsocket", "\(folder)/s", "--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", folder]
            + (password.map { ["--requirepass", $0] } ?? [])
    }

    /// Starts a server, hands it to a closure, and ends it afterwards, whatever the closure did.
    ///
    /// - Parameter password: what the server asks for; without one it takes everybody.
    /// - Throws: ``TestRedisError`` when it does not start; what the closure throws.
    public static func withServer<Result: Sendable>(
        password: String? = nil, _ body: (TestRedis) async throws -> Result
    ) async throws -> Result {
        let server = try TestRedis(password: password)
        do {
            try await server.start()
            let result = try await body(server)
            await server.end()
            return result
        } catch {
            await server.end()
            throw error
        }
    }

    /// Starts the server again after ``stop()``, empty; returns when it answers.
    public func start() async throws {
        let made = Process()
        let output = Pipe()
        made.executableURL = URL(filePath: "\(folder)/redis-server")
        made.arguments = arguments
        made.standardOutput = output
        made.standardError = FileHandle.nullDevice
        try made.run()
        process.withLock { $0 = made }
        let descriptor = output.fileHandleForReading.fileDescriptor
        // It says so itself; a server that ends without is at the end of its output. Read without a handler on Foundation's queues: one whose descriptor
        // is closed and used again brings the process down.
        try await offload {
            let reader = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
            var said = Data()
            while said.range(of: Data("ready to accept connections".utf8)) == nil {
                let more = reader.availableData
                guard !more.isEmpty else { throw TestRedisError(said: String(decoding: said, as: UTF8.self)) }
                said += more
            }
        }
    }

    /// Kills the server, as a machine that loses its power.
    public func stop() async {
        guard let ended = process.withLock({ $0.take() }) else { return }
        kill(ended.processIdentifier, SIGKILL)
        _ = try? await offload { ended.waitUntilExit() }
    }

    /// Stops the server's time: it is there and says nothing. Returns when it stands still.
    public func freeze() {
        guard let number = process.withLock({ $0?.processIdentifier }) else { return }
        kill(number, SIGSTOP)
        while let letter = state(of: number), letter != "T" { sched_yield() }
    }

    /// Lets the server go on.
    public func thaw() {
        guard let number = process.withLock({ $0?.processIdentifier }) else { return }
        kill(number, SIGCONT)
    }

    private func end() async {
        await stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The letter behind the name in brackets (proc manual, `/proc/pid/stat`).
    private func state(of number: Int32) -> Substring? {
        let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)
        return text?.split(separator: ") ").last?.prefix(1)
    }
}

/// Why there is no Redis server to test with.
public struct TestRedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the server said before it ended.
    let said: String

    /// What to do.
    public var description: String { "redis-server did not start; Scripts/setup installs it. It said: \(said)" }
}
