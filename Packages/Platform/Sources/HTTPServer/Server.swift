public import Core
public import EventLoops
public import Lifecycle
public import Observability
internal import Synchronization

/// An HTTP/1.1 server on event loops: a request is read, handled and answered on the loop that accepted its connection.
///
/// TLS, HTTP/2 and compression are the reverse proxy's. What may not be forgiven is refused: see `RequestHead`.
public final class Server: Service {
    let configuration: ServerConfiguration
    let router: Router
    let log: Log
    let dateSource: any DateSource
    let observer: (@Sendable (Request, Status, Duration) -> Void)?
    /// Counts connections for networks, where they are limited.
    let networks: NetworkConnections?
    private let loops: EventLoopGroup
    private let parts = Mutex<[ServerLoop]>([])

    /// Makes a server; nothing is bound yet.
    ///
    /// - Parameters:
    ///   - configuration: where to listen, and within which limits.
    ///   - router: what answers.
    ///   - loops: the loops that serve; each gets a listening socket of its own.
    ///   - log: takes what an operator must know.
    ///   - dateSource: the time of the `Date` header and of request ids.
    ///   - observer: is told of each answer, its status and how long it took, on the loop's thread.
    public init(
        configuration: ServerConfiguration, router: Router, loops: EventLoopGroup, log: Log = .silent,
        dateSource: any DateSource = SystemDateSource(), observer: (@Sendable (Request, Status, Duration) -> Void)? = nil
    ) {
        self.configuration = configuration
        networks = configuration.limits.connectionsPerNetwork == .max ? nil : NetworkConnections(configuration.limits)
        self.router = router
        self.loops = loops
        self.log = log
        self.dateSource = dateSource
        self.observer = observer
    }

    deinit {
        for part in parts.withLock({ $0 }) { part.loop.execute { part.abandon() } }
    }

    /// Binds and begins to accept.
    ///
    /// - Returns: the port that is listened on.
    /// - Throws: `EventLoopError` when the address cannot be bound.
    @discardableResult
    public func start() async throws -> Int {
        var port = configuration.port
        var started: [ServerLoop] = []
        for loop in loops.loops {
            let listener = try TCPListener(host: configuration.host, port: port, loop: loop)
            port = listener.port
            let part = ServerLoop(loop: loop, listener: listener, server: self, loops: loops.loops.count)
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                loop.execute { continuation.resume(with: Result { try part.start() }) }
            }
            started.append(part)
        }
        parts.withLock { $0 = started }
        return port
    }

    /// Serves until a graceful shutdown is asked for, then drains; starts first when ``start()`` was not called.
    public func run() async throws {
        if parts.withLock({ $0.isEmpty }) { try await start() }
        await GracefulShutdown.current.wait()
        await drain()
    }

    /// Stops accepting, closes idle connections at once, lets requests under way end within the drain timeout, and streams of events within
    /// theirs, after which those that are left end with a hint to come back. Opens no new stream. Returns when no connection is left. Twice
    /// changes nothing.
    public func drain() async {
        let parts = parts.withLock { parts in
            defer { parts = [] }
            return parts
        }
        let (requests, streams) = (configuration.limits.drainTimeout, configuration.limits.streamDrainTimeout)
        let steps: [(Duration, @Sendable (ServerLoop) -> Void)] = [
            (requests, { $0.closeRequests() }), (streams, { $0.endStreams() }),
            // Whoever does not take even the hint.
            (max(requests, streams) + .seconds(2), { $0.closeAll() }),
        ]
        let deadlines = steps.map { after, step in
            loops.loops.first?.schedule(after: after) {
                for part in parts { part.loop.execute { step(part) } }
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for part in parts {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        part.loop.execute { part.drain { continuation.resume() } }
                    }
                }
            }
        }
        for deadline in deadlines { deadline?.cancel() }
    }
}
