internal import Core
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Graphs
internal import Lifecycle
internal import Synchronization

/// A tool run as a child: its own process group, closed descriptors, a clean environment and a time limit (GRA-114).
///
/// It dies with the task that waits for it.
struct ChildProcess: Sendable {
    let executable: String
    let arguments: [String]
    let environment: [String: String]
    let timeout: Duration

    /// Runs the tool, feeds it a source and hands its output to a sink, piece by piece.
    ///
    /// - Throws: ``EngineError`` with the last line of its error output when it ends with another status than 0 or runs out of time.
    func run(input: (any ByteSource)? = nil, output: any ByteSink) async throws {
        Self.ignoreBrokenPipes
        let running = RunningChild()
        try await withTaskCancellationHandler {
            try await BlockingThreads().run { try runBlocking(running, input: input, output: output) }
        } onCancel: {
            running.kill()
        }
    }

    /// A child that ends before it has read all of its input must not end us: writing then fails instead (signal(7), SIGPIPE).
    private static let ignoreBrokenPipes: Void = {
        _ = signal(SIGPIPE, SIG_IGN)
    }()

    private func runBlocking(_ running: RunningChild, input: (any ByteSource)?, output: any ByteSink) throws {
        let process: SpawnedProcess
        do {
            process = try SpawnedProcess(
                executable: executable, arguments: arguments, environment: environment, wantsInput: input != nil)
        } catch {
            throw EngineError.refused("\(executable) cannot be started")
        }
        let results = FileHandle(fileDescriptor: process.output, closeOnDealloc: true)
        running.begin(process, timeout: timeout)
        let complaint = Collected()
        let finished = DispatchGroup()
        collect(FileHandle(fileDescriptor: process.errors, closeOnDealloc: true), into: complaint, finished)
        if let input, let end = process.input { feed(input, into: FileHandle(fileDescriptor: end, closeOnDealloc: true), finished) }
        var failure: (any Error)?
        do {
            while let data = try results.read(upToCount: 1 << 16), !data.isEmpty {
                try output.write(Array(data))
            }
        } catch {
            failure = error
            running.kill()
        }
        let status = process.waitUntilExit()
        finished.wait()
        if let failure { throw failure }
        guard !running.wasKilled else { throw EngineError.unavailable("\(name) ran out of time") }
        guard status == 0 else {
            throw EngineError.unavailable("\(name) ended with status \(status): \(complaint.lastLine)")
        }
    }

    private var name: String {
        executable.split(separator: "/").last.map(String.init) ?? executable
    }

    private func collect(_ handle: FileHandle, into collected: Collected, _ group: DispatchGroup) {
        group.enter()
        Thread.detachNewThread {
            while let data = try? handle.read(upToCount: 4_096), !data.isEmpty { collected.add(Array(data)) }
            group.leave()
        }
    }

    private func feed(_ input: any ByteSource, into handle: FileHandle, _ group: DispatchGroup) {
        group.enter()
        Thread.detachNewThread {
            // A tool that has read enough closes its end; what is left is then read by the one who gave the source.
            while let bytes = try? input.read(upTo: 1 << 16), !bytes.isEmpty, (try? handle.write(contentsOf: Data(bytes))) != nil {}
            try? handle.close()
            group.leave()
        }
    }
}

/// A child that can be ended from another thread, also before it was started.
private final class RunningChild: Sendable {
    private struct State {
        var process: SpawnedProcess?
        var wasKilled = false
    }

    private let state = Mutex(State())

    var wasKilled: Bool { state.withLock(\.wasKilled) }

    func begin(_ process: SpawnedProcess, timeout: Duration) {
        let alreadyCancelled = state.withLock { state in
            state.process = process
            return state.wasKilled
        }
        if alreadyCancelled { kill() }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(clamping: timeout.wholeMilliseconds))) { [weak self] in
            self?.kill()
        }
    }

    func kill() {
        let process = state.withLock { state in
            state.wasKilled = true
            return state.process
        }
        process?.kill()
    }
}

/// The last of what a tool complained about.
private final class Collected: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func add(_ more: [UInt8]) {
        bytes.withLock { $0 = Array(($0 + more).suffix(4_096)) }
    }

    var lastLine: String {
        let text = bytes.withLock { String(decoding: $0, as: UTF8.self) }
        return text.split(separator: "\n").last.map(String.init) ?? "no reason given"
    }
}
