internal import Core
internal import Dispatch
internal import EventLoops
internal import HTTPServer
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Serves the same answer twice: through the whole HTTP server with its router, and written straight from the loop for every read, the floor.
///
/// Prints both ports on one line and runs until it is killed.
func runBenchmarkServers() -> Never {
    Task.detached {
        do {
            let loops = try EventLoopGroup(count: 2, name: "bench")
            var router = Router()
            router.add(.get, "/health", constant: .text("ok"))
            let server = Server(configuration: ServerConfiguration(port: 0), router: router, loops: loops)
            let port = try await server.start()
            let floor = try await startFloor(on: loops)
            print("\(port) \(floor)")
            fflush(nil)
            try await server.run()
        } catch {
            fatalError("the benchmark cannot start: \(error)")
        }
    }
    dispatchMain()
}

/// A listener that is forgotten closes its socket.
private let listeners = Mutex<[TCPListener]>([])

private let answer = Array(
    """
    HTTP/1.1 200 OK\r
    Date: Sat, 01 Aug 2026 00:00:00 GMT\r
    X-Request-ID: req_01ARZ3NDEKTSV4RRFFQ69G5FAV\r
    Content-Type: text/plain; charset=utf-8\r
    Content-Length: 2\r
    \r
    ok
    """.utf8)

private func startFloor(on loops: EventLoopGroup) async throws -> Int {
    var port = 0
    for loop in loops.loops {
        let listener = try TCPListener(host: "127.0.0.1", port: port, loop: loop)
        port = listener.port
        listeners.withLock { $0.append(listener) }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            loop.execute {
                continuation.resume(
                    with: Result {
                        try listener.start { socket in
                            let reader = FloorReader(socket: socket)
                            reader.watch = try? loop.watch(socket.descriptor, for: .read) { _ in reader.answerWhatIsThere() }
                            return true
                        }
                    })
            }
        }
    }
    return port
}

/// Answers each read with the fixed bytes, without looking at what was asked.
private final class FloorReader: @unchecked Sendable {
    let socket: TCPSocket
    var watch: Watch?
    private var buffer: [UInt8] = []
    private var scratch = [UInt8](repeating: 0, count: 16_384)

    init(socket: TCPSocket) {
        self.socket = socket
    }

    func answerWhatIsThere() {
        buffer.removeAll(keepingCapacity: true)
        switch socket.read(into: &buffer, by: &scratch) {
        case .bytes: _ = socket.write(answer, from: 0)
        case .wouldBlock: break
        case .end, .failed:
            watch?.cancel()
            watch = nil
            socket.close()
        }
    }
}
