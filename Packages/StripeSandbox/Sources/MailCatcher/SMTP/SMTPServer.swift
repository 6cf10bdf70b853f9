internal import Core
internal import EventLoops
internal import Synchronization

/// Receives mail on a loopback port.
final class SMTPServer: Sendable {
    private let loop: EventLoop
    private let mailbox: Mailbox
    private let listener = Mutex<TCPListener?>(nil)
    private let connections = Mutex<[ObjectIdentifier: SMTPConnection]>([:])

    init(loop: EventLoop, mailbox: Mailbox) {
        self.loop = loop
        self.mailbox = mailbox
    }

    /// Binds and begins to accept.
    ///
    /// - Returns: the port.
    func start(host: String, port: Int) async throws -> Int {
        let listener = try TCPListener(host: host, port: port, loop: loop)
        self.listener.withLock { $0 = listener }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            loop.execute { [self] in
                continuation.resume(
                    with: Result {
                        try listener.start { socket in
                            self.accept(socket)
                            return true
                        }
                    })
            }
        }
        return listener.port
    }

    func stop() async {
        let listener = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        await withCheckedContinuation { continuation in
            loop.execute { [self] in
                listener?.stop()
                for connection in connections.withLock({ Array($0.values) }) { connection.close() }
                continuation.resume()
            }
        }
    }

    private func accept(_ socket: TCPSocket) {
        let connection = SMTPConnection(socket: socket, loop: loop, session: SMTPSession(mailbox: mailbox)) { [weak self] connection in
            _ = self?.connections.withLock { $0.removeValue(forKey: ObjectIdentifier(connection)) }
        }
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
        connection.start()
    }
}
