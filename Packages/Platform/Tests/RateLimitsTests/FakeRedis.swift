import EventLoops
import Synchronization

/// Something that listens where a Redis server should, and answers each command with bytes of the test's choice.
final class FakeRedis: Sendable {
    typealias Answer = @Sendable (_ words: [String]) -> [UInt8]

    let port: Int
    private let listener: TCPListener
    private let loop: EventLoop
    private let heard = Mutex<[[String]]>([])

    /// All commands, in the order in which they came.
    var commands: [[String]] { heard.withLock { $0 } }

    /// Listens on a free port.
    init(on loop: EventLoop, answer: @escaping Answer) async throws {
        self.loop = loop
        listener = try TCPListener(host: "127.0.0.1", port: 0, loop: loop)
        port = listener.port
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            loop.execute { [self] in
                continuation.resume(
                    with: Result {
                        try listener.start { socket in
                            Talk(socket, answer) { words in self.heard.withLock { $0.append(words) } }.begin(on: loop)
                        }
                    })
            }
        }
    }

    func stop() async {
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                listener.stop()
                continuation.resume()
            }
        }
    }
}

/// What is said on one connection; on the loop's thread only.
private final class Talk: @unchecked Sendable {
    private let socket: TCPSocket
    private let answer: FakeRedis.Answer
    private let hear: ([String]) -> Void
    private var watch: Watch?
    private var bytes: [UInt8] = []
    private var scratch = [UInt8](repeating: 0, count: 65_536)

    init(_ socket: TCPSocket, _ answer: @escaping FakeRedis.Answer, hear: @escaping ([String]) -> Void) {
        self.socket = socket
        self.answer = answer
        self.hear = hear
    }

    func begin(on loop: EventLoop) -> Bool {
        // The watch keeps the talk until the other side ends it.
        watch = try? loop.watch(socket.descriptor, for: .read) { [self] _ in read() }
        return true
    }

    private func read() {
        guard case .bytes = socket.read(into: &bytes, by: &scratch) else {
            watch?.cancel()
            return socket.close()
        }
        while let words = next() {
            hear(words)
            _ = socket.write(answer(words), from: 0)
        }
    }

    /// The next command that is there whole: `*2`, then for each word `$5` and the word, each with a line break behind it.
    private func next() -> [String]? {
        var rest = bytes[...]
        func line() -> [UInt8]? {
            guard let end = rest.firstIndex(of: 10) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return Array(rest[..<end].dropLast())
        }
        guard let head = line(), let count = Int(String(decoding: head.dropFirst(), as: UTF8.self)) else { return nil }
        var words: [String] = []
        for _ in 0..<count {
            guard let size = line(), let length = Int(String(decoding: size.dropFirst(), as: UTF8.self)), rest.count >= length + 2 else {
                return nil
            }
            words.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest = rest.dropFirst(length + 2)
        }
        bytes = Array(rest)
        return words
    }
}
