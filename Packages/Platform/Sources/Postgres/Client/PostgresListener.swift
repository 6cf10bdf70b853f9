internal import Core
public import EventLoops
internal import Observability
internal import Synchronization

/// Hears what is said with `NOTIFY`, on a connection of its own that is made anew when it breaks.
///
/// What was said while there was no connection is lost: after each ``Event/listening`` look for yourself what is new.
public final class PostgresListener: Sendable {
    /// What a listener tells.
    public enum Event: Hashable, Sendable {
        /// From now on nothing is missed, until the connection breaks.
        case listening
        /// Something was said.
        case notification(PostgresNotification)
    }

    /// What is heard, for one reader. When the reader falls more than 1,024 events behind, the oldest are dropped.
    public let events: AsyncStream<Event>
    private let session: ListenerSession

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - channels: the channels.
    ///   - configuration: how to reach the database; a proxy that pools transactions cannot pass notifications on.
    ///   - loops: where the connection lives.
    public init(channels: [String], configuration: PostgresConfiguration, loops: EventLoopGroup) {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(1_024))
        self.events = events
        let loop = loops.next()
        session = ListenerSession(channels: channels, configuration: configuration, loop: loop, continuation: continuation)
        loop.execute { [session] in session.connect() }
    }

    deinit {
        session.close()
    }

    /// Ends the listening and the stream. Twice changes nothing.
    public func close() {
        session.close()
    }
}

/// The connection of a listener; everything but `close` on the loop's thread.
private final class ListenerSession: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only.
    private let channels: [String]
    private let configuration: PostgresConfiguration
    private let loop: EventLoop
    private let continuation: AsyncStream<PostgresListener.Event>.Continuation
    private var connection: Connection?
    private var retry: ScheduledTimer?
    private var failures = 0
    private var isClosed = false

    init(
        channels: [String], configuration: PostgresConfiguration, loop: EventLoop,
        continuation: AsyncStream<PostgresListener.Event>.Continuation
    ) {
        self.channels = channels
        self.configuration = configuration
        self.loop = loop
        self.continuation = continuation
    }

    func connect() {
        guard !isClosed else { return }
        Connector.connect(configuration, on: loop) { [self] result in
            switch result {
            case .success(let connection): listen(on: connection)
            case .failure: connectLater()
            }
        }
    }

    func close() {
        continuation.finish()
        loop.execute { [self] in
            isClosed = true
            retry?.cancel()
            connection?.onLoss = nil
            connection?.close()
            connection = nil
        }
    }

    private func listen(on connection: Connection) {
        guard !isClosed else { return connection.close() }
        self.connection = connection
        connection.onNotification = { [continuation] in continuation.yield(.notification($0)) }
        let names = channels.compactMap { QuotedIdentifier($0)?.sql }
        let exchange = Exchange(.script(names.map { "LISTEN \($0);" }.joined()))
        exchange.onEnd = { [self] exchange in
            guard exchange.failure == nil else {
                connection.close()
                return connectLater()
            }
            failures = 0
            connection.onLoss = { [self] _ in connectLater() }
            continuation.yield(.listening)
        }
        connection.begin(exchange)
    }

    private func connectLater() {
        connection = nil
        guard !isClosed else { return }
        failures += 1
        retry = loop.schedule(after: Backoff.delay(afterFailures: failures)) { [self] in connect() }
    }
}
