import Foundation
import Synchronization
import Testing

/// A server written in Python, run as a process of its own for one test. It says `PORT n` first, then a line for each thing it sees.
///
/// It ends when its standard input is closed, so it does not outlive the tests.
final class PythonServer: Sendable {
    struct Ended: Error {}
    /// What was waited for was not said in two minutes.
    struct NotInTime: Error {}

    private struct Waiter {
        let number: Int
        let prefix: String
        let count: Int
        let continuation: CheckedContinuation<[String], any Error>
    }

    private struct State {
        var lines: [String] = []
        var rest: [UInt8] = []
        var hasEnded = false
        var waiters: [Waiter] = []
        var lastWaiter = 0
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let state = Mutex(State())

    /// Starts a script, hands its server and port to `body`, and stops it.
    static func with<Result>(
        _ script: String, _ arguments: [String] = [], _ body: (PythonServer, Int) async throws -> Result
    ) async throws -> Result {
        let server = PythonServer()
        try server.start(script, arguments)
        defer { server.stop() }
        let line = try #require(try await server.lines("PORT ", count: 1).first)
        return try await body(server, try #require(Int(line.dropFirst(5))))
    }

    /// Waits until the server has said `count` lines that begin with `prefix`, and gives them.
    func lines(_ prefix: String, count: Int) async throws -> [String] {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let limit = Task {
            try await Task.sleep(for: .seconds(120))
            give(up: number)
        }
        defer { limit.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let answer: Result<[String], any Error>? = state.withLock { state in
                let found = state.lines.filter { $0.hasPrefix(prefix) }
                if found.count >= count { return .success(found) }
                if state.hasEnded { return .failure(Ended()) }
                state.waiters.append(Waiter(number: number, prefix: prefix, count: count, continuation: continuation))
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    private func give(up number: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: NotInTime())
    }

    /// What the server has said so far.
    func linesSoFar(_ prefix: String) -> [String] {
        state.withLock { $0.lines.filter { $0.hasPrefix(prefix) } }
    }

    private func start(_ script: String, _ arguments: [String]) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-u", "-c", script] + arguments
        process.standardInput = input
        process.standardOutput = output
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = Array(handle.availableData)
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.take(data)
        }
        try process.run()
    }

    private func take(_ data: [UInt8]) {
        let answered: [(Waiter, Result<[String], any Error>)] = state.withLock { state in
            if data.isEmpty { state.hasEnded = true }
            state.rest += data
            while let end = state.rest.firstIndex(of: 10) {
                state.lines.append(String(decoding: state.rest[..<end], as: UTF8.self))
                state.rest.removeFirst(end + 1)
            }
            var answered: [(Waiter, Result<[String], any Error>)] = []
            state.waiters.removeAll { waiter in
                let found = state.lines.filter { $0.hasPrefix(waiter.prefix) }
                guard found.count >= waiter.count || state.hasEnded else { return false }
                answered.append((waiter, found.count >= waiter.count ? .success(found) : .failure(Ended())))
                return true
            }
            return answered
        }
        for (waiter, result) in answered { waiter.continuation.resume(with: result) }
    }

    private func stop() {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }
}
