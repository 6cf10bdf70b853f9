internal import Core
internal import EventLoops

/// Makes one connection on a loop without blocking it.
final class Connector: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only.
    private let configuration: PostgresConfiguration
    private let loop: EventLoop
    private let onEnd: (Result<Connection, PostgresError>) -> Void
    private var connection: Connection?
    private var watch: Watch?
    private var timer: ScheduledTimer?
    private var isOver = false

    private init(
        _ configuration: PostgresConfiguration, on loop: EventLoop, onEnd: @escaping (Result<Connection, PostgresError>) -> Void
    ) {
        self.configuration = configuration
        self.loop = loop
        self.onEnd = onEnd
    }

    /// Makes a connection; `onEnd` is told once, on the loop's thread.
    static func connect(
        _ configuration: PostgresConfiguration, on loop: EventLoop, onEnd: @escaping (Result<Connection, PostgresError>) -> Void
    ) {
        loop.checkIsolated()
        Connector(configuration, on: loop, onEnd: onEnd).start()
    }

    private func start() {
        timer = loop.schedule(after: configuration.connectTimeout) { [self] in
            end(.failure(PostgresError(kind: .connectionFailed, message: "connecting took too long")))
        }
        // Not a child of anything: whoever waits for the connection may give up, and the pool gets it all the same.
        Task(executorPreference: loop) { [self] in
            let parameters = configuration.connectionParameters
            let box = try? await offload { HandleBox(ConnectionHandle(connectingTo: parameters)) }
            loop.execute { [self] in begun(box) }
        }
    }

    private func begun(_ box: HandleBox?) {
        guard !isOver, let handle = box?.take() else { return }
        guard !handle.isBad else { return end(.failure(Self.error(from: handle.message))) }
        connection = Connection(handle, on: loop, preparesStatements: configuration.preparesStatements)
        // Before the first poll the socket is waited for as if it had said that it is writing (manual 34.1.2, PQconnectStart).
        wait(for: .write)
    }

    private func wait(for interest: Interest) {
        guard let connection else { return }
        let descriptor = connection.handle.descriptor
        do {
            watch = try loop.watch(descriptor, for: interest) { [self] _ in poll() }
        } catch {
            end(.failure(PostgresError(kind: .connectionFailed, message: "\(error)")))
        }
    }

    private func poll() {
        guard !isOver, let connection else { return }
        // libpq may close its socket and open another for the next address: the watch must go before the number can be reused.
        watch?.cancel()
        watch = nil
        switch connection.handle.poll() {
        case .reading: wait(for: .read)
        case .writing: wait(for: .write)
        case .failed: end(.failure(Self.error(from: connection.handle.message)))
        case .connected:
            do {
                try connection.startWatching()
                end(.success(connection))
            } catch {
                end(.failure(PostgresError(kind: .connectionFailed, message: "\(error)")))
            }
        }
    }

    private func end(_ result: Result<Connection, PostgresError>) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        watch?.cancel()
        watch = nil
        if case .failure = result { connection?.close() }
        connection = nil
        onEnd(result)
    }

    /// libpq has the server's refusal as a sentence only: with verbose messages it reads `FATAL:  28P01: password …`.
    static func error(from message: String) -> PostgresError {
        var state: SQLState?
        for part in message.split(separator: ":") {
            let word = part.drop { $0 == " " }
            if word.count == 5, word.allSatisfy({ $0.isNumber || ($0.isUppercase && $0.isASCII) }), word.contains(where: \.isNumber) {
                state = SQLState(rawValue: String(word))
                break
            }
        }
        return PostgresError(kind: .connectionFailed, sqlState: state, message: message)
    }
}

/// Carries a handle from the thread that began to connect to the loop.
private final class HandleBox: @unchecked Sendable {
    // @unchecked because one thread puts the handle in, and one takes it out afterwards.
    private var handle: ConnectionHandle?

    init(_ handle: consuming ConnectionHandle) {
        self.handle = consume handle
    }

    func take() -> ConnectionHandle? {
        handle.take()
    }
}
